import { useCallback, useEffect, useReducer, useRef, useState } from 'react';
import type { EventRow } from '../../../../api/client.ts';
import { fetchApi } from '../../../data/api-client.ts';
import { useApiQuery } from '../../../data/queries.ts';
import { type EventRange, type EventSearch, hasFilters, toApiFilters } from '../filters/event-search.ts';
import {
  addRows,
  appendOlderRows,
  type EventListState,
  hasTooManyHeld,
  isSince,
  noRows,
  refreshRows,
  selectSince,
  showHeldRows,
  withoutSignals,
} from './event-list-state.ts';
import { type StreamState, useEventStream } from './use-event-stream.ts';

const route = 'GET /api/sites/:site/events';
/** Rows of the first load and of each further page. */
const pageSize = 100;
const pollMs = 3_000;

type ListAction =
  | { readonly kind: 'add' | 'refresh'; readonly rows: readonly EventRow[]; readonly isReading: boolean }
  | { readonly kind: 'append-older' | 'reset'; readonly rows: readonly EventRow[] }
  | { readonly kind: 'show-held' };

function reduceList(state: EventListState, action: ListAction): EventListState {
  switch (action.kind) {
    case 'add':
      return addRows(state, action.rows, action.isReading);
    case 'refresh':
      return refreshRows(state, action.rows, action.isReading);
    case 'append-older':
      return appendOlderRows(state, action.rows);
    case 'show-held':
      return showHeldRows(state);
    case 'reset':
      return addRows(noRows, action.rows, false);
  }
}

const pastPollMs = 30_000;

export interface LiveEventList {
  readonly list: EventListState;
  readonly isLoading: boolean;
  /** Whether there are events from before the range. Known only without filters. */
  readonly hasOlder: boolean;
  readonly error: Error | null;
  readonly stream: StreamState;
  /** Whether the last refetch failed. */
  readonly isStale: boolean;
  /** Shows the rows that were held back. */
  showHeld(): void;
  reload(): void;
  /** Loads the next page. Undefined if there is none. */
  readonly loadOlder?: () => void;
  readonly isLoadingOlder: boolean;
}

/** Loads the newest events of a range that match the filters and keeps them up to date: with the stream, or by polling if filters are set. */
export function useEventList(site: string, search: EventSearch, range: EventRange, isReading: boolean): LiveEventList {
  const isFiltered = hasFilters(search) || !range.isRunning;
  // The stream has all events, so those from before a running range are left out here.
  const filters = {
    ...toApiFilters(search, isFiltered ? range : undefined),
    ...(!search.signals && { signals: 'omit' as const }),
  };
  const { since } = range;
  const select = useCallback(
    (rows: readonly EventRow[]) => selectSince(search.signals ? rows : withoutSignals(rows), since),
    [search.signals, since],
  );
  const [isAway, setAway] = useState(false);
  const query = useApiQuery(
    route,
    { site, limit: pageSize, ...filters },
    isFiltered || isAway ? { everyMs: range.isRunning ? pollMs : pastPollMs } : {},
  );
  const { data, error, refetch } = query;
  // Starts with cached data, so that the list looks the same when the user comes back to it.
  const [list, dispatch] = useReducer(reduceList, data, (known) => addRows(noRows, select(known?.events ?? []), false));
  const reading = useRef(isReading);
  useEffect(() => {
    reading.current = isReading;
    if (!isReading) dispatch({ kind: 'show-held' });
  }, [isReading]);

  const [next, setNext] = useState<{ readonly cursor: string | undefined } | undefined>(data && toNext(data, since));
  useEffect(() => {
    if (!data) return;
    setNext((known) => known ?? toNext(data, since));
    dispatch({ kind: 'refresh', rows: select(data.events), isReading: reading.current });
  }, [data, select, since]);

  const stream = useEventStream(site, isFiltered ? undefined : data?.through, (rows) =>
    dispatch({ kind: 'add', rows: select(rows), isReading: reading.current }),
  );
  useEffect(() => setAway(stream === 'away'), [stream]);

  const [isReadingOlder, setReadingOlder] = useState(false);
  const [olderError, setOlderError] = useState<Error | null>(null);
  const older = async (cursor: string) => {
    setReadingOlder(true);
    try {
      const answer = await fetchApi(route, { site, limit: pageSize, cursor, ...filters });
      setNext(toNext(answer, since));
      setOlderError(null);
      dispatch({ kind: 'append-older', rows: select(answer.events) });
    } catch (reason) {
      setOlderError(reason instanceof Error ? reason : new Error('unknown'));
    } finally {
      setReadingOlder(false);
    }
  };
  const reload = async () => {
    const { data: fresh } = await refetch();
    if (!fresh) return;
    setNext(toNext(fresh, since));
    dispatch({ kind: 'reset', rows: select(fresh.events) });
  };
  const hasOlder = data?.events.some((row) => !isSince(row, since)) ?? false;
  const cursor = list.isCut ? undefined : next?.cursor;
  return {
    list,
    hasOlder,
    isLoading: next === undefined && error === null,
    error: data === undefined ? error : olderError,
    stream,
    isStale: error !== null && stream !== 'live',
    showHeld: () => (hasTooManyHeld(list) ? void reload() : dispatch({ kind: 'show-held' })),
    reload: () => void reload(),
    isLoadingOlder: isReadingOlder,
    ...(cursor !== undefined && { loadOlder: () => void older(cursor) }),
  };
}

/** Returns the cursor of the next page. A page that reaches an event from before the range is the last one. */
function toNext({ events, next }: { readonly events: readonly EventRow[]; readonly next?: string | undefined }, since: number) {
  return { cursor: events.some(({ receivedAt }) => receivedAt < since) ? undefined : next };
}
