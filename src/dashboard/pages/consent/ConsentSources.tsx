import { Table, Text } from '@mantine/core';
import { Fragment } from 'react';
import type { DiagnosisView } from '../../../api/client.ts';
import { formatInteger } from '../../components/display/format.ts';
import { InlineCode } from '../../components/display/InlineCode.tsx';
import { Panel } from '../../components/layout/Panel.tsx';
import { ScrollTable } from '../../components/layout/ScrollTable.tsx';
import { getSourceLabel } from './consent-labels.ts';

const columns = ['Granted', 'Denied', 'No choice', 'Choice alone'];

/** Shows the choices by the tool that reported them. */
export function ConsentSources({ sources }: Pick<DiagnosisView, 'sources'>) {
  return (
    <Panel title="Sources" description="A shopper's choice overrides any tool's default.">
      <ScrollTable label="Sources of consent" minWidth={280}>
        <Table horizontalSpacing={4} fz={{ base: 'xs', sm: 'sm' }}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Source</Table.Th>
              {columns.map((name) => (
                <Table.Th key={name} ta="right">
                  {name}
                </Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {sources.map((one) => {
              const { name, description } = getSourceLabel(one.source);
              return (
                <Fragment key={one.source ?? ''}>
                  <Table.Tr style={{ borderBottom: 0 }}>
                    <Table.Th scope="row" fw={600} fz="sm" pb={0} style={{ overflowWrap: 'anywhere' }}>
                      {name}
                    </Table.Th>
                    {[one.granted, one.denied, one.unknown, one.signals].map((count, at) => (
                      <Table.Td key={columns[at]} ta="right" pb={0} className="figures" {...(count === 0 && { c: 'dimmed' })}>
                        {formatInteger(count)}
                      </Table.Td>
                    ))}
                  </Table.Tr>
                  <Table.Tr>
                    <Table.Td colSpan={columns.length + 1} pt={0}>
                      <Text size="xs" c="dimmed">
                        <InlineCode text={description} />
                      </Text>
                    </Table.Td>
                  </Table.Tr>
                </Fragment>
              );
            })}
          </Table.Tbody>
        </Table>
      </ScrollTable>
      <Text size="xs" c="dimmed" mt="xs">
        A choice alone was reported without an event, for example when a shopper declines and leaves.
      </Text>
    </Panel>
  );
}
