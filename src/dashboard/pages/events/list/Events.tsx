import { Button, Skeleton, Stack } from '@mantine/core';
import { useSearch } from '@tanstack/react-router';
import { useRef, useState } from 'react';
import { EmptyState } from '../../../components/feedback/EmptyState.tsx';
import { ErrorAlert } from '../../../components/feedback/ErrorStates.tsx';
import { Page } from '../../../components/layout/Page.tsx';
import { RouterAnchor } from '../../../components/layout/router-links.tsx';
import { useSite } from '../../../data/use-site.ts';
import styles from '../Events.module.css';
import { EventTabs } from '../EventTabs.tsx';
import { type EventSearch, hasFilters } from '../filters/event-search.ts';
import { Filters } from '../filters/Filters.tsx';
import { EventTable } from './EventTable.tsx';
import { LiveBar } from './LiveBar.tsx';
import { OutcomeLegend } from './OutcomeLegend.tsx';
import { useEventList } from './use-event-list.ts';
import { useIsReading } from './use-is-reading.ts';

/** What came, as it comes, and what became of it. */
export function Events() {
  const { id } = useSite();
  const search = useSearch({ from: '/signed-in/shell/sites/$site/events' });
  return (
    <Page title="Events" description="What came, as it comes, and what became of it." actions={<OutcomeLegend />}>
      <EventTabs />
      <Filters search={search} />
      <LiveEventTable key={`${id} ${JSON.stringify(search)}`} search={search} />
    </Page>
  );
}

function LiveEventTable({ search }: { readonly search: EventSearch }) {
  const { id } = useSite();
  const [isPaused, setPaused] = useState(false);
  const top = useRef<HTMLDivElement>(null);
  const rows = useRef<HTMLTableSectionElement>(null);
  const isReading = useIsReading(top, rows);
  const live = useEventList(id, search, isPaused || isReading);
  const { list, loadOlder } = live;
  const narrowed = hasFilters(search);
  const show = () => {
    live.showHeld();
    top.current?.scrollIntoView({ block: 'center' });
  };
  return (
    <div>
      <div ref={top} style={{ height: 1 }} />
      <div className={styles.list}>
        <LiveBar live={live} isNarrowed={narrowed} isPaused={isPaused} onPause={setPaused} onShow={show} />
        {live.isLoading && <ListSkeleton />}
        {list.shown.length > 0 && <EventTable rows={list.shown} ref={rows} />}
        {!live.isLoading && !live.error && list.shown.length === 0 && <NoEvents isNarrowed={narrowed} />}
        {live.error && (
          <div className={styles.foot}>
            <ErrorAlert error={live.error} onRetry={live.reload} />
          </div>
        )}
        {(loadOlder || list.isCut) && (
          <div className={styles.foot}>
            <Button variant="default" loading={live.isLoadingOlder} onClick={list.isCut ? live.reload : loadOlder}>
              {list.isCut ? 'Begin anew to see loadOlder events' : 'Show loadOlder events'}
            </Button>
          </div>
        )}
      </div>
    </div>
  );
}

function ListSkeleton() {
  return (
    <Stack gap={9} p="sm" role="status" aria-label="Loading">
      {Array.from({ length: 14 }, (_, nth) => (
        <Skeleton key={nth} height={32} radius="sm" />
      ))}
    </Stack>
  );
}

function NoEvents({ isNarrowed }: { readonly isNarrowed: boolean }) {
  const { id: site } = useSite();
  if (isNarrowed)
    return (
      <EmptyState icon="filter" title="No event is like that">
        Take a filter away, or look further back. The list looks again by itself.
      </EmptyState>
    );
  return (
    <EmptyState icon="pulse" title="No events yet">
      They show here the moment they come.{' '}
      <RouterAnchor to="/sites/$site" params={{ site }} underline="always">
        See what is missing
      </RouterAnchor>
      .
    </EmptyState>
  );
}
