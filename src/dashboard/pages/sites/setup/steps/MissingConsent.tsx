import { Code, Text } from '@mantine/core';
import type { SiteSettingsView } from '../../../../../api/client.ts';
import { InlineCode } from '../../../../components/display/InlineCode.tsx';
import { RouterAnchor } from '../../../../components/layout/router-links.tsx';
import { SetupStep } from './MethodSteps.tsx';
import { describeMissingConsent, type ServerConsent } from './missing-consent.ts';

interface MissingConsentProps {
  readonly site: SiteSettingsView;
  /** Undefined: not loaded. */
  readonly serverConsent: ServerConsent | undefined;
  readonly subject: string;
}

/** Explains how the site counts an event or order without consent. */
export function MissingConsent({ site, serverConsent, subject }: MissingConsentProps) {
  return (
    <Text size="sm">
      {serverConsent !== undefined && <InlineCode text={`${describeMissingConsent(subject, serverConsent)} `} />}
      This follows from the policy <Code>{site.consent.policy}</Code> in the{' '}
      <RouterAnchor to="/sites/$site/settings" params={{ site: site.id }} inherit underline="always">
        site settings
      </RouterAnchor>
      .
    </Text>
  );
}

/** The step of a shop whose orders arrive by webhook. */
export function OrderConsentStep(props: Omit<MissingConsentProps, 'subject'>) {
  return (
    <SetupStep title="Know how orders without consent count">
      <Text size="sm">An order has the choice that its shopper made in the shop.</Text>
      <MissingConsent {...props} subject="An order without a choice" />
    </SetupStep>
  );
}
