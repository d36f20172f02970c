import { Button, Group, NativeSelect, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import type { ConnectionSettingsView, DestinationView, SiteSettingsView } from '../../../../api/client.ts';
import { InlineCode } from '../../../components/display/InlineCode.tsx';
import { ErrorAlert } from '../../../components/feedback/ErrorStates.tsx';
import { RoleOnly } from '../../../components/feedback/RoleOnly.tsx';
import { Form } from '../../../components/forms/Form.tsx';
import { Panel } from '../../../components/layout/Panel.tsx';
import { RouterAnchor, RouterButton } from '../../../components/layout/router-links.tsx';
import { useApiQuery } from '../../../data/queries.ts';
import { SimulatorLink } from '../../destinations/simulator/SimulatorLink.tsx';
import { useStartSimulator } from '../../destinations/simulator/use-start-simulator.ts';
import { describeSimulatorReach } from './simulator-reach.ts';

/** Offers a destination: a real one, or simulators in the gateway. Shows the site's simulators. */
export function SimulatorPanel({ site }: { readonly site: SiteSettingsView }) {
  const { data: destinations } = useApiQuery('GET /api/destinations', {});
  const simulated = site.connections.filter(({ isSimulated }) => isSimulated);
  if (site.connections.length > 0 && simulated.length === 0) return null;
  if (!destinations) return null;
  const others = destinations.filter(({ id }) => simulated.every(({ destination }) => destination !== id));
  return (
    <Panel
      title="Connection"
      description={
        simulated.length > 0
          ? describeSimulatorReach(site, destinations)
          : 'Events are stored now, but sent nowhere. Connect an ad platform, or try it with a simulator first.'
      }
    >
      <Stack gap="lg">
        {simulated.map((connection) => (
          <SimulatorRow key={connection.id} site={site.id} connection={connection} destinations={destinations} />
        ))}
        {site.connections.length === 0 && (
          <RouterButton to="/sites/$site/destinations/new" params={{ site: site.id }} w="fit-content">
            Add connection
          </RouterButton>
        )}
        {others.length > 0 && <StartSimulator key={simulated.length} site={site.id} destinations={others} />}
      </Stack>
    </Panel>
  );
}

function SimulatorRow({
  site,
  connection: { id, destination, simulatorUrl, problem },
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
      {simulatorUrl !== undefined && <SimulatorLink url={simulatorUrl} />}
      {problem !== undefined && (
        <Text size="sm">
          <InlineCode text={problem} />
        </Text>
      )}
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
  const start = useStartSimulator(site);
  return (
    <Form error={start.error} onSubmit={() => start.mutate(destination)}>
      <Stack gap="lg">
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
                Try with a simulator
              </Button>
            )}
          </RoleOnly>
        </Group>
        {start.error && <ErrorAlert error={start.error} />}
      </Stack>
    </Form>
  );
}
