import { Group, Pagination, Select, Stack, Text, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { pluralize } from '../../../components/display/format.ts';
import { Icon } from '../../../components/display/Icon.tsx';
import { describeRange } from '../../../components/display/range-labels.ts';
import { EmptyState } from '../../../components/feedback/EmptyState.tsx';
import { Page } from '../../../components/layout/Page.tsx';
import { Panel } from '../../../components/layout/Panel.tsx';
import { useApiQuery } from '../../../data/queries.ts';
import { useRange } from '../../../data/use-range.ts';
import { StatusHeadline } from '../panels/StatusHeadline.tsx';
import { getOverallStatus } from '../summary/site-status.ts';
import type { OverviewData } from '../summary/use-overview.ts';
import { type PortfolioSearch, readSorting, writeSorting } from './portfolio-search.ts';
import { SiteTable } from './SiteTable.tsx';
import { listAssigneeChoices, selectAssignee, sortRows, toSiteRows } from './site-table-rows.ts';

const perPage = 50;

/** The overview of several sites, those with problems first. */
export function AllSites({ data }: { readonly data: OverviewData }) {
  const search = useSearch({ from: '/signed-in/shell/' });
  const navigate = useNavigate({ from: '/' });
  const change = (changed: { readonly [Key in keyof PortfolioSearch]: PortfolioSearch[Key] | undefined }) =>
    void navigate({ search: (before) => ({ ...before, ...changed }), replace: true, resetScroll: false });
  // The field is ahead of the URL.
  const [text, setText] = useState(search.q ?? '');
  const writeText = useDebouncedCallback((q: string) => change({ q: q === '' ? undefined : q, page: undefined }), 200);
  const sorting = readSorting(search);
  const range = useRange();
  const { since, until } = range;
  const totals = useApiQuery(
    'GET /api/totals',
    { since, until, ...(range.before && { compare: 'before' as const }) },
    { everyMs: 60_000, keepsPrevious: true },
  );
  const days = useApiQuery('GET /api/order-days', {}, { everyMs: 300_000, keepsPrevious: true });
  // Reads every order of the period, so the overview of one site, which does not show it, does not load it.
  const accuracy = useApiQuery('GET /api/accuracy', {}, { everyMs: 60_000, keepsPrevious: true });
  const rows = toSiteRows({ ...data, accuracy: accuracy.data }, totals.data, days.data);
  const found = sortRows(selectAssignee(rows, search.assignee), text, sorting);
  const assignees = listAssigneeChoices(rows, search.assignee);
  const pages = Math.max(1, Math.ceil(found.length / perPage));
  const shown = Math.min(search.page ?? 1, pages);
  return (
    <Page title="Overview" description={pluralize(data.sites.length, 'site')}>
      <StatusHeadline status={getOverallStatus(rows, data.issues)} issues={data.issues} hasSites fetchedAt={data.fetchedAt} />
      <Panel
        title="Sites"
        description={`Sites with problems come first. Orders and revenue ${describeRange(range)}, in days of UTC. Missing orders are those of the last 7 days.${
          totals.error && !totals.data ? ' They could not be loaded. The page tries again.' : ''
        }`}
        actions={
          <>
            {assignees.length > 0 && (
              <Select
                aria-label="Assigned to"
                placeholder="Assigned to"
                clearable
                searchable={assignees.length > 8}
                data={assignees}
                value={search.assignee ?? null}
                onChange={(assignee) => change({ assignee: assignee ?? undefined, page: undefined })}
              />
            )}
            <TextInput
              aria-label="Search sites"
              placeholder="Name or ID"
              leftSection={<Icon name="search" size={16} />}
              value={text}
              onChange={({ currentTarget }) => {
                setText(currentTarget.value);
                writeText(currentTarget.value);
              }}
            />
          </>
        }
      >
        {found.length === 0 ? (
          <EmptyState icon="search" title="No matching sites" />
        ) : (
          <Stack>
            <SiteTable
              rows={found.slice((shown - 1) * perPage, shown * perPage)}
              range={range}
              isFailed={totals.error !== null}
              haveDaysFailed={days.error !== null}
              sorting={sorting}
              onSort={(chosen) => change({ ...writeSorting(chosen), page: undefined })}
            />
            {pages > 1 && (
              <Group justify="space-between">
                <Text size="sm" c="dimmed" role="status">
                  {pluralize(found.length, 'site')}
                </Text>
                <Pagination
                  total={pages}
                  value={shown}
                  onChange={(chosen) => change({ page: chosen === 1 ? undefined : chosen })}
                  size="sm"
                  getControlProps={(control) => ({ 'aria-label': `${control} page` })}
                  getItemProps={(at) => ({ 'aria-label': `Page ${at}` })}
                />
              </Group>
            )}
          </Stack>
        )}
      </Panel>
    </Page>
  );
}
