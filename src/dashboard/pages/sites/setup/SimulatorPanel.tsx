import { Anchor, Button, Group, NativeSelect, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import type { ConnectionSettingsView, DestinationView, SiteSettingsView } from '../../../../api/client.ts';
import { ErrorAlert } from '../../../components/feedback/ErrorStates.tsx';
import { RoleOnly } from '../../../components/feedback/RoleOnly.tsx';
import { Form } from '../../../components/forms/Form.tsx';
import { Panel } from '../../../components/layout/Panel.tsx';
import { RouterAnchor, RouterButton } from '../../../components/layout/router-links.tsx';
import { callApi } from '../../../data/api-client.ts';
import { useApiMutation, useApiQuery } from '../../../data/queries.ts';
import { describeSimulatorReach } from './simulator-reach.ts';

/** Offers a destination: a real one, or a simulator in the gateway. Shows the site's simulators. */
export function SimulatorPanel({ site }: { readonly site: SiteSettingsView }) {
  const destinations = useApiQuery('GET /api/destinations', {});
  const simulated = site.connections.filter(({ simulatorUrl }) => simulatorUrl !== undefined);
  if (site.connections.length > 0 && simulated.length === 0) return null;
  if (!destinations.data) return null;
  return (
    <Panel
      title="Connection"
      description={
        simulated.length > 0
          ? describeSimulatorReach(site, destinations.data)
          : 'Events are stored now, but sent nowhere. Connect an ad platform, or try it with a simulator first.'
      }
    >
      {simulated.length > 0 ? (
        <Stack gap="sm">
          {simulated.map((connection) => (
            <SimulatorRow key={connection.id} site={site.id} connection={connection} destinations={destinations.data} />
          ))}
        </Stack>
      ) : (
        <StartSimulator site={site.id} destinations={destinations.data} />
      )}
    </Panel>
  );
}

function SimulatorRow({
  site,
  connection: { id, destination, simulatorUrl },
  destinations,
}: {
  readonly site: string;
  readonly connection: ConnectionSettingsView;
  readonly destinations: readonly DestinationView[];
}) {
  const name = destinations.find((one) => one.id === destination)?.name ?? destination;
  return (
    <Stack gap={4}>
      <Text fw={600} size="sm">
        Simulator of {name}
      </Text>
      <Text size="sm">
        <Anchor href={simulatorUrl} target="_blank" rel="noreferrer noopener" inherit underline="always">
          {simulatorUrl}
        </Anchor>{' '}
        shows which events would count. It opens on the gateway's machine only.
      </Text>
      <Text size="sm">
        To stop it,{' '}
        <RouterAnchor to="/sites/$site/destinations/$connection" params={{ site, connection: id }} inherit underline="always">
          remove the connection
        </RouterAnchor>
        .
      </Text>
    </Stack>
  );
}

function StartSimulator({ site, destinations }: { readonly site: string; readonly destinations: readonly DestinationView[] }) {
  const [destination, setDestination] = useState(destinations[0]?.id ?? '');
  const start = useApiMutation(() => callApi('POST /api/sites/:site/simulator', { site }, { destination }), {
    refreshes: ['GET /api/sites', 'GET /api/sites/:site/checklist'],
  });
  return (
    <Form error={start.error} onSubmit={() => start.mutate(undefined)}>
      <Stack gap="lg">
        <RouterButton to="/sites/$site/destinations/new" params={{ site }} w="fit-content">
          Add connection
        </RouterButton>
        <Group align="flex-end" gap="sm">
          <NativeSelect
            label="Platform to simulate"
            data={destinations.map(({ id, name }) => ({ value: id, label: name }))}
            value={destination}
            onChange={({ currentTarget }) => setDestination(currentTarget.value)}
          />
          <RoleOnly needs="owner">
            {(isPermitted) => (
              <Button type="submit" variant="default" loading={start.isPending} disabled={!isPermitted}>
                Start simulator
              </Button>
            )}
          </RoleOnly>
        </Group>
        {start.error && <ErrorAlert error={start.error} />}
      </Stack>
    </Form>
  );
}
