import { Table } from '@mantine/core';
import type { ConnectionAccuracyView } from '../../../api/client.ts';
import { formatInteger, formatPercent } from '../../components/display/format.ts';

const columns = [
  { key: 'orders', label: 'Orders' },
  { key: 'accepted', label: 'Accepted' },
  { key: 'explained', label: 'Explained' },
  { key: 'missing', label: 'Missing' },
] as const;

/** Shows the orders of each day, newest first. */
export function DaysTable({ accuracy: { connection, days } }: { readonly accuracy: ConnectionAccuracyView }) {
  return (
    <Table.ScrollContainer
      minWidth={300}
      scrollAreaProps={{ viewportProps: { tabIndex: 0, role: 'region', 'aria-label': `Orders by day: ${connection}` } }}
    >
      <Table horizontalSpacing={6} fz={{ base: 'xs', sm: 'sm' }} className="figures">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Day</Table.Th>
            {columns.map(({ key, label }) => (
              <Table.Th key={key} ta="right">
                {label}
              </Table.Th>
            ))}
            <Table.Th ta="right" visibleFrom="sm">
              Accounted for
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {days.toReversed().map((day) => (
            <Table.Tr key={day.day}>
              <Table.Th scope="row" fw={400} style={{ whiteSpace: 'nowrap' }}>
                {day.day}
              </Table.Th>
              {columns.map(({ key }) => (
                <Table.Td key={key} ta="right" {...(day[key] === 0 && { c: 'dimmed' })}>
                  {formatInteger(day[key])}
                </Table.Td>
              ))}
              <Table.Td ta="right" visibleFrom="sm">
                {day.orders === 0 ? '–' : formatPercent(day.accepted + day.explained, day.orders)}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
