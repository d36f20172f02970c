import { Stack, Table, Text, Title } from '@mantine/core';
import type { RulePreviewView } from '../../../api/client.ts';
import { formatInteger, pluralize } from '../../components/display/format.ts';
import { InlineCode } from '../../components/display/InlineCode.tsx';
import { Timestamp } from '../../components/display/Timestamp.tsx';
import { RouterAnchor } from '../../components/layout/router-links.tsx';
import { useConnectionNames } from '../../data/use-destination.ts';

const shownEvents = 20;

/** Shows the effects of rules on the newest events, by connection. */
export function RulePreview({ site, preview }: { readonly site: string; readonly preview: RulePreviewView }) {
  const { events, connections } = preview;
  const names = useConnectionNames();
  if (events === 0) return <Text size="sm">No event has arrived yet, so there is nothing to compare with.</Text>;
  if (connections.length === 0) return <Text size="sm">The site has no connection yet, so the rules have no effect.</Text>;
  const getName = (id: string) => names[id] ?? id;
  return connections.map((one) => (
    <Stack key={one.connection} gap="xs">
      <Title order={3}>{getName(one.connection)}</Title>
      <Text size="sm" role="status">
        Of the last {pluralize(events, 'event')}, {formatInteger(one.skipped)} would be skipped, {formatInteger(one.renamed)}{' '}
        renamed and {formatInteger(one.changed)} changed. {formatInteger(one.added)} would be added.
      </Text>
      {one.affected.length > 0 && (
        <Table.ScrollContainer
          minWidth={280}
          scrollAreaProps={{
            viewportProps: { tabIndex: 0, role: 'region', 'aria-label': `Events at ${getName(one.connection)}, table` },
          }}
        >
          <Table aria-label={`Events at ${getName(one.connection)}`}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Event</Table.Th>
                <Table.Th>Effect</Table.Th>
                <Table.Th visibleFrom="sm">Time</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {one.affected.slice(0, shownEvents).map(({ offset, id, name, time, effects }) => (
                <Table.Tr key={offset}>
                  <Table.Td style={{ overflowWrap: 'anywhere' }}>
                    {name}{' '}
                    <RouterAnchor size="sm" to="/sites/$site/events/$event" params={{ site, event: id }}>
                      {id}
                    </RouterAnchor>
                  </Table.Td>
                  <Table.Td style={{ overflowWrap: 'anywhere' }}>
                    <InlineCode text={effects.join(' ')} />
                  </Table.Td>
                  <Table.Td visibleFrom="sm">
                    <Timestamp at={time} />
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
      {one.affected.length > shownEvents && (
        <Text size="sm" c="dimmed">
          The table shows the newest {shownEvents} of these events.
        </Text>
      )}
    </Stack>
  ));
}
