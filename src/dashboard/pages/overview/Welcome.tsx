import type { ApiResponse } from '../../../api/client.ts';
import { EmptyState } from '../../components/feedback/EmptyState.tsx';
import { Page } from '../../components/layout/Page.tsx';
import { Panel } from '../../components/layout/Panel.tsx';
import { useHasRole } from '../../data/queries.ts';
import { ActionItemList } from './panels/ActionItemList.tsx';
import { SetupSteps } from './panels/SetupSteps.tsx';
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
    <Page title="Welcome to Convey" description="The gateway is running. Add a site to receive events.">
      {items.length > 0 && (
        <Panel title="Action needed">
          <ActionItemList items={items} />
        </Panel>
      )}
      <SetupSteps />
    </Page>
  );
}
