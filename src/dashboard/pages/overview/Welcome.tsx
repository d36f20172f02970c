import { List, Text } from '@mantine/core';
import type { ResponseOf } from '../../../api/client.ts';
import { Page } from '../../components/layout/Page.tsx';
import { Panel } from '../../components/layout/Panel.tsx';
import { RouterButton } from '../../components/layout/router-links.tsx';
import { useIsOwner } from '../../data/queries.ts';
import { ActionItemsPanel } from './panels/ActionItemsPanel.tsx';
import { getGatewayActionItems } from './summary/action-items.ts';

/** Where there is no site yet: the way from here to the first conversion. */
export function Welcome({ status }: { readonly status: ResponseOf<'GET /api/status'> }) {
  const isOwner = useIsOwner();
  const needs = getGatewayActionItems(status);
  return (
    <Page
      title="Welcome to Convey"
      description="The gateway runs, and takes no events yet: there is no site that they could belong to."
    >
      {needs.length > 0 && <ActionItemsPanel needs={needs} />}
      <Panel title="From here to the first conversion">
        <List type="ordered" spacing="sm" maw="65ch">
          <List.Item>
            <Text fw={600}>Make a site.</Text>
            <Text size="sm" c="dimmed">
              One for each shop: its domains, and what counts as consent. Two minutes.
            </Text>
          </List.Item>
          <List.Item>
            <Text fw={600}>Put the pixel on its pages.</Text>
            <Text size="sm" c="dimmed">
              One line to copy. The page turns green by itself when the first event comes.
            </Text>
          </List.Item>
          <List.Item>
            <Text fw={600}>Connect Microsoft Advertising.</Text>
            <Text size="sm" c="dimmed">
              A tag ID and a token. Convey asks Microsoft whether they fit before anything is sent.
            </Text>
          </List.Item>
        </List>
        <RouterButton to="/sites/new" mt="lg" disabled={!isOwner}>
          Make a site
        </RouterButton>
        {!isOwner && (
          <Text size="sm" c="dimmed" mt="xs">
            Only an owner may make one. You are a viewer.
          </Text>
        )}
      </Panel>
    </Page>
  );
}
