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

/** How delivery goes: one sentence with the next step, and the figures that it rests on. */
export function DeliveryStatus({ site, connection, view }: DeliveryStatusProps) {
  if (!view)
    return (
      <Panel title="Delivery">
        <Text size="sm">It does not run, so nothing is sent. Events are accepted and kept meanwhile.</Text>
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
          <Alert color="red" icon={<Icon name="clock" />} title="Events will soon be too old to be sent" role="alert">
            The oldest that was not sent is refused by the platform from <Timestamp at={losesAt} /> (
            <Timestamp at={losesAt} as="ago" />
            ). Mend what keeps it from being sent before then.
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
    { label: 'Delivered', value: formatInteger(counts.delivered ?? 0), says: 'since it was made' },
    {
      label: 'Not sent yet',
      value: formatInteger(lag.events),
      says: lag.events === 0 ? 'nothing is behind' : `oldest is ${formatDuration(lag.ms)} old`,
    },
    { label: 'Oldest not sent', value: undeliveredSince === undefined ? 'None' : <Timestamp at={undeliveredSince} as="ago" /> },
    { label: 'Waiting', value: formatInteger(waiting), says: 'for a copy, consent, or the next try' },
    { label: 'Dead letters', value: formatInteger(deadLetters), says: 'not sent unless you say so' },
    { label: 'In doubt', value: formatInteger(inDoubt), says: 'requests sent again without an answer' },
    ...(pausedSince === undefined ? [] : [{ label: 'Not sending since', value: <Timestamp at={pausedSince} as="ago" /> }]),
    ...(nextTryAt === undefined ? [] : [{ label: 'Next try', value: <Timestamp at={nextTryAt} as="ago" /> }]),
  ];
}
