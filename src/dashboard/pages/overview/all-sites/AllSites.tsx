import { Group, Pagination, Stack, Text, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useState } from 'react';
import { pluralize } from '../../../components/display/format.ts';
import { Icon } from '../../../components/display/Icon.tsx';
import { Empty } from '../../../components/feedback/EmptyState.tsx';
import { Page } from '../../../components/layout/Page.tsx';
import { Panel } from '../../../components/layout/Panel.tsx';
import { NeedsPanel } from '../panels/ActionItemsPanel.tsx';
import { Answer } from '../panels/StatusHeadline.tsx';
import { gatewayActionItems } from '../summary/action-items.ts';
import { overallStatus } from '../summary/site-status.ts';
import type { Facts } from '../summary/use-overview.ts';
import { SiteTable } from './SiteTable.tsx';
import { rowsOf, type Sorting, sortRows } from './site-table-rows.ts';

const perPage = 50;

/** Many sites at once, those in trouble first. */
export function ManySites({ facts, error }: { readonly facts: Facts; readonly error: Error | null }) {
  const [text, setText] = useState('');
  const [wanted] = useDebouncedValue(text, 150);
  const [sorting, setSorting] = useState<Sorting>({ by: 'state', isDown: false });
  const [page, setPage] = useState(1);
  const rows = rowsOf(facts);
  const needs = gatewayActionItems(facts.status);
  const found = sortRows(rows, wanted, sorting);
  const pages = Math.max(1, Math.ceil(found.length / perPage));
  const shown = Math.min(page, pages);
  return (
    <Page title="Overview" says={pluralize(facts.sites.length, 'site')}>
      <Answer verdict={overallStatus(rows, needs)} askedAt={facts.askedAt} isOld={error !== null} />
      {needs.length > 0 && <NeedsPanel needs={needs} />}
      <Panel
        title="Sites"
        says="Figures of today. Those that need a hand stand first."
        actions={
          <TextInput
            aria-label="Find a site"
            placeholder="Name or id"
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
          <Empty icon="search" title="No site has this in its name." />
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
