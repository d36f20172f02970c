import { Table, Text } from '@mantine/core';
import { counted, inPercent, inWhole } from '../../parts/words.ts';
import type { Traffic } from './traffic.ts';

interface SkipTableProps {
  readonly site: string;
  readonly connection: string;
  readonly traffic: Traffic;
}

/** Why events were skipped. A skip is no failure; each reason leads to the events, which say what to do. */
export function SkipTable({ site, connection, traffic: { all, joined } }: SkipTableProps) {
  if (all.reasons.length === 0 && joined === 0) return null;
  return (
    <div>
      {all.reasons.length > 0 && (
        <Table maw={560} style={{ fontVariantNumeric: 'tabular-nums' }}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Skipped because</Table.Th>
              <Table.Th ta="right">Events</Table.Th>
              <Table.Th ta="right">Of all</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {all.reasons.map(({ reason, events }) => (
              <Table.Tr key={reason}>
                <Table.Td>{reason}</Table.Td>
                <Table.Td ta="right">{inWhole(events)}</Table.Td>
                <Table.Td ta="right">{inPercent(events, all.received)}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
      {joined > 0 && (
        <Text size="sm" c="dimmed" mt="xs">
          {counted(joined, 'copy', 'copies')} of these events came as well, and {joined === 1 ? 'was' : 'were'} joined with the
          first report.
        </Text>
      )}
    </div>
  );
}
