import { Alert, Stack, Text } from '@mantine/core';
import type { AccuracyView, ConnectionAccuracyView } from '../../../api/client.ts';
import { TimeChart } from '../../components/charts/TimeChart.tsx';
import { formatDay, formatPercent, formatSiteDays, pluralize } from '../../components/display/format.ts';
import { Icon } from '../../components/display/Icon.tsx';
import { Panel } from '../../components/layout/Panel.tsx';
import { getAccuracyNotes, getRefundNotes } from './accuracy-labels.ts';
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
  const { site, since, until, unknownToShop } = view;
  return (
    <Panel title={name} description={formatSiteDays(since, until, view.timeZone)}>
      <Stack gap="md">
        <AccuracyAlert alert={accuracy.alert} alertUnder={view.alertUnder} />
        {accuracy.orders === 0 ? (
          <NoOrders site={site} hasWebhooks={view.hasWebhooks} until={until} />
        ) : (
          <>
            <OrdersBar sums={accuracy} />
            <TimeChart data={toAccuracyChart(accuracy.days, `Orders by day: ${name}`)} />
          </>
        )}
        <GapList title="Missing" name={name} view={view} accuracy={accuracy} isExplained={false} />
        <GapList title="Explained" name={name} view={view} accuracy={accuracy} isExplained />
        <Notes lines={[...getRefundNotes(accuracy), ...getAccuracyNotes(accuracy, unknownToShop), view.coverage]} />
      </Stack>
    </Panel>
  );
}

/** Shows notes about orders that are not counted. */
export function Notes({ lines }: { readonly lines: readonly string[] }) {
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

interface AccuracyAlertProps {
  readonly alert: ConnectionAccuracyView['alert'];
  readonly alertUnder: number | null;
  /** The connection's name, if several are shown. */
  readonly name?: string;
}

/** Shows that too few orders of the last seven whole days are accounted for. */
export function AccuracyAlert({ alert, alertUnder, name }: AccuracyAlertProps) {
  if (alert.state !== 'under' || alert.share === undefined || alertUnder === null) return null;
  return (
    <Alert color="orange" variant="light" icon={<Icon name="warn" />}>
      {name === undefined ? '' : `${name}: `}Only {formatPercent(alert.share, 1)} of {pluralize(alert.orders, 'order')} from{' '}
      {formatDay(alert.since, true)} to {formatDay(alert.until, true)} are accounted for, which means accepted or explained. The
      target is {formatPercent(alertUnder, 1)}.
    </Alert>
  );
}
