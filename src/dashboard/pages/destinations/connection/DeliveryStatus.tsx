import { Group, Stack, Text } from '@mantine/core';
import type { ConnectionSettingsView, ConnectionView, SiteSettingsView } from '../../../../api/client.ts';
import { HealthBadge } from '../../../components/display/HealthBadge.tsx';
import { HealthMessage } from '../../../components/display/HealthMessage.tsx';
import { Timestamp } from '../../../components/display/Timestamp.tsx';
import { useNow } from '../../../components/display/use-now.ts';
import { Panel } from '../../../components/layout/Panel.tsx';
import { ConnectionActions } from './ConnectionActions.tsx';

interface DeliveryStatusProps {
  readonly site: SiteSettingsView;
  readonly connection: ConnectionSettingsView;
  readonly view: ConnectionView | undefined;
}

/** Shows the state of a connection, its reason and its actions, in this order and on the first screen of a phone. */
export function DeliveryStatus({ site, connection, view }: DeliveryStatusProps) {
  const now = useNow(60_000);
  if (!view)
    return (
      <Panel title="Delivery">
        <Text size="sm">This connection is not running. Events are stored but not sent.</Text>
      </Panel>
    );
  const { health, says, losesAt } = view;
  return (
    <Panel title="Delivery">
      <Stack gap="md">
        <Group gap="sm">
          <HealthBadge health={health} size="lg" />
          {losesAt !== undefined && losesAt > now && (
            <Text size="sm" fw={600} role="alert">
              First events lost <Timestamp at={losesAt} as="ago" />
            </Text>
          )}
        </Group>
        <Text fz={{ base: 'sm', sm: 'md' }} fw={500} maw="75ch" role="status">
          <HealthMessage says={says} />
        </Text>
        <ConnectionActions site={site} connection={connection} view={view} />
      </Stack>
    </Panel>
  );
}
