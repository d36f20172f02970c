import { Table, Text } from '@mantine/core';
import type { MatchQualityView } from '../../../api/client.ts';
import { formatInteger, formatPercent, pluralize } from '../../components/display/format.ts';
import { InlineCode } from '../../components/display/InlineCode.tsx';
import { ShareCell } from '../../components/display/ShareCell.tsx';
import { Panel } from '../../components/layout/Panel.tsx';
import { ScrollTable } from '../../components/layout/ScrollTable.tsx';
import { type ComparedMatches, comparedSubjects, compareMatches, getComparedEvent } from './compare-matches.ts';

interface PlatformMatchesProps {
  readonly views: readonly MatchQualityView[];
  /** The same for the period before. Undefined if it is not compared or not loaded. */
  readonly before: readonly MatchQualityView[] | undefined;
  readonly names: Readonly<Record<string, string>>;
}

/** Shows the platforms side by side, the one with the most to fix first. */
export function PlatformMatches({ views, before, names }: PlatformMatchesProps) {
  const event = getComparedEvent(views);
  const rows = compareMatches(views, before);
  const [first] = rows;
  return (
    <Panel
      title="Platforms side by side"
      description={`Shares of ${event === undefined ? 'delivered events' : 'delivered purchases'} with a key that identifies a person or a click.`}
    >
      <ScrollTable label="Table of platforms" minWidth={280}>
        <Table horizontalSpacing={6} fz={{ base: 'xs', sm: 'sm' }} verticalSpacing="sm">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Platform</Table.Th>
              <Table.Th ta="right">Delivered</Table.Th>
              {comparedSubjects.map(({ subject, label }) => (
                <Table.Th key={subject} ta="right">
                  {label}
                </Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.map((row) => (
              <PlatformRow key={row.connection} row={row} name={names[row.connection] ?? row.connection} />
            ))}
          </Table.Tbody>
        </Table>
      </ScrollTable>
      {first?.gain && (
        <Text size="sm" mt="sm" maw="75ch">
          <b>First:</b> {names[first.connection] ?? first.connection} lacks “{first.gain.label}” in{' '}
          {pluralize(first.gain.events, event === undefined ? 'event' : 'purchase')} (
          {formatPercent(first.gain.events, first.delivered)}) for one reason. <InlineCode text={first.gain.remedy} />
        </Text>
      )}
    </Panel>
  );
}

function PlatformRow({ row, name }: { readonly row: ComparedMatches; readonly name: string }) {
  return (
    <Table.Tr style={{ verticalAlign: 'top' }}>
      <Table.Th scope="row" fw={600} className="words">
        {name}
      </Table.Th>
      <Table.Td ta="right" className="figures" {...(row.delivered === 0 && { c: 'dimmed' })}>
        {formatInteger(row.delivered)}
      </Table.Td>
      {comparedSubjects.map(({ subject }) => {
        const key = row.keys.find((one) => one.subject === subject);
        return (
          <Table.Td key={subject} ta="right" className="figures">
            {key ? (
              <ShareCell share={key.share} before={key.before} />
            ) : (
              <span title="The platform has no such key, or got no event">–</span>
            )}
          </Table.Td>
        );
      })}
    </Table.Tr>
  );
}
