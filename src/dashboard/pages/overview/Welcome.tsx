import type { ApiResponse } from '../../../api/client.ts';
import { Page } from '../../components/layout/Page.tsx';
import { Panel } from '../../components/layout/Panel.tsx';
import { ActionItemList } from './panels/ActionItemList.tsx';
import { SetupSteps } from './panels/SetupSteps.tsx';
import { getGatewayActionItems } from './summary/action-items.ts';

/** Shown if no site exists yet: the steps to the first conversion. */
export function Welcome({ status }: { readonly status: ApiResponse<'GET /api/status'> }) {
  const items = getGatewayActionItems(status);
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
