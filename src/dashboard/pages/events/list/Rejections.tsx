import { Code, Stack, Table, Text } from '@mantine/core';
import type { RejectionView } from '../../../../api/client.ts';
import { InlineCode } from '../../../components/display/InlineCode.tsx';
import { describeRange } from '../../../components/display/range-labels.ts';
import { Timestamp } from '../../../components/display/Timestamp.tsx';
import { EmptyState } from '../../../components/feedback/EmptyState.tsx';
import { QueryState } from '../../../components/feedback/QueryState.tsx';
import { PageTurner } from '../../../components/layout/PageTurner.tsx';
import { Panel } from '../../../components/layout/Panel.tsx';
import { useApiQuery } from '../../../data/queries.ts';
import { usePages } from '../../../data/use-pages.ts';
import { useRange } from '../../../data/use-range.ts';
import { useSite } from '../../../data/use-site.ts';
import { sourceLabels } from '../event-labels.ts';
import { type EventSearch, toApiFilters } from '../filters/event-search.ts';

const limit = 50;

/** Lists the submissions that did not become events, with the reasons. */
export function Rejections({ search: { rejected } }: { readonly search: EventSearch }) {
  const { id: site } = useSite();
  const range = useRange();
  const { since, until } = toApiFilters({}, range);
  const { cursor, turn } = usePages(JSON.stringify([site, rejected, range.range]));
  const query = useApiQuery(
    'GET /api/sites/:site/rejections',
    { site, limit, since, until, cursor, ...(rejected !== undefined && rejected !== 'any' && { reason: [rejected] }) },
    { keepsPrevious: true, ...(cursor === undefined && { everyMs: 5_000 }) },
  );
  return (
    <QueryState query={query} height={480}>
      {({ rejections, next }) => (
        <Panel>
          {rejections.length === 0 ? (
            <EmptyState icon="check" title={`No rejected events ${describeRange(range)}`}>
              Events with an invalid name, ID or time will appear here. Any other invalid field is removed with a warning.
            </EmptyState>
          ) : (
            <Stack gap="md">
              <Table className="stacked">
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>Received</Table.Th>
                    <Table.Th>Name</Table.Th>
                    <Table.Th>Source</Table.Th>
                    <Table.Th>Reason</Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {rejections.toReversed().map((rejection, nth) => (
                    <Row key={`${rejection.receivedAt} ${nth}`} rejection={rejection} />
                  ))}
                </Table.Tbody>
              </Table>
              <PageTurner {...turn(query.isPlaceholderData ? undefined : next)} />
            </Stack>
          )}
        </Panel>
      )}
    </QueryState>
  );
}

function Row({ rejection: { receivedAt, name, reporter, issues } }: { readonly rejection: RejectionView }) {
  return (
    <Table.Tr>
      <Table.Td className="figures">
        <Timestamp at={receivedAt} />
      </Table.Td>
      <Table.Td fw={600}>
        {name ?? (
          <Text span size="sm" c="dimmed">
            Invalid name
          </Text>
        )}
      </Table.Td>
      <Table.Td style={{ whiteSpace: 'nowrap' }}>{reporter === undefined ? '' : sourceLabels[reporter]}</Table.Td>
      <Table.Td className="whole">
        <Stack gap={6}>
          {issues.map(({ field, code, message }) => (
            <Text key={`${field} ${code} ${message}`} size="sm">
              {field !== '' && (
                <>
                  <Code>{field}</Code>{' '}
                </>
              )}
              <InlineCode text={message} />{' '}
              <Text span size="xs" c="dimmed" ff="monospace">
                {code}
              </Text>
            </Text>
          ))}
        </Stack>
      </Table.Td>
    </Table.Tr>
  );
}
