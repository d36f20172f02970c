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
import { type EventSearch, hasFilters, parseEventSearch } from '../filters/event-search.ts';
import { Filters } from '../filters/Filters.tsx';
import { EventTable } from './EventTable.tsx';
import { LiveBar } from './LiveBar.tsx';
import { OutcomeLegend } from './OutcomeLegend.tsx';
import { useEventList } from './use-event-list.ts';
import { useIsReading } from './use-is-reading.ts';

/** The live list of events. */
export function Events() {
  const { id } = useSite();
  // The router keeps the values of the URL that the page rejects.
  const search = parseEventSearch({ ...useSearch({ from: '/signed-in/shell/sites/$site/events' }) });
  return (
    <Page title="Events" description="All events of this site and their outcomes, in real time." actions={<OutcomeLegend />}>
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
  const isFiltered = hasFilters(search);
  const show = () => {
    live.showHeld();
    top.current?.scrollIntoView({ block: 'center' });
  };
  return (
    <div>
      <div ref={top} style={{ height: 1 }} />
      <div className={styles.list}>
        <LiveBar live={live} isFiltered={isFiltered} isPaused={isPaused} onPause={setPaused} onShow={show} />
        {live.isLoading && <ListSkeleton />}
        {list.shown.length > 0 && <EventTable rows={list.shown} ref={rows} />}
        {!live.isLoading && !live.error && list.shown.length === 0 && <NoEvents isFiltered={isFiltered} />}
        {live.error && (
          <div className={styles.foot}>
            <ErrorAlert error={live.error} onRetry={live.reload} />
          </div>
        )}
        {(loadOlder || list.isCut) && (
          <div className={styles.foot}>
            <Button variant="default" loading={live.isLoadingOlder} onClick={list.isCut ? live.reload : loadOlder}>
              {list.isCut ? 'Reload to show older events' : 'Show older events'}
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

function NoEvents({ isFiltered }: { readonly isFiltered: boolean }) {
  const { id: site } = useSite();
  if (isFiltered)
    return (
      <EmptyState icon="filter" title="No matching events">
        Remove a filter or extend the time range. The list updates automatically.
      </EmptyState>
    );
  return (
    <EmptyState icon="pulse" title="No events yet">
      Events will appear here as soon as they arrive.{' '}
      <RouterAnchor to="/sites/$site" params={{ site }} underline="always">
        Check your setup
      </RouterAnchor>
      .
    </EmptyState>
  );
}
