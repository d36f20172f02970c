import { Stack } from '@mantine/core';
import type { ConnectionView } from '../../../../api/client.ts';
import { StatList } from '../../../components/display/StatList.tsx';
import { Timestamp } from '../../../components/display/Timestamp.tsx';
import { KeptHeight } from '../../../components/feedback/QueryState.tsx';
import { Panel } from '../../../components/layout/Panel.tsx';
import { ErrorsPanel } from '../errors/ErrorsPanel.tsx';
import { useConnectionErrors } from '../errors/use-connection-errors.ts';
import { ReplayPanel } from '../replay/ReplayPanel.tsx';
import { LatencyPanel } from '../traffic/LatencyPanel.tsx';
import { TrafficPanel } from '../traffic/TrafficPanel.tsx';
import { useTrafficSeries } from '../traffic/use-traffic-series.ts';
import { getDeliveryStats } from './delivery-stats.ts';

interface HealthTabProps {
  readonly site: string;
  readonly connection: string;
  /** Absent if the connection is not running. */
  readonly view: ConnectionView | undefined;
}

/** The figures of a connection, its events and how long they take. */
export function HealthTab({ site, connection, view }: HealthTabProps) {
  // All panels are shown together, to avoid layout shifts.
  const queries = [useTrafficSeries(site, connection), useConnectionErrors(site, connection)];
  return (
    <KeptHeight isLoading={queries.some(({ isPending }) => isPending)} height={900}>
      {() => (
        <Stack gap="lg">
          {view && (
            <Panel title="Deliveries">
              <StatList stats={toStats(view)} cols={{ base: 2, sm: 3, lg: 6 }} />
            </Panel>
          )}
          <ErrorsPanel site={site} connection={connection} />
          <TrafficPanel site={site} connection={connection} />
          <LatencyPanel site={site} connection={connection} />
          {view && <ReplayPanel site={site} connection={connection} replay={view.replay} />}
        </Stack>
      )}
    </KeptHeight>
  );
}

function toStats(view: ConnectionView) {
  return getDeliveryStats(view).map(({ at, isExpected, ...stat }) => ({
    ...stat,
    value: at === undefined ? stat.value : <Timestamp at={at} as={isExpected ? 'until' : 'ago'} />,
  }));
}
