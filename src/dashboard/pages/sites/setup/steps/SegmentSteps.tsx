import { Code, Text } from '@mantine/core';
import { useState } from 'react';
import { Copyable } from '../../../../components/display/Copyable.tsx';
import { ChoiceField } from '../../../../components/forms/ChoiceField.tsx';
import { GuideAnchor } from '../../../../components/layout/GuideAnchor.tsx';
import { RouterAnchor } from '../../../../components/layout/router-links.tsx';
import { type SegmentSdkId, segmentSdks } from '../segment-snippets.ts';
import { MethodSteps, SetupStep } from './MethodSteps.tsx';
import type { MethodStepsProps } from './method-steps.ts';

const options = segmentSdks.map(({ id, label }) => ({ value: id, label }));

/** The steps of a shop that keeps the SDK of Segment, RudderStack or Jitsu. */
export function SegmentSteps({ site, address }: MethodStepsProps) {
  const [chosen, setChosen] = useState<SegmentSdkId>('segment');
  const sdk = segmentSdks.find(({ id }) => id === chosen);
  const hasKey = site.secretKeys.length > 0;
  return (
    <MethodSteps
      site={site.id}
      title="Segment, RudderStack, Jitsu"
      guide={{ slug: 'segment', title: 'Segment, RudderStack and Jitsu' }}
    >
      <SetupStep title="Change the host in the page">
        <ChoiceField label="SDK" options={options} value={chosen} onChange={setChosen} />
        <Text size="sm">
          Keep your <Code>track</Code>, <Code>page</Code> and <Code>identify</Code> calls. The write key and the host are those of
          this site.
        </Text>
        {sdk && <Copyable label={`Code of ${sdk.label} in a page`} text={sdk.inPage(address.base, site.writeKey)} />}
      </SetupStep>
      {sdk?.onServer && (
        <SetupStep title="Change the host on the server">
          <Text size="sm">
            {hasKey ? 'Use a secret key of the site: ' : 'A server needs a secret key: '}
            <RouterAnchor to="/sites/$site/settings" params={{ site: site.id }} hash="keys" inherit underline="always">
              {hasKey ? 'view keys' : 'create one'}
            </RouterAnchor>
            . With the write key of the page, its reports count as a browser's: they refund no order and have no address.
          </Text>
          <Copyable label={`Code of ${sdk.label} on a server`} text={sdk.onServer(address.base)} />
        </SetupStep>
      )}
      <SetupStep title="Check consent">
        <Text size="sm">
          The choice is read from the consent categories of the SDK. If your categories for advertising have names of their own,
          list them as the{' '}
          <GuideAnchor site={site.id} guide="segment">
            guide
          </GuideAnchor>{' '}
          shows.
        </Text>
      </SetupStep>
      <SetupStep title="Test it">
        <Text size="sm">
          Open a page of the shop and accept its consent banner. The event's page then shows <strong>by a Segment SDK</strong>.
        </Text>
      </SetupStep>
    </MethodSteps>
  );
}
