import { Alert, Group, Stack, Text } from '@mantine/core';
import type { ConnectionSettingsView, ConnectionView, SiteSettingsView } from '../../../../api/client.ts';
import { HealthBadge } from '../../../components/display/HealthBadge.tsx';
import { HealthMessage } from '../../../components/display/HealthMessage.tsx';
import { Icon } from '../../../components/display/Icon.tsx';
import { Timestamp } from '../../../components/display/Timestamp.tsx';
import { useNow } from '../../../components/display/use-now.ts';
import { Panel } from '../../../components/layout/Panel.tsx';
import { ConnectionActions } from './ConnectionActions.tsx';

interface DeliveryStatusProps {
  readonly site: SiteSettingsView;
  readonly connection: ConnectionSettingsView;
  readonly view: ConnectionView | undefined;
}

/** Shows the delivery status of a connection, the next step and the actions. */
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
      <Stack gap="lg">
        <Group gap="sm" align="flex-start">
          <HealthBadge health={health} size="lg" />
          <Text fw={500} role="status" flex="1 1 20rem">
            <HealthMessage says={says} />
          </Text>
        </Group>
        {losesAt !== undefined && losesAt > now && (
          <Alert color="red" icon={<Icon name="clock" />} title="Events are about to expire" role="alert">
            The platform will reject the oldest waiting event after <Timestamp at={losesAt} /> (
            <Timestamp at={losesAt} as="ago" />
            ). Fix the problem before then.
          </Alert>
        )}
        <ConnectionActions site={site} connection={connection} view={view} />
      </Stack>
    </Panel>
  );
}
