import { Group, Pagination, Stack, Text, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useState } from 'react';
import { pluralize } from '../../../components/display/format.ts';
import { Icon } from '../../../components/display/Icon.tsx';
import { EmptyState } from '../../../components/feedback/EmptyState.tsx';
import { Page } from '../../../components/layout/Page.tsx';
import { Panel } from '../../../components/layout/Panel.tsx';
import { StatusHeadline } from '../panels/StatusHeadline.tsx';
import { getOverallStatus } from '../summary/site-status.ts';
import type { OverviewData } from '../summary/use-overview.ts';
import { SiteTable } from './SiteTable.tsx';
import { type Sorting, sortRows, toSiteRows } from './site-table-rows.ts';

const perPage = 50;

/** The overview of several sites, those with problems first. */
export function AllSites({ data }: { readonly data: OverviewData }) {
  const [text, setText] = useState('');
  const [query] = useDebouncedValue(text, 150);
  const [sorting, setSorting] = useState<Sorting>({ by: 'state', isDown: false });
  const [page, setPage] = useState(1);
  const rows = toSiteRows(data);
  const found = sortRows(rows, query, sorting);
  const pages = Math.max(1, Math.ceil(found.length / perPage));
  const shown = Math.min(page, pages);
  return (
    <Page title="Overview" description={pluralize(data.sites.length, 'site')}>
      <StatusHeadline status={getOverallStatus(rows, data.issues)} issues={data.issues} hasSites fetchedAt={data.fetchedAt} />
      <Panel
        title="Sites"
        description="Sites with problems come first."
        actions={
          <TextInput
            aria-label="Search sites"
            placeholder="Name or ID"
            leftSection={<Icon name="search" size={16} />}
            value={text}
            onChange={({ currentTarget }) => {
              setText(currentTarget.value);
              setPage(1);
            }}
          />
        }
      >
        {found.length === 0 ? (
          <EmptyState icon="search" title="No matching sites" />
        ) : (
          <Stack>
            <SiteTable rows={found.slice((shown - 1) * perPage, shown * perPage)} sorting={sorting} onSort={setSorting} />
            {pages > 1 && (
              <Group justify="space-between">
                <Text size="sm" c="dimmed" role="status">
                  {pluralize(found.length, 'site')}
                </Text>
                <Pagination
                  total={pages}
                  value={shown}
                  onChange={setPage}
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
