import { Code, List, Text } from '@mantine/core';
import { RouterAnchor } from '../../../../components/layout/router-links.tsx';
import { fillServerTemplate, fillWebTemplate } from '../fill-shop-file.ts';
import { FileCode } from './FileCode.tsx';
import { MenuPath, MethodSteps, SetupStep } from './MethodSteps.tsx';
import type { MethodStepsProps } from './method-steps.ts';

/** The steps of a container of Google Tag Manager, as in the guide. */
export function TagManagerSteps({ site, address }: MethodStepsProps) {
  return (
    <MethodSteps site={site.id} title="Google Tag Manager" guide={{ slug: 'google-tag-manager', title: 'Google Tag Manager' }}>
      <SetupStep title="Import the template">
        <Text size="sm">
          Download this file. In <MenuPath path={['Templates', 'Tag Templates', 'New']} />, open the menu, choose{' '}
          <strong>Import</strong>, and save. The template may load this site's pixel and nothing else. Tag Manager loads https
          addresses only.
        </Text>
        <FileCode
          path="shops/google-tag-manager/web.tpl"
          fill={(text) => fillWebTemplate(text, address)}
          filled={['script address', 'write key']}
          isDownload
        />
      </SetupStep>
      <SetupStep title="Add the tags">
        <Text size="sm">
          In <MenuPath path={['Tags', 'New', 'Convey']} />, add one tag per command. Set the consent settings to{' '}
          <strong>No additional consent required</strong>: the pixel itself waits for the choice.
        </Text>
        <List size="sm" spacing={4}>
          <List.Item>
            <strong>Load the pixel</strong>: trigger <strong>Initialization - All Pages</strong>.
          </List.Item>
          <List.Item>
            <strong>Report an event</strong>: a <strong>Custom Event</strong> trigger, such as <Code>purchase</Code>. The tag
            reads <Code>ecommerce</Code> and <Code>user_data</Code>. In <strong>Event ID</strong>, choose a data layer variable
            for <Code>event_id</Code>.
          </List.Item>
          <List.Item>
            <strong>Pass on the shopper's choice</strong>: only if your banner supports neither Google Consent Mode nor the TCF.
            The{' '}
            <RouterAnchor to="/sites/$site/consent" params={{ site: site.id }} inherit underline="always">
              consent doctor
            </RouterAnchor>{' '}
            shows what your page supports.
          </List.Item>
        </List>
      </SetupStep>
      <SetupStep title="If you have a server container">
        <Text size="sm">
          Import this template there, with a{' '}
          <RouterAnchor to="/sites/$site/settings" params={{ site: site.id }} hash="keys" inherit underline="always">
            secret key
          </RouterAnchor>{' '}
          of its own. It reports each event under the page's <Code>event_id</Code>, so pixel and container count once.
        </Text>
        <FileCode
          path="shops/google-tag-manager/server.tpl"
          fill={(text) => fillServerTemplate(text, address.base)}
          filled={['gateway address']}
          isDownload
        />
      </SetupStep>
      <SetupStep title="Test and publish">
        <Text size="sm">
          Press <strong>Preview</strong> in Tag Manager, open the shop, accept the banner, and publish the container.
        </Text>
      </SetupStep>
    </MethodSteps>
  );
}
