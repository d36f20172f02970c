import { Text } from '@mantine/core';
import { GuideAnchor } from '../../../../components/layout/GuideAnchor.tsx';
import { RouterAnchor } from '../../../../components/layout/router-links.tsx';
import { MethodSteps, SetupStep } from './MethodSteps.tsx';
import type { MethodStepsProps } from './method-steps.ts';

/** The steps of a service that reports leads or sales by a hook with a mapping. */
export function ServiceSteps({ site }: MethodStepsProps) {
  return (
    <MethodSteps site={site.id} title="Other services" guide={{ slug: 'signed-hooks', title: 'Hooks of other services' }}>
      <SetupStep title="Add a hook">
        <Text size="sm">
          <RouterAnchor to="/sites/$site/settings" params={{ site: site.id }} hash="hooks" inherit underline="always">
            Add a hook
          </RouterAnchor>{' '}
          for the service, with the secret by which it signs. HubSpot, Calendly and Typeform have a mapping.
        </Text>
      </SetupStep>
      <SetupStep title="Enter the URL at the service">
        <Text size="sm">The page of the hook has its URL.</Text>
      </SetupStep>
      <SetupStep title="Check the mapping">
        <Text size="sm">
          Keep the page of the hook open, and let the service send a test request. The preview shows the event that it makes. The{' '}
          <GuideAnchor site={site.id} guide="signed-hooks">
            guide
          </GuideAnchor>{' '}
          has the forms of a mapping.
        </Text>
      </SetupStep>
    </MethodSteps>
  );
}
