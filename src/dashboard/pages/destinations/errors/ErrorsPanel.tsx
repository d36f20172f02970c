import { SimpleGrid, Stack, Table, Text } from '@mantine/core';
import { Fragment, lazy, type ReactNode, Suspense } from 'react';
import type { ApiResponse } from '../../../../api/client.ts';
import { formatInteger, formatTimeOrDate, pluralize } from '../../../components/display/format.ts';
import { InlineCode } from '../../../components/display/InlineCode.tsx';
import { Timestamp } from '../../../components/display/Timestamp.tsx';
import { useNow } from '../../../components/display/use-now.ts';
import { EmptyState } from '../../../components/feedback/EmptyState.tsx';
import { QueryState } from '../../../components/feedback/QueryState.tsx';
import { Panel } from '../../../components/layout/Panel.tsx';
import { useConnectionErrors } from './use-connection-errors.ts';

const Sparkline = lazy(() =>
  import('../../../components/charts/Sparkline.tsx').then((module) => ({ default: module.Sparkline })),
);

type Errors = ApiResponse<'GET /api/sites/:site/connections/:connection/errors'>;

const trendHeight = 24;

/** Shows the failed requests and refused events of a connection by code and by event name, for the range of the page. */
export function ErrorsPanel({ site, connection }: { readonly site: string; readonly connection: string }) {
  const query = useConnectionErrors(site, connection);
  return (
    <Panel
      title="Errors"
      description="Events by the hour in which a request with them failed, or the platform refused them. An event counts each time."
    >
      <QueryState query={query} height={160}>
        {(errors) => (errors.events === 0 ? <NoErrors errors={errors} /> : <ErrorTables errors={errors} />)}
      </QueryState>
    </Panel>
  );
}

function NoErrors({ errors: { since, countedSince = since } }: { readonly errors: Errors }) {
  const isWhole = countedSince <= since;
  return (
    <EmptyState icon="check" title={isWhole ? 'No failed request in this period' : 'No failed request since counting began'}>
      Since <Timestamp at={isWhole ? since : countedSince} />, Convey counted no failed request and no refused event.
    </EmptyState>
  );
}

function ErrorTables({ errors: { since, countedSince, events, before, codes, names } }: { readonly errors: Errors }) {
  return (
    <Stack gap="md">
      <Text size="sm">
        {pluralize(events, 'time')} an event was not taken
        {before === undefined ? '' : `, ${formatInteger(before)} in the period before`}.
        {countedSince !== undefined && countedSince > since && (
          <>
            {' '}
            Errors are counted since <Timestamp at={countedSince} />.
          </>
        )}
      </Text>
      <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="xl">
        <ErrorTable
          label="Code"
          rows={codes.map(({ code, ...row }) => ({
            key: code,
            ...row,
            name: (
              <Text span inherit fw={600} ff="monospace" fz="xs">
                {code}
              </Text>
            ),
          }))}
        />
        <ErrorTable label="Event" rows={names.map(({ name, ...row }) => ({ key: name, ...row, name }))} />
      </SimpleGrid>
    </Stack>
  );
}

interface ErrorTableRow extends Omit<Errors['names'][number], 'name' | 'says'> {
  readonly key: string;
  readonly name: ReactNode;
  /** A sentence about the row, which has the whole width. */
  readonly says?: string | undefined;
}

function ErrorTable({ label, rows }: { readonly label: string; readonly rows: readonly ErrorTableRow[] }) {
  const now = useNow(60_000);
  return (
    <Table className="figures" fz="sm" style={{ alignSelf: 'start', tableLayout: 'fixed' }} horizontalSpacing={6}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{label}</Table.Th>
          <Table.Th ta="right" w={76}>
            Events
          </Table.Th>
          <Table.Th ta="right" w={84}>
            Before
          </Table.Th>
          <Table.Th w={72} visibleFrom="xs">
            Trend
          </Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {rows.map(({ key, name, says, events, before, firstAt, lastAt, trend }) => (
          <Fragment key={key}>
            <Table.Tr style={{ borderBottom: 0 }}>
              <Table.Th scope="row" fw={400} pb={2} style={{ overflowWrap: 'anywhere' }}>
                {name}
              </Table.Th>
              <Table.Td ta="right" pb={2}>
                {formatInteger(events)}
              </Table.Td>
              <Table.Td ta="right" c="dimmed" pb={2}>
                {before === undefined ? '–' : formatInteger(before)}
              </Table.Td>
              <Table.Td visibleFrom="xs" pb={2}>
                <Suspense fallback={<div style={{ height: trendHeight }} />}>
                  <Sparkline values={trend} height={trendHeight} />
                </Suspense>
              </Table.Td>
            </Table.Tr>
            <Table.Tr>
              <Table.Td colSpan={4} pt={0}>
                <Text size="xs" c="dimmed">
                  {says !== undefined && <InlineCode text={`${says} `} />}
                  {firstAt === lastAt
                    ? `In the hour of ${formatTimeOrDate(lastAt, now)}`
                    : `From the hour of ${formatTimeOrDate(firstAt, now)} to that of ${formatTimeOrDate(lastAt, now)}`}
                </Text>
              </Table.Td>
            </Table.Tr>
          </Fragment>
        ))}
      </Table.Tbody>
    </Table>
  );
}
