import { Alert, SimpleGrid, Stack } from '@mantine/core';
import { useParams, useSearch } from '@tanstack/react-router';
import { Icon } from '../../../components/display/Icon.tsx';
import { InlineCode } from '../../../components/display/InlineCode.tsx';
import { ErrorAlert, NotFound } from '../../../components/feedback/ErrorStates.tsx';
import { LoadingState, QueryState } from '../../../components/feedback/QueryState.tsx';
import { Page } from '../../../components/layout/Page.tsx';
import { useApiQuery } from '../../../data/queries.ts';
import { useConnectionNames } from '../../../data/use-destination.ts';
import { useSite } from '../../../data/use-site.ts';
import { DeadLetters } from '../dead-letters/DeadLetters.tsx';
import { ReplayPanel } from '../replay/ReplayPanel.tsx';
import { ConnectionSettings } from '../settings/ConnectionSettings.tsx';
import { useLinkResult } from '../settings/use-link-result.ts';
import { SimulatorSettings } from '../simulator/SimulatorSettings.tsx';
import { LatencyPanel } from '../traffic/LatencyPanel.tsx';
import { TrafficPanel } from '../traffic/TrafficPanel.tsx';
import { useTrafficSeries } from '../traffic/use-traffic-series.ts';
import { DeliveryStatus } from './DeliveryStatus.tsx';
import { EnableConnection } from './EnableConnection.tsx';
import { RemoveConnection } from './RemoveConnection.tsx';
import { useConnection } from './use-connection.ts';

/** The page of one connection: status, traffic, dead letters and settings. */
export function ConnectionPage() {
  const site = useSite();
  const { connection: id } = useParams({ from: '/signed-in/shell/sites/$site/destinations/$connection' });
  const { link: linkId } = useSearch({ from: '/signed-in/shell/sites/$site/destinations/$connection' });
  const link = useLinkResult(site.id, linkId);
  const destinations = useApiQuery('GET /api/destinations', {});
  const { view, query } = useConnection(site.id, id);
  const names = useConnectionNames();
  const series = useTrafficSeries(site.id, id);
  const connection = site.connections.find((one) => one.id === id);
  if (!connection) return <NotFound message="This connection does not exist. It may have been removed." />;
  const destination = destinations.data?.find((one) => one.id === connection.destination);
  const name = destination?.name ?? connection.destination;
  // All panels are shown together, to avoid layout shifts.
  const isLoading = link.isLoading || [query, series, destinations].some(({ isPending }) => isPending);
  const letters = view?.deadLetters ?? 0;
  return (
    <Page
      title={names[id] ?? name}
      description={`${site.id}/${id}, ${connection.origin === 'file' ? 'defined in the config file' : 'added in the dashboard'}. ${
        connection.isLive ? 'Live.' : 'Simulator: no live platform receives its events.'
      }`}
    >
      {connection.problem !== undefined && (
        <Alert color="red" icon={<Icon name="warn" />} title="Action needed">
          <InlineCode text={connection.problem} />
        </Alert>
      )}
      {isLoading ? (
        <LoadingState height={900} />
      ) : (
        <Stack gap="lg" key={id}>
          <QueryState query={query}>{() => <DeliveryStatus site={site} connection={connection} view={view} />}</QueryState>
          <TrafficPanel site={site.id} connection={id} />
          <LatencyPanel site={site.id} connection={id} />
          <SimpleGrid cols={{ base: 1, lg: letters === 0 ? 2 : 1 }} spacing="lg">
            {view && <DeadLetters site={site.id} connection={id} count={view.deadLetters} />}
            {view && <ReplayPanel site={site.id} connection={id} replay={view.replay} />}
          </SimpleGrid>
          <QueryState query={destinations}>
            {() =>
              destination && (
                <>
                  {link.error && <ErrorAlert error={link.error} />}
                  {connection.isSimulated ? (
                    <SimulatorSettings name={name} connection={connection} />
                  ) : (
                    <ConnectionSettings site={site} connection={connection} destination={destination} linkResult={link.result} />
                  )}
                </>
              )
            }
          </QueryState>
          {connection.origin === 'dashboard' && !connection.isSimulated && destination && (
            <EnableConnection site={site} connection={connection} destination={destination} />
          )}
          {connection.origin === 'dashboard' && <RemoveConnection site={site} connection={id} name={name} />}
        </Stack>
      )}
    </Page>
  );
}
