import { Alert, Text } from '@mantine/core';
import { Copyable } from '../../../../components/display/Copyable.tsx';
import { RouterAnchor } from '../../../../components/layout/router-links.tsx';
import { formatSnippet } from '../install-snippet.ts';
import { MethodSteps, SetupStep } from './MethodSteps.tsx';
import type { MethodStepsProps } from './method-steps.ts';

/** The steps of a shop whose pages write events for Google Analytics. */
export function DataLayerSteps({ site, address }: MethodStepsProps) {
  const { mode } = site.capture.dataLayer;
  return (
    <MethodSteps site={site.id} title="GA4 dataLayer" guide={{ slug: 'data-layer', title: 'Read the dataLayer' }}>
      <SetupStep title="Add the snippet">
        <Text size="sm">Paste this line into the head of every page. It may be before or after Google's tags.</Text>
        <Copyable label="Snippet code" text={formatSnippet(address.pixel)} />
      </SetupStep>
      <SetupStep title="Switch the dataLayer on">
        {mode === 'on' && <Alert color="green" title="The dataLayer is on" />}
        <Text size="sm">
          In{' '}
          <RouterAnchor to="/sites/$site/settings" params={{ site: site.id }} inherit underline="always">
            Site settings
          </RouterAnchor>
          , set “dataLayer” under “Capture” to <strong>On</strong>. With <strong>Preview</strong> you see first what the pages
          write. Pages have the change within five minutes.
        </Text>
      </SetupStep>
      <SetupStep title="Check consent">
        <Text size="sm">
          The pixel reads Google Consent Mode, and the banner that you name under “Capture”. The{' '}
          <RouterAnchor to="/sites/$site/consent" params={{ site: site.id }} inherit underline="always">
            consent doctor
          </RouterAnchor>{' '}
          finds yours.
        </Text>
      </SetupStep>
      <SetupStep title="Test it">
        <Text size="sm">Open a product page and accept the banner. The event appears at the top of this page.</Text>
      </SetupStep>
    </MethodSteps>
  );
}
