import { Table } from '@mantine/core';
import { formatInteger } from '../../../components/display/format.ts';
import { Timestamp } from '../../../components/display/Timestamp.tsx';
import { seriesStyles } from './series-styles.ts';
import { getShownSeries, type TrafficBucket } from './traffic-series.ts';

/** Shows the data of the chart as a table, newest first. */
export function TrafficTable({ steps }: { readonly steps: readonly TrafficBucket[] }) {
  const columns = ['received', ...getShownSeries(steps)] as const;
  return (
    <Table.ScrollContainer minWidth={640} maxHeight={420} type="native" tabIndex={0} aria-label="Events over time, table">
      <Table stickyHeader className="figures">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>From</Table.Th>
            {columns.map((name) => (
              <Table.Th key={name} ta="right">
                {seriesStyles[name].label}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {[...steps].reverse().map((step) => (
            <Table.Tr key={step.at}>
              <Table.Td>
                <Timestamp at={step.at} />
              </Table.Td>
              {columns.map((name) => (
                <Table.Td key={name} ta="right" {...(step[name] === 0 && { c: 'dimmed' })}>
                  {formatInteger(step[name])}
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
