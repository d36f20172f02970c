import { Text } from '@mantine/core';
import { Copyable } from '../../../../components/display/Copyable.tsx';
import { RouterAnchor } from '../../../../components/layout/router-links.tsx';
import { formatPurchaseCurl } from '../install-snippet.ts';
import { MethodSteps, SetupStep } from './MethodSteps.tsx';
import { MissingConsent } from './MissingConsent.tsx';
import type { ServerMethodStepsProps } from './method-steps.ts';
import { PurchaseIdAdvice } from './PurchaseIdAdvice.tsx';

/** The steps of a server that reports events itself. */
export function ServerSteps({ site, address, serverConsent }: ServerMethodStepsProps) {
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
        <Text size="sm">
          <PurchaseIdAdvice site={site.id} />
        </Text>
        <Copyable
          label="Purchase with curl"
          text={formatPurchaseCurl(address.base, site.domains[0] ?? 'shop.example', site.defaultCurrency ?? 'USD')}
        />
      </SetupStep>
      <SetupStep title="Send the shopper's consent">
        <MissingConsent site={site} serverConsent={serverConsent} subject="An event without `consent`" />
      </SetupStep>
    </MethodSteps>
  );
}
