import { Alert, Group, Stack, Text } from '@mantine/core';
import type { ConnectionSettingsView, ConnectionView, SiteSettingsView } from '../../../../api/client.ts';
import { formatDuration, formatInteger } from '../../../components/display/format.ts';
import { HealthBadge } from '../../../components/display/HealthBadge.tsx';
import { Icon } from '../../../components/display/Icon.tsx';
import { InlineCode } from '../../../components/display/InlineCode.tsx';
import { StatList } from '../../../components/display/StatList.tsx';
import { Timestamp } from '../../../components/display/Timestamp.tsx';
import { Panel } from '../../../components/layout/Panel.tsx';
import { ConnectionActions } from './ConnectionActions.tsx';

interface DeliveryStatusProps {
  readonly site: SiteSettingsView;
  readonly connection: ConnectionSettingsView;
  readonly view: ConnectionView | undefined;
}

/** Shows the delivery status of a connection, the next step and the figures. */
export function DeliveryStatus({ site, connection, view }: DeliveryStatusProps) {
  if (!view)
    return (
      <Panel title="Delivery">
        <Text size="sm">This destination is not running. Events are stored but not sent.</Text>
      </Panel>
    );
  const { health, says, losesAt } = view;
  return (
    <Panel title="Delivery">
      <Stack gap="lg">
        <Group gap="sm" align="flex-start">
          <HealthBadge health={health} size="lg" />
          <Text fw={500} role="status" flex="1 1 20rem">
            <InlineCode text={says} />
          </Text>
        </Group>
        {losesAt !== undefined && (
          <Alert color="red" icon={<Icon name="clock" />} title="Events are about to expire" role="alert">
            The platform will reject the oldest unsent event after <Timestamp at={losesAt} /> (
            <Timestamp at={losesAt} as="ago" />
            ). Fix the problem before then.
          </Alert>
        )}
        <StatList stats={toStats(view)} cols={{ base: 2, sm: 3, lg: 6 }} />
        <ConnectionActions site={site} connection={connection} view={view} />
      </Stack>
    </Panel>
  );
}

function toStats({ lag, waiting, deadLetters, inDoubt, counts, undeliveredSince, pausedSince, nextTryAt }: ConnectionView) {
  return [
    { label: 'Delivered', value: formatInteger(counts.delivered ?? 0), description: 'since it was added' },
    {
      label: 'Not sent yet',
      value: formatInteger(lag.events),
      description: lag.events === 0 ? 'up to date' : `oldest is ${formatDuration(lag.ms)} old`,
    },
    {
      label: 'Oldest unsent event',
      value: undeliveredSince === undefined ? 'None' : <Timestamp at={undeliveredSince} as="ago" />,
    },
    { label: 'Waiting', value: formatInteger(waiting), description: 'for a duplicate report, consent or a retry' },
    { label: 'Dead letters', value: formatInteger(deadLetters), description: 'could not be sent' },
    { label: 'In doubt', value: formatInteger(inDoubt), description: 'requests resent after no response' },
    ...(pausedSince === undefined ? [] : [{ label: 'Stopped', value: <Timestamp at={pausedSince} as="ago" /> }]),
    ...(nextTryAt === undefined ? [] : [{ label: 'Next attempt', value: <Timestamp at={nextTryAt} as="ago" /> }]),
  ];
}
