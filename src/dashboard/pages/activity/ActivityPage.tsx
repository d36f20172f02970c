import { Button, Group, Stack, Text } from '@mantine/core';
import { useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import type { ActivityRow } from '../../../api/client.ts';
import { Icon } from '../../components/display/Icon.tsx';
import { InlineCode } from '../../components/display/InlineCode.tsx';
import { EmptyState } from '../../components/feedback/EmptyState.tsx';
import { QueryState } from '../../components/feedback/QueryState.tsx';
import { Page } from '../../components/layout/Page.tsx';
import { Panel } from '../../components/layout/Panel.tsx';
import { useApiQuery, useOwnedSites } from '../../data/queries.ts';
import { nameActor } from '../../data/use-activity-marks.ts';
import { ActivityFilters } from './ActivityFilters.tsx';
import { ActivityTable } from './ActivityTable.tsx';
import { type ActivitySearch, toApiSelection, toDownloadLink } from './activity-search.ts';

const limit = 50;

/** Shows who changed what and when. */
export function ActivityPage() {
  const search = useSearch({ from: '/signed-in/shell/activity' });
  const { isOwner, isOwnerOfAll } = useOwnedSites();
  return (
    <Page
      title="Activity"
      description={
        isOwnerOfAll
          ? 'Who changed what and when. Kept for 400 days, without secrets, values of settings or personal data.'
          : 'Who changed what and when on the sites that you own. Kept for 400 days.'
      }
      actions={
        isOwner && (
          <Button component="a" variant="default" href={toDownloadLink(search)} download="activity.jsonl">
            Download JSONL
          </Button>
        )
      }
    >
      {isOwner ? (
        // Other filters begin on the newest page.
        <Entries key={JSON.stringify(search)} search={search} />
      ) : (
        <EmptyState icon="lock" title="Only owners see the activity">
          Ask an owner of the site.
        </EmptyState>
      )}
    </Page>
  );
}

function Entries({ search }: { readonly search: ActivitySearch }) {
  /** Cursors of the pages up to the current one. Empty on the newest page. */
  const [cursors, setCursors] = useState<readonly string[]>([]);
  const cursor = cursors.at(-1);
  const query = useApiQuery(
    'GET /api/activity',
    { ...toApiSelection(search), limit, ...(cursor !== undefined && { cursor }) },
    { keepsPrevious: true, ...(cursor === undefined && { everyMs: 10_000 }) },
  );
  return (
    <Stack gap="md">
      <ActivityFilters search={search} actors={listActors(query.data?.rows ?? [], search.actor)} />
      <QueryState query={query} height={480}>
        {({ rows, next }) => (
          <Panel>
            {rows.length === 0 ? (
              <NoEntries isFiltered={Object.keys(search).length > 0} />
            ) : (
              <Stack gap="md">
                <ActivityTable rows={rows} />
                {(cursor !== undefined || next !== undefined) && (
                  <Group justify="center" gap="xs">
                    <Button
                      variant="default"
                      disabled={cursor === undefined}
                      leftSection={<Icon name="left" size={14} />}
                      onClick={() => setCursors(cursors.slice(0, -1))}
                    >
                      Newer
                    </Button>
                    <Button
                      variant="default"
                      disabled={next === undefined || query.isPlaceholderData}
                      rightSection={<Icon name="right" size={14} />}
                      onClick={() => next !== undefined && setCursors([...cursors, next])}
                    >
                      Older
                    </Button>
                  </Group>
                )}
              </Stack>
            )}
          </Panel>
        )}
      </QueryState>
      <Text size="xs" c="dimmed">
        <InlineCode text="Each entry has a hash over the one before it. Run `convey activity verify` to check that none was changed or removed." />
      </Text>
    </Stack>
  );
}

function NoEntries({ isFiltered }: { readonly isFiltered: boolean }) {
  return isFiltered ? (
    <EmptyState icon="search" title="No change matches">
      Remove a filter, or choose a longer period.
    </EmptyState>
  ) : (
    <EmptyState icon="clock" title="No changes yet">
      Changes of sites, connections, keys, accounts, rules and alerts appear here from now on.
    </EmptyState>
  );
}

/** Returns the actors of the filter: the page's own, those that are no account, and the chosen one. */
function listActors(rows: readonly ActivityRow[], chosen: string | undefined) {
  const all = [
    { actor: 'cli' },
    { actor: 'gateway' },
    { actor: 'file' },
    ...rows,
    ...(chosen === undefined ? [] : [{ actor: chosen }]),
  ];
  const names = new Map<string, string>();
  for (const one of all) if (!names.has(one.actor)) names.set(one.actor, nameActor(one));
  return [...names].map(([value, label]) => ({ value, label }));
}
