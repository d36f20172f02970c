import { Table, Text } from '@mantine/core';
import { Fragment } from 'react';
import { outcomeSentence } from '../../../../api/client.ts';
import { formatInteger, formatPercent, pluralize } from '../../../components/display/format.ts';
import { InlineCode } from '../../../components/display/InlineCode.tsx';
import { skipLabels } from '../../../components/display/skip-labels.ts';
import { RouterAnchor } from '../../../components/layout/router-links.tsx';
import { useDestination } from '../../../data/use-destination.ts';
import { useSite } from '../../../data/use-site.ts';
import type { Traffic } from './traffic-series.ts';

interface SkipTableProps {
  readonly site: string;
  readonly connection: string;
  readonly traffic: Traffic;
}

/** Lists the skip reasons with links to the events. */
export function SkipTable({ site, connection, traffic: { total, merged, beforeStart } }: SkipTableProps) {
  const { connections } = useSite();
  const skipTexts = useDestination(connections.find(({ id }) => id === connection)?.destination)?.skipTexts;
  if (total.reasons.length === 0 && merged === 0 && beforeStart === 0) return null;
  return (
    <div>
      {total.reasons.length > 0 && (
        <Table className="figures">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Skip reason</Table.Th>
              <Table.Th ta="right" w={72}>
                Events
              </Table.Th>
              <Table.Th ta="right" w={72}>
                Share
              </Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {total.reasons.map(({ reason, events }) => (
              <Fragment key={reason}>
                <Table.Tr style={{ borderBottom: 0 }}>
                  <Table.Td pb={0}>
                    <RouterAnchor
                      to="/sites/$site/events"
                      params={{ site }}
                      search={{ outcome: [reason], connection }}
                      size="sm"
                      fw={500}
                    >
                      {skipLabels[reason]}
                    </RouterAnchor>
                  </Table.Td>
                  <Table.Td ta="right" pb={0}>
                    {formatInteger(events)}
                  </Table.Td>
                  <Table.Td ta="right" pb={0}>
                    {formatPercent(events, total.received)}
                  </Table.Td>
                </Table.Tr>
                <Table.Tr>
                  <Table.Td colSpan={3} pt={0}>
                    <Text size="xs" c="dimmed" maw="75ch">
                      <InlineCode text={outcomeSentence(reason, skipTexts)} />
                    </Text>
                  </Table.Td>
                </Table.Tr>
              </Fragment>
            ))}
          </Table.Tbody>
        </Table>
      )}
      {beforeStart > 0 && (
        <Text size="sm" c="dimmed" mt="xs">
          {pluralize(beforeStart, 'event')} {beforeStart === 1 ? 'was' : 'were'} received before this connection existed. Replay{' '}
          {beforeStart === 1 ? 'it' : 'them'} to send {beforeStart === 1 ? 'it' : 'them'}.
        </Text>
      )}
      {merged > 0 && (
        <Text size="sm" c="dimmed" mt="xs">
          {pluralize(merged, 'duplicate report')} {merged === 1 ? 'was' : 'were'} merged with the first report of the same event.
        </Text>
      )}
    </div>
  );
}
