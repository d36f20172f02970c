import { Stack, Table, Text } from '@mantine/core';
import type { AccuracyView } from '../../../api/client.ts';
import { TimeChart } from '../../components/charts/TimeChart.tsx';
import { formatInteger, formatSiteDays, pluralize } from '../../components/display/format.ts';
import { ShareCell } from '../../components/display/ShareCell.tsx';
import { Panel } from '../../components/layout/Panel.tsx';
import { ScrollTable } from '../../components/layout/ScrollTable.tsx';
import { getAccuracyNotes, getRefundNotes } from './accuracy-labels.ts';
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

/** A phone shows those with a breakpoint below the name of the platform. */
const figures = [
  { figure: 'orders', label: 'Orders', visibleFrom: 'sm' },
  { figure: 'accepted', label: 'Accepted' },
  { figure: 'explained', label: 'Explained', visibleFrom: 'sm' },
  { figure: 'missing', label: 'Missing' },
] as const;

/** Shows the platforms side by side, and each reason once: first the orders that need action. */
export function PlatformAccuracy({ view, before, names }: PlatformAccuracyProps) {
  const { connections, since, until, unknownToShop } = view;
  const getName = (connection: string) => names[connection] ?? connection;
  return (
    <>
      <Panel title="Platforms side by side" description={formatSiteDays(since, until, view.timeZone)}>
        <Stack gap="md">
          {connections.map((one) => (
            <AccuracyAlert key={one.connection} alert={one.alert} alertUnder={view.alertUnder} name={getName(one.connection)} />
          ))}
          <ScrollTable label="Table of platforms" minWidth={280}>
            <Table horizontalSpacing={6} fz={{ base: 'xs', sm: 'sm' }} verticalSpacing="sm">
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>Platform</Table.Th>
                  {figures.map(({ figure, label, ...visibility }) => (
                    <Table.Th key={figure} ta="right" {...visibility}>
                      {label}
                    </Table.Th>
                  ))}
                  <Table.Th ta="right">Share accepted</Table.Th>
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
          {/* The refunds of the shop's orders are the same for all. */}
          <Notes
            lines={[
              ...getRefundNotes(connections[0] ?? { amounts: [] }),
              ...getAccuracyNotes({ notCounted: {}, noted: 0 }, unknownToShop),
              view.coverage,
            ]}
          />
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
  return (
    <Table.Tr style={{ verticalAlign: 'top' }}>
      <Table.Th scope="row" fw={600} className="words">
        {name}
        <Text size="xs" c="dimmed" hiddenFrom="sm">
          {pluralize(row.orders, 'order')}, {formatInteger(row.explained)} explained
        </Text>
      </Table.Th>
      {figures.map(({ figure, label: _, ...visibility }) => (
        <Table.Td
          key={figure}
          ta="right"
          {...visibility}
          className="figures"
          {...(row[figure] === 0 && { c: 'dimmed' })}
          {...(figure === 'missing' && row.missing > 0 && { fw: 600 })}
        >
          {formatInteger(row[figure])}
        </Table.Td>
      ))}
      <Table.Td ta="right" className="figures">
        <ShareCell share={row.share} before={row.before} />
      </Table.Td>
    </Table.Tr>
  );
}
