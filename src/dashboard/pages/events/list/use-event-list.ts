import { useEffect, useReducer, useRef, useState } from 'react';
import type { EventRow } from '../../../../api/client.ts';
import { fetchApi } from '../../../data/api-client.ts';
import { useApiQuery } from '../../../data/queries.ts';
import { type EventSearch, hasFilters, toApiFilters } from '../filters/event-search.ts';
import {
  addRows,
  appendOlderRows,
  type EventListState,
  hasTooManyHeld,
  noRows,
  refreshRows,
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

const keepRows = (rows: readonly EventRow[]) => rows;

export interface LiveEventList {
  readonly list: EventListState;
  readonly isLoading: boolean;
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

/** Loads the newest events that match the filters and keeps them up to date: with the stream, or by polling if filters are set. */
export function useEventList(site: string, search: EventSearch, isReading: boolean): LiveEventList {
  const isFiltered = hasFilters(search);
  const filters = { ...toApiFilters(search), ...(!search.signals && { signals: 'omit' as const }) };
  const select = search.signals ? keepRows : withoutSignals;
  const [isAway, setAway] = useState(false);
  const query = useApiQuery(route, { site, limit: pageSize, ...filters }, isFiltered || isAway ? { everyMs: pollMs } : {});
  const { data, error, refetch } = query;
  // Starts with cached data, so that the list looks the same when the user comes back to it.
  const [list, dispatch] = useReducer(reduceList, data, (known) => addRows(noRows, select(known?.events ?? []), false));
  const reading = useRef(isReading);
  useEffect(() => {
    reading.current = isReading;
    if (!isReading) dispatch({ kind: 'show-held' });
  }, [isReading]);

  const [next, setNext] = useState<{ readonly cursor: string | undefined } | undefined>(data && { cursor: data.next });
  useEffect(() => {
    if (!data) return;
    setNext((known) => known ?? { cursor: data.next });
    dispatch({ kind: 'refresh', rows: select(data.events), isReading: reading.current });
  }, [data, select]);

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
      setNext({ cursor: answer.next });
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
    setNext({ cursor: fresh.next });
    dispatch({ kind: 'reset', rows: select(fresh.events) });
  };
  const cursor = list.isCut ? undefined : next?.cursor;
  return {
    list,
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
