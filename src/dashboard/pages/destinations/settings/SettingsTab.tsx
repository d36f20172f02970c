import { Stack } from '@mantine/core';
import { useSearch } from '@tanstack/react-router';
import type { ConnectionSettingsView, DestinationView, SiteSettingsView } from '../../../../api/client.ts';
import { ErrorAlert } from '../../../components/feedback/ErrorStates.tsx';
import { LoadingState, QueryState } from '../../../components/feedback/QueryState.tsx';
import { useApiQuery } from '../../../data/queries.ts';
import { EnableConnection } from '../connection/EnableConnection.tsx';
import { RemoveConnection } from '../connection/RemoveConnection.tsx';
import { SimulatorSettings } from '../simulator/SimulatorSettings.tsx';
import { ConnectionSettings } from './ConnectionSettings.tsx';
import { useLinkResult } from './use-link-result.ts';

interface SettingsTabProps {
  readonly site: SiteSettingsView;
  readonly connection: ConnectionSettingsView;
}

/** The settings of a connection, and what ends it. */
export function SettingsTab({ site, connection }: SettingsTabProps) {
  const destinations = useApiQuery('GET /api/destinations', {});
  return (
    <QueryState query={destinations} height={600}>
      {(all) => {
        const destination = all.find(({ id }) => id === connection.destination);
        const name = destination?.name ?? connection.destination;
        return (
          <Stack gap="lg">
            {destination && <OwnSettings site={site} connection={connection} destination={destination} />}
            {connection.origin === 'dashboard' && !connection.isSimulated && destination && (
              <EnableConnection site={site} connection={connection} destination={destination} />
            )}
            {connection.origin === 'dashboard' && <RemoveConnection site={site} connection={connection.id} name={name} />}
          </Stack>
        );
      }}
    </QueryState>
  );
}

function OwnSettings({ site, connection, destination }: SettingsTabProps & { readonly destination: DestinationView }) {
  const { link: linkId } = useSearch({ from: '/signed-in/shell/sites/$site/destinations/$connection' });
  const link = useLinkResult(site.id, linkId);
  if (link.isLoading) return <LoadingState height={600} />;
  if (connection.isSimulated) return <SimulatorSettings name={destination.name} connection={connection} />;
  return (
    <>
      {link.error && <ErrorAlert error={link.error} />}
      <ConnectionSettings site={site} connection={connection} destination={destination} linkResult={link.result} />
    </>
  );
}
