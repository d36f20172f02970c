import { Stack, Text } from '@mantine/core';
import type { AccuracyLineView } from '../../../../api/client.ts';
import { QueryState } from '../../../components/feedback/QueryState.tsx';
import { Panel } from '../../../components/layout/Panel.tsx';
import { RouterAnchor } from '../../../components/layout/router-links.tsx';
import { NoOrders } from '../../accuracy/NoOrders.tsx';
import { OrdersBar } from '../../accuracy/OrdersBar.tsx';
import { useAccuracy } from '../summary/use-overview.ts';

/** Shows one site's orders of the last week on the overview, with a link to the details. */
export function OrdersPanel({ site }: { readonly site: string }) {
  const answer = useAccuracy();
  return (
    <Panel
      title="Shop orders"
      description="Orders that the shop reported, and how many were accepted. Last 7 days and today, in UTC."
      actions={
        <RouterAnchor to="/sites/$site/accuracy" params={{ site }} size="sm">
          View by day
        </RouterAnchor>
      }
    >
      <QueryState query={answer} height={24}>
        {(lines) => <OrderLines site={site} line={lines.find((one) => one.site === site)} />}
      </QueryState>
    </Panel>
  );
}

function OrderLines({ site, line }: { readonly site: string; readonly line: AccuracyLineView | undefined }) {
  if (line?.connections.length === 0)
    return (
      <Text size="sm" c="dimmed">
        No destination is enabled, so no orders are sent.
      </Text>
    );
  const connections = line?.connections.filter(({ orders }) => orders > 0) ?? [];
  if (!line || connections.length === 0) return <NoOrders site={site} hasWebhooks={line?.hasWebhooks ?? false} />;
  return (
    <Stack gap="xs">
      {connections.map((one) => (
        <div key={one.connection}>
          {line.connections.length > 1 && (
            <Text size="xs" c="dimmed">
              {one.connection}
            </Text>
          )}
          <OrdersBar sums={one} />
        </div>
      ))}
    </Stack>
  );
}
