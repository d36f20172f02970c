import { Button, Table, Text } from '@mantine/core';
import { useState } from 'react';
import { formatInteger } from '../../components/display/format.ts';
import { ShareCell } from '../../components/display/ShareCell.tsx';
import { ScrollTable } from '../../components/layout/ScrollTable.tsx';
import { type ChoicesRow, choiceLabels, choices, hasTrend } from './consent-choices.ts';

const shownAtFirst = 12;

interface ChoicesTableProps {
  /** The title of the first column. */
  readonly title: string;
  readonly rows: readonly ChoicesRow[];
  /** Names the rows in the button that shows all of them. */
  readonly plural: string;
}

/** Shows the shares of choices, a row for each country or banner. */
export function ChoicesTable({ title, rows, plural }: ChoicesTableProps) {
  const [showsAll, setShowsAll] = useState(false);
  const shown = showsAll ? rows : rows.slice(0, shownAtFirst);
  return (
    <>
      <ScrollTable label={`Consent, by ${title.toLowerCase()}`} minWidth={280}>
        <Table miw={{ sm: 560 }} verticalSpacing="xs" horizontalSpacing={6} fz={{ base: 'xs', sm: 'sm' }}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{title}</Table.Th>
              <Table.Th ta="right">Events</Table.Th>
              {choices.map((choice) => (
                <Table.Th key={choice} ta="right">
                  {choiceLabels[choice]}
                </Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {shown.map(({ key, name, events, shares, before }) => (
              <Table.Tr key={key} style={{ verticalAlign: 'top' }}>
                <Table.Th scope="row" fw={600} className="words">
                  {name}
                </Table.Th>
                <Table.Td ta="right" className="figures">
                  {formatInteger(events)}
                </Table.Td>
                {choices.map((choice) => (
                  <Table.Td key={choice} ta="right" className="figures">
                    <ShareCell share={shares[choice]} before={before?.[choice]} />
                  </Table.Td>
                ))}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </ScrollTable>
      {rows.length > shownAtFirst && (
        <Button variant="subtle" size="compact-sm" mt="xs" onClick={() => setShowsAll(!showsAll)}>
          {showsAll ? 'Show fewer' : `Show all ${formatInteger(rows.length)} ${plural}`}
        </Button>
      )}
      {shown.some(hasTrend) && (
        <Text size="xs" c="dimmed" mt="xs">
          ▲ and ▼ compare with the period before.
        </Text>
      )}
    </>
  );
}
