import { Button, Skeleton, Stack } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { Navigate, useNavigate, useSearch } from '@tanstack/react-router';
import { useRef, useState } from 'react';
import { Icon } from '../../../components/display/Icon.tsx';
import { describeRange, nameRange } from '../../../components/display/range-labels.ts';
import { EmptyState } from '../../../components/feedback/EmptyState.tsx';
import { ErrorAlert } from '../../../components/feedback/ErrorStates.tsx';
import { Page } from '../../../components/layout/Page.tsx';
import { RouterAnchor } from '../../../components/layout/router-links.tsx';
import { findLongerRange, toCustomRange, writeRange } from '../../../data/range.ts';
import { type ChosenRange, useRange } from '../../../data/use-range.ts';
import { useSite } from '../../../data/use-site.ts';
import styles from '../Events.module.css';
import { countFilters, type EventSearch, hasFilters, parseEventSearch, readFormerTimes } from '../filters/event-search.ts';
import { Facets } from '../filters/Facets.tsx';
import { Filters } from '../filters/Filters.tsx';
import { EventActions } from './EventActions.tsx';
import { EventTable } from './EventTable.tsx';
import { LiveBar } from './LiveBar.tsx';
import { OutcomeLegend } from './OutcomeLegend.tsx';
import { Rejections } from './Rejections.tsx';
import { useEventList } from './use-event-list.ts';
import { useIsReading } from './use-is-reading.ts';

/** The live list of events, with the values by which it can be filtered. */
export function Events() {
  const { id: site } = useSite();
  // The router keeps the values of the URL that the page rejects.
  const params = { ...useSearch({ from: '/signed-in/shell/sites/$site/events' }) };
  const search = parseEventSearch(params);
  const range = useRange();
  const navigate = useNavigate();
  const [isOpen, { toggle }] = useDisclosure(false);
  const times = readFormerTimes(params);
  if (times)
    return (
      <Navigate
        to="/sites/$site/events"
        params={{ site }}
        search={{ ...search, ...writeRange(toCustomRange(times, range.now, range.timeZone)) }}
        replace
      />
    );
  const change = (changed: Readonly<Record<string, unknown>>) =>
    void navigate({
      to: '/sites/$site/events',
      params: { site },
      search: parseEventSearch(changed),
      replace: true,
      resetScroll: false,
    });
  const count = countFilters(search);
  const key = JSON.stringify([site, search, range.range, range.isRunning]);
  const isRejected = search.rejected !== undefined;
  return (
    <Page
      title={isRejected ? 'Rejected events' : 'Events'}
      description={
        isRejected
          ? 'Invalid submissions and the reasons. The sender received the same errors. Only names and codes are stored.'
          : 'The events of this site and their outcomes, in real time.'
      }
      actions={<OutcomeLegend />}
    >
      <Filters search={search} onChange={change} />
      <div className={styles.page}>
        <div className={styles.side} data-open={isOpen || undefined}>
          <Button
            className={styles.sideToggle ?? ''}
            variant="default"
            size="sm"
            fullWidth
            leftSection={<Icon name="filter" size={16} />}
            aria-expanded={isOpen}
            onClick={toggle}
          >
            {isOpen ? 'Hide filters' : 'Filter by value'}
            {count > 0 ? ` (${count})` : ''}
          </Button>
          <div className={styles.sideBody}>
            <Facets key={site} search={search} onChange={change} />
          </div>
        </div>
        <div className={styles.main}>
          {isRejected ? (
            <Rejections key={key} search={search} />
          ) : (
            <>
              <EventActions search={search} />
              <LiveEventTable key={key} search={search} range={range} />
            </>
          )}
        </div>
      </div>
    </Page>
  );
}

interface LiveEventTableProps {
  readonly search: EventSearch;
  readonly range: ChosenRange;
}

function LiveEventTable({ search, range }: LiveEventTableProps) {
  const { id } = useSite();
  const [isPaused, setPaused] = useState(false);
  const top = useRef<HTMLDivElement>(null);
  const rows = useRef<HTMLTableSectionElement>(null);
  const isReading = useIsReading(top, rows);
  const live = useEventList(id, search, range, isPaused || isReading);
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
        <LiveBar
          live={live}
          isFiltered={isFiltered}
          isRunning={range.isRunning}
          isPaused={isPaused}
          onPause={setPaused}
          onShow={show}
        />
        {live.isLoading && <ListSkeleton />}
        {list.shown.length > 0 && <EventTable rows={list.shown} search={search} ref={rows} />}
        {!live.isLoading && !live.error && list.shown.length === 0 && (
          <NoEvents isFiltered={isFiltered} hasOlder={live.hasOlder} range={range} />
        )}
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

interface NoEventsProps {
  readonly isFiltered: boolean;
  readonly hasOlder: boolean;
  readonly range: ChosenRange;
}

/** Tells a range without events from a site without any, and offers a longer range. */
function NoEvents({ isFiltered, hasOlder, range }: NoEventsProps) {
  const { id: site } = useSite();
  if (!isFiltered && range.isRunning && !hasOlder)
    return (
      <EmptyState icon="pulse" title="No events yet">
        Events will appear here as soon as they arrive.{' '}
        <RouterAnchor to="/sites/$site" params={{ site }} underline="always">
          Check your setup
        </RouterAnchor>
        .
      </EmptyState>
    );
  const longer = findLongerRange(range);
  return (
    <EmptyState
      icon={isFiltered ? 'filter' : 'pulse'}
      title={`No ${isFiltered ? 'matching events' : 'events'} ${describeRange(range)}`}
    >
      Choose {longer ? 'a longer range' : 'other days'}
      {isFiltered && (
        <>
          , or{' '}
          <RouterAnchor to="/sites/$site/events" params={{ site }} search={{}} underline="always">
            clear the filters
          </RouterAnchor>
        </>
      )}
      .
      {longer && (
        <>
          <br />
          <Button variant="default" size="xs" mt="sm" onClick={() => range.setRange(longer)}>
            {nameRange(longer)}
          </Button>
        </>
      )}
    </EmptyState>
  );
}
