import { Table, Text } from '@mantine/core';
import { outcomeSentence } from '../../../../api/client.ts';
import { formatInteger, formatPercent, pluralize } from '../../../components/display/format.ts';
import { InlineCode } from '../../../components/display/InlineCode.tsx';
import { skipLabels } from '../../../components/display/skip-labels.ts';
import { RouterAnchor } from '../../../components/layout/router-links.tsx';
import type { Traffic } from './traffic-series.ts';

interface SkipTableProps {
  readonly site: string;
  readonly connection: string;
  readonly traffic: Traffic;
}

/** Why events were skipped. A skip is no failure; each reason leads to the events that it kept. */
export function SkipTable({ site, connection, traffic: { total: all, merged: joined, beforeStart: earlier } }: SkipTableProps) {
  if (all.reasons.length === 0 && joined === 0 && earlier === 0) return null;
  return (
    <div>
      {all.reasons.length > 0 && (
        <Table className="figures">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Skipped because</Table.Th>
              <Table.Th ta="right" w={72}>
                Events
              </Table.Th>
              <Table.Th ta="right" w={72}>
                Of all
              </Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {all.reasons.map(({ reason, events }) => (
              <Table.Tr key={reason} style={{ verticalAlign: 'top' }}>
                <Table.Td>
                  <RouterAnchor
                    to="/sites/$site/events"
                    params={{ site }}
                    search={{ outcome: [reason], connection }}
                    size="sm"
                    fw={500}
                  >
                    {skipLabels[reason]}
                  </RouterAnchor>
                  <Text size="xs" c="dimmed">
                    <InlineCode text={outcomeSentence(reason)} />
                  </Text>
                </Table.Td>
                <Table.Td ta="right">{formatInteger(events)}</Table.Td>
                <Table.Td ta="right">{formatPercent(events, all.received)}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
      {earlier > 0 && (
        <Text size="sm" c="dimmed" mt="xs">
          {pluralize(earlier, 'event')} came before this connection began, so it does not send {earlier === 1 ? 'it' : 'them'}. A
          replay does.
        </Text>
      )}
      {joined > 0 && (
        <Text size="sm" c="dimmed" mt="xs">
          {pluralize(joined, 'copy', 'copies')} of these events came as well, and {joined === 1 ? 'was' : 'were'} joined with the
          first report.
        </Text>
      )}
    </div>
  );
}
