import { List, Text } from '@mantine/core';
import type { ApiResponse } from '../../../api/client.ts';
import { EmptyState } from '../../components/feedback/EmptyState.tsx';
import { Page } from '../../components/layout/Page.tsx';
import { Panel } from '../../components/layout/Panel.tsx';
import { RouterButton } from '../../components/layout/router-links.tsx';
import { useHasRole } from '../../data/queries.ts';
import { ActionItemsPanel } from './panels/ActionItemsPanel.tsx';
import { getGatewayActionItems } from './summary/action-items.ts';

/** Shown if no site exists yet: the steps to the first conversion. */
export function Welcome({ status }: { readonly status: ApiResponse<'GET /api/status'> }) {
  const isOwner = useHasRole('owner');
  const items = getGatewayActionItems(status);
  if (!isOwner)
    return (
      <Page title="Welcome to Convey">
        <Panel>
          <EmptyState icon="shop" title="No sites yet">
            Your account can see no site. Ask an owner for access, or to add a site.
          </EmptyState>
        </Panel>
      </Page>
    );
  return (
    <Page title="Welcome to Convey" description="The gateway is running. Add a site to start receiving events.">
      {items.length > 0 && <ActionItemsPanel items={items} />}
      <Panel title="Steps to your first conversion">
        <List type="ordered" spacing="sm" maw="65ch">
          <List.Item>
            <Text fw={600}>Add a site</Text>
            <Text size="sm" c="dimmed">
              One for each shop, with its domains and consent policy. Takes two minutes.
            </Text>
          </List.Item>
          <List.Item>
            <Text fw={600}>Install the pixel</Text>
            <Text size="sm" c="dimmed">
              Copy one line into the shop's pages. The setup page confirms the first event.
            </Text>
          </List.Item>
          <List.Item>
            <Text fw={600}>Connect an ad platform</Text>
            <Text size="sm" c="dimmed">
              You need its credential. Convey tests it with the platform before it sends anything.
            </Text>
          </List.Item>
        </List>
        <RouterButton to="/sites/new" mt="lg">
          Add a site
        </RouterButton>
      </Panel>
    </Page>
  );
}
