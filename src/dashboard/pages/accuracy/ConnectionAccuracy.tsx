import { Alert, Stack, Text } from '@mantine/core';
import type { AccuracyView, ConnectionAccuracyView } from '../../../api/client.ts';
import { TimeChart } from '../../components/charts/TimeChart.tsx';
import { formatPercent, formatUtcDate, formatUtcDays, pluralize } from '../../components/display/format.ts';
import { Icon } from '../../components/display/Icon.tsx';
import { Panel } from '../../components/layout/Panel.tsx';
import { getAccuracyNotes } from './accuracy-labels.ts';
import { toAccuracyChart } from './days-chart.ts';
import { GapList } from './GapList.tsx';
import { NoOrders } from './NoOrders.tsx';
import { OrdersBar } from './OrdersBar.tsx';

/** Shows one connection's orders: totals, gaps and days. */
export function ConnectionAccuracy({
  name,
  view,
  accuracy,
}: {
  readonly name: string;
  readonly view: AccuracyView;
  readonly accuracy: ConnectionAccuracyView;
}) {
  const { site, since, until, unknownToShop, alertUnder } = view;
  const { alert } = accuracy;
  // Several platforms have about the same chart, so theirs are closed.
  const chart = <TimeChart data={toAccuracyChart(accuracy.days, `Orders by day: ${name}`)} />;
  return (
    <Panel title={name} description={formatUtcDays(since, until)}>
      <Stack gap="md">
        {alert.state === 'under' && alert.share !== undefined && alertUnder !== null && (
          <Alert color="orange" variant="light" icon={<Icon name="warn" />}>
            Only {formatPercent(alert.share, 1)} of {pluralize(alert.orders, 'order')} from {formatUtcDate(alert.since)} to{' '}
            {formatUtcDate(alert.until)} are accounted for, which means accepted or explained. The target is{' '}
            {formatPercent(alertUnder, 1)}.
          </Alert>
        )}
        {accuracy.orders === 0 ? (
          <NoOrders site={site} hasWebhooks={view.hasWebhooks} until={until} />
        ) : (
          <>
            <OrdersBar sums={accuracy} />
            {view.connections.length <= 2 ? (
              chart
            ) : (
              <details>
                <Text component="summary" size="sm" style={{ cursor: 'pointer' }}>
                  Orders by day
                </Text>
                {chart}
              </details>
            )}
          </>
        )}
        <GapList title="Missing" name={name} view={view} accuracy={accuracy} isExplained={false} />
        <GapList title="Explained" name={name} view={view} accuracy={accuracy} isExplained />
        <Notes lines={getAccuracyNotes(accuracy, unknownToShop)} />
      </Stack>
    </Panel>
  );
}

function Notes({ lines }: { readonly lines: readonly string[] }) {
  if (lines.length === 0) return null;
  return (
    <Stack gap={2}>
      {lines.map((line) => (
        <Text key={line} size="sm" c="dimmed">
          {line}
        </Text>
      ))}
    </Stack>
  );
}
