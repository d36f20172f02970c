import { Code, List, Text } from '@mantine/core';
import { Copyable } from '../../../../components/display/Copyable.tsx';
import { RouterAnchor } from '../../../../components/layout/router-links.tsx';
import { fillTagManagerTag } from '../fill-shop-file.ts';
import { consentTag } from '../install-snippet.ts';
import { FileCode } from './FileCode.tsx';
import { MenuPath, MethodSteps, SetupStep } from './MethodSteps.tsx';
import type { MethodStepsProps } from './method-steps.ts';

const variables = [
  'event_id',
  'ecommerce.transaction_id',
  'ecommerce.value',
  'ecommerce.currency',
  'ecommerce.items',
  'user_data.email',
];

/** The steps of a container of Google Tag Manager, as in the guide and the example. */
export function TagManagerSteps({ site, address }: MethodStepsProps) {
  const values = { pixel: address.pixel, writeKey: site.writeKey };
  return (
    <MethodSteps site={site.id} title="Google Tag Manager" guide={{ slug: 'google-tag-manager', title: 'Google Tag Manager' }}>
      <SetupStep title="Add the pixel tag">
        <Text size="sm">
          In <MenuPath path={['Tags', 'New', 'Custom HTML']} />, paste this code. Set the trigger to{' '}
          <strong>Initialization - All Pages</strong>, and the consent settings to <strong>No additional consent required</strong>
          .
        </Text>
        <FileCode path="examples/google-tag-manager/custom-html.html" fill={(text) => fillTagManagerTag(text, values)} />
      </SetupStep>
      <SetupStep title="Pass on the consent choice">
        <Text size="sm">
          The pixel reads Google Consent Mode and the TCF. If your banner supports neither, add a second Custom HTML tag. Its
          triggers are <strong>Initialization - All Pages</strong> and the event that your banner pushes after a choice. The{' '}
          <RouterAnchor to="/sites/$site/consent" params={{ site: site.id }} inherit underline="always">
            consent doctor
          </RouterAnchor>{' '}
          shows what your page supports.
        </Text>
        <Copyable label="Consent tag" text={consentTag} />
        <Text size="sm" c="dimmed">
          Replace <Code>Consent choice</Code> with a variable of your container that is <Code>granted</Code> or{' '}
          <Code>denied</Code>.
        </Text>
      </SetupStep>
      <SetupStep title="Add the purchase tag">
        <Text size="sm">
          In <MenuPath path={['Variables', 'User-Defined Variables', 'New', 'Data Layer Variable']} />, create these variables.
          Name each one <Code>DLV - </Code> and its data layer name.
        </Text>
        <List size="sm" spacing={2}>
          {variables.map((name) => (
            <List.Item key={name}>
              <Code>DLV - {name}</Code>
            </List.Item>
          ))}
        </List>
        <Text size="sm">
          Then add a Custom HTML tag with the trigger <strong>Custom Event</strong>, event name <Code>purchase</Code>.
        </Text>
        <FileCode path="examples/google-tag-manager/purchase-tag.html" />
      </SetupStep>
      <SetupStep title="Test and publish">
        <Text size="sm">
          Press <strong>Preview</strong> in Tag Manager, open the shop, accept the banner, and publish the container.
        </Text>
      </SetupStep>
    </MethodSteps>
  );
}
