import { Stack, Table, Text } from '@mantine/core';
import type { AccuracyView } from '../../../api/client.ts';
import { TimeChart } from '../../components/charts/TimeChart.tsx';
import { formatInteger, formatUtcDays } from '../../components/display/format.ts';
import { formatShare, getShareTrend } from '../../components/display/trends.ts';
import { Panel } from '../../components/layout/Panel.tsx';
import { ScrollTable } from '../../components/layout/ScrollTable.tsx';
import { getAccuracyNotes } from './accuracy-labels.ts';
import { AccuracyAlert, Notes } from './ConnectionAccuracy.tsx';
import { type ComparedAccuracy, compareAccuracy } from './compare-accuracy.ts';
import { toAccuracyChart } from './days-chart.ts';
import { SharedGapList } from './GapList.tsx';

interface PlatformAccuracyProps {
  readonly view: AccuracyView;
  /** The same for the period before. Undefined if it is not compared or not loaded. */
  readonly before: AccuracyView | undefined;
  readonly names: Readonly<Record<string, string>>;
}

const figures = ['orders', 'accepted', 'explained', 'missing'] as const;

/** Shows the platforms side by side, and each reason once: first the orders that need action. */
export function PlatformAccuracy({ view, before, names }: PlatformAccuracyProps) {
  const { connections, since, until, unknownToShop } = view;
  const getName = (connection: string) => names[connection] ?? connection;
  return (
    <>
      <Panel title="Platforms side by side" description={formatUtcDays(since, until)}>
        <Stack gap="md">
          {connections.map((one) => (
            <AccuracyAlert key={one.connection} alert={one.alert} alertUnder={view.alertUnder} name={getName(one.connection)} />
          ))}
          <ScrollTable label="Table of platforms" minWidth={280}>
            <Table miw={{ base: 460, sm: 560 }} verticalSpacing="sm">
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>Platform</Table.Th>
                  {['Orders', 'Accepted', 'Explained', 'Missing', 'Share accepted'].map((label) => (
                    <Table.Th key={label} ta="right">
                      {label}
                    </Table.Th>
                  ))}
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {compareAccuracy(connections, before?.connections).map((row) => (
                  <PlatformRow key={row.connection} row={row} name={getName(row.connection)} />
                ))}
              </Table.Tbody>
            </Table>
          </ScrollTable>
          {connections.map((one) => (
            <Notes
              key={one.connection}
              // Purchases that only browsers reported are the same for all.
              lines={getAccuracyNotes(one, 0).map((line) => `${getName(one.connection)}: ${line}`)}
            />
          ))}
          <Notes lines={getAccuracyNotes({ notCounted: {}, noted: 0 }, unknownToShop)} />
        </Stack>
      </Panel>
      <SharedGapList title="Missing" view={view} names={names} isExplained={false} />
      <SharedGapList title="Explained" view={view} names={names} isExplained />
      <Panel title="Orders by day">
        <Stack gap="sm">
          {connections.map(({ connection, days, orders }) =>
            orders === 0 ? null : (
              <details key={connection}>
                <Text component="summary" size="sm" style={{ cursor: 'pointer' }}>
                  {getName(connection)}
                </Text>
                <TimeChart data={toAccuracyChart(days, `Orders by day: ${getName(connection)}`)} />
              </details>
            ),
          )}
        </Stack>
      </Panel>
    </>
  );
}

function PlatformRow({ row, name }: { readonly row: ComparedAccuracy; readonly name: string }) {
  const trend = getShareTrend(row.share, row.before);
  return (
    <Table.Tr style={{ verticalAlign: 'top' }}>
      <Table.Th scope="row" fw={600} className="words">
        {name}
      </Table.Th>
      {figures.map((figure) => (
        <Table.Td
          key={figure}
          ta="right"
          className="figures"
          {...(row[figure] === 0 && { c: 'dimmed' })}
          {...(figure === 'missing' && row.missing > 0 && { fw: 600 })}
        >
          {formatInteger(row[figure])}
        </Table.Td>
      ))}
      <Table.Td ta="right" className="figures">
        {formatShare(row.share)}
        {trend && trend.direction !== 'same' && (
          <Text size="xs" c="dimmed" title="Against the period before">
            {trend.direction === 'up' ? '▲' : '▼'} {trend.text}
          </Text>
        )}
      </Table.Td>
    </Table.Tr>
  );
}
