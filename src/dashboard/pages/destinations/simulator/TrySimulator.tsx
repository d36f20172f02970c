import { Button, Group, Stack, Text } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import type { DestinationView } from '../../../../api/client.ts';
import { ErrorAlert } from '../../../components/feedback/ErrorStates.tsx';
import { RoleOnly } from '../../../components/feedback/RoleOnly.tsx';
import { Panel } from '../../../components/layout/Panel.tsx';
import { RouterAnchor } from '../../../components/layout/router-links.tsx';
import { useSite } from '../../../data/use-site.ts';
import { useStartSimulator } from './use-start-simulator.ts';

/** Offers the gateway's own simulator of a platform instead of an account, or leads to the one that the site has. */
export function TrySimulator({ destination }: { readonly destination: Pick<DestinationView, 'id' | 'name'> }) {
  const site = useSite();
  const navigate = useNavigate();
  const own = site.connections.find((one) => one.isSimulated && one.destination === destination.id);
  const start = useStartSimulator(site.id, () => {
    const params = { site: site.id, connection: `${destination.id}-simulator` };
    void navigate({ to: '/sites/$site/destinations/$connection', params });
  });
  if (own)
    return (
      <Panel title="No account yet?">
        <Text size="sm">
          The site has a simulator of {destination.name}:{' '}
          <RouterAnchor
            to="/sites/$site/destinations/$connection"
            params={{ site: site.id, connection: own.id }}
            inherit
            underline="always"
          >
            {own.id}
          </RouterAnchor>
          .
        </Text>
      </Panel>
    );
  return (
    <Panel title="No account yet?">
      <Stack gap="md">
        <Group justify="space-between" gap="md">
          <Text size="sm" maw="60ch" flex="1 1 16rem">
            A simulator of {destination.name} runs in the gateway. It needs no credential, and shows which of the site's events
            would count.
          </Text>
          <RoleOnly needs="owner">
            {(isPermitted) => (
              <Button
                variant="default"
                loading={start.isPending}
                disabled={!isPermitted}
                onClick={() => start.mutate(destination.id)}
              >
                Try with a simulator
              </Button>
            )}
          </RoleOnly>
        </Group>
        {start.error && <ErrorAlert error={start.error} />}
      </Stack>
    </Panel>
  );
}
