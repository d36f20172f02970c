import { Table } from '@mantine/core';
import type { ChartData } from './chart-data.ts';

/** Shows the data of a chart as a table, newest first. */
export function ChartTable({ title, points, series, formatTime, formatValue }: ChartData) {
  return (
    <Table.ScrollContainer minWidth={0} maxHeight={420} type="native" tabIndex={0} role="region" aria-label={`${title}, table`}>
      <Table stickyHeader className="figures" fz={{ base: 'xs', sm: 'sm' }} horizontalSpacing={6}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Time</Table.Th>
            {series.map(({ name, label }) => (
              <Table.Th key={name} ta="right">
                {label}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {points.toReversed().map(({ at, values }) => (
            <Table.Tr key={at}>
              <Table.Th scope="row" fw={400} style={{ whiteSpace: 'nowrap' }}>
                {formatTime(at)}
              </Table.Th>
              {series.map(({ name }) => (
                <Table.Td key={name} ta="right" {...(!values[name] && { c: 'dimmed' })}>
                  {values[name] === undefined ? '–' : formatValue(values[name])}
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
