import { Table, Text } from '@mantine/core';
import type { DiagnosisView } from '../../../api/client.ts';
import { formatInteger } from '../../components/display/format.ts';
import { InlineCode } from '../../components/display/InlineCode.tsx';
import { Panel } from '../../components/layout/Panel.tsx';
import { getSourceLabel } from './consent-labels.ts';

const columns = ['Yes', 'No', 'No choice', 'Signals'];

/** Who told of the choices, and which. */
export function ConsentSources({ sources }: Pick<DiagnosisView, 'sources'>) {
  return (
    <Panel title="Who said so" description="A choice of the shopper beats a tool's default, whichever tool tells it.">
      <Table.ScrollContainer
        minWidth={520}
        scrollAreaProps={{ viewportProps: { tabIndex: 0, role: 'region', 'aria-label': 'Sources of consent' } }}
      >
        <Table>
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
              const { name, says } = getSourceLabel(one.source);
              return (
                <Table.Tr key={one.source ?? ''} style={{ verticalAlign: 'top' }}>
                  <Table.Th scope="row" fw={400}>
                    <Text size="sm" fw={600}>
                      {name}
                    </Text>
                    <Text size="xs" c="dimmed">
                      <InlineCode text={says} />
                    </Text>
                  </Table.Th>
                  {[one.granted, one.denied, one.unknown, one.signals].map((count, at) => (
                    <Table.Td key={columns[at]} ta="right" className="figures" {...(count === 0 && { c: 'dimmed' })}>
                      {formatInteger(count)}
                    </Table.Td>
                  ))}
                </Table.Tr>
              );
            })}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      <Text size="xs" c="dimmed" mt="xs">
        Signals are choices that were told without an event: who declines and leaves may tell nothing else.
      </Text>
    </Panel>
  );
}
