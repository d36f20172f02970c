import { Code, Text } from '@mantine/core';
import type { ApiResponse } from '../../../../../api/client.ts';
import { Copyable } from '../../../../components/display/Copyable.tsx';
import { InlineCode } from '../../../../components/display/InlineCode.tsx';
import { RouterAnchor } from '../../../../components/layout/router-links.tsx';
import { formatPurchaseCurl } from '../install-snippet.ts';
import { MethodSteps, SetupStep } from './MethodSteps.tsx';
import type { MethodStepsProps } from './method-steps.ts';

type ServerConsent = ApiResponse<'GET /api/sites/:site/checklist'>['serverConsent'];

interface ServerStepsProps extends MethodStepsProps {
  /** Undefined: not loaded. */
  readonly serverConsent: ServerConsent | undefined;
}

/** The steps of a server that reports events itself. */
export function ServerSteps({ site, address, serverConsent }: ServerStepsProps) {
  const hasKey = site.secretKeys.length > 0;
  return (
    <MethodSteps site={site.id} title="Server only" guide={{ slug: 'send-from-your-server', title: 'Send from your server' }}>
      <SetupStep title="Create a secret key">
        <Text size="sm">
          {hasKey ? 'The site has a secret key: ' : 'The server API needs a secret key: '}
          <RouterAnchor to="/sites/$site/settings" params={{ site: site.id }} hash="keys" inherit underline="always">
            {hasKey ? 'view keys' : 'create one'}
          </RouterAnchor>
          . Keep it in an environment variable of your server.
        </Text>
      </SetupStep>
      <SetupStep title="Send an event">
        <Copyable
          label="Purchase with curl"
          text={formatPurchaseCurl(address.base, site.domains[0] ?? 'shop.example', site.defaultCurrency ?? 'USD')}
        />
      </SetupStep>
      <SetupStep title="Send the shopper's consent">
        <Text size="sm">
          {serverConsent !== undefined && <InlineCode text={`${serverConsentTexts[serverConsent]} `} />}
          This follows from the policy <Code>{site.consent.policy}</Code> in the{' '}
          <RouterAnchor to="/sites/$site/settings" params={{ site: site.id }} inherit underline="always">
            site settings
          </RouterAnchor>
          .
        </Text>
      </SetupStep>
    </MethodSteps>
  );
}

const serverConsentTexts = {
  granted: 'An event without `consent` and without a country counts as granted, and is sent.',
  pending:
    "An event without `consent` and without a country waits 90 seconds for the visitor's choice, and is then skipped as denied.",
  denied: 'An event without `consent` and without a country counts as denied, and is not sent.',
} as const satisfies Record<ServerConsent, string>;
