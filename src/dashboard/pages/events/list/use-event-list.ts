import { useEffect, useReducer, useRef, useState } from 'react';
import type { EventRow } from '../../../../api/client.ts';
import { fetchApi } from '../../../data/api-client.ts';
import { useApiQuery } from '../../../data/queries.ts';
import { type EventSearch, hasFilters } from '../filters/event-search.ts';
import {
  addRows,
  appendOlderRows,
  type EventListState,
  hasTooManyHeld,
  noRows,
  refreshRows,
  showHeldRows,
} from './event-list-state.ts';
import { type StreamState, useEventStream } from './use-event-stream.ts';

const list = 'GET /api/sites/:site/events';
/** On open; where filters are set, a page at a time. */
const opened = 1_000;
const page = 200;
const lookAgainMs = 3_000;

type ListAction =
  | { readonly kind: 'came' | 'looked'; readonly rows: readonly EventRow[]; readonly isReading: boolean }
  | { readonly kind: 'older' | 'anew'; readonly rows: readonly EventRow[] }
  | { readonly kind: 'show' };

function reduceList(feed: EventListState, did: ListAction): EventListState {
  switch (did.kind) {
    case 'came':
      return addRows(feed, did.rows, did.isReading);
    case 'looked':
      return refreshRows(feed, did.rows, did.isReading);
    case 'older':
      return appendOlderRows(feed, did.rows);
    case 'show':
      return showHeldRows(feed);
    case 'anew':
      return addRows(noRows, did.rows, false);
  }
}

export interface LiveEventList {
  readonly list: EventListState;
  readonly isLoading: boolean;
  readonly error: Error | null;
  readonly stream: StreamState;
  /** The gateway was asked again, and did not answer. */
  readonly isStale: boolean;
  /** Shows what was held back. */
  showHeld(): void;
  reload(): void;
  /** Reads the next page; absent where there is none. */
  readonly loadOlder?: () => void;
  readonly isLoadingOlder: boolean;
}

/** The newest events that the filters let through, kept up to date: by the stream, or where filters are set by looking again. */
export function useEventList(site: string, search: EventSearch, isReading: boolean): LiveEventList {
  const narrowed = hasFilters(search);
  const [isAway, setAway] = useState(false);
  const query = useApiQuery(
    list,
    { site, limit: narrowed ? page : opened, ...search },
    narrowed || isAway ? { everyMs: lookAgainMs } : {},
  );
  const { data, error, refetch } = query;
  // Who comes back to the list finds it as it was, at the place where it was left.
  const [feed, dispatch] = useReducer(reduceList, data, (known) => addRows(noRows, known?.events ?? [], false));
  const reading = useRef(isReading);
  useEffect(() => {
    reading.current = isReading;
    if (!isReading) dispatch({ kind: 'show' });
  }, [isReading]);

  const [next, setNext] = useState<{ readonly cursor: string | undefined } | undefined>(data && { cursor: data.next });
  useEffect(() => {
    if (!data) return;
    setNext((known) => known ?? { cursor: data.next });
    dispatch({ kind: 'looked', rows: data.events, isReading: reading.current });
  }, [data]);

  const stream = useEventStream(site, narrowed ? undefined : data?.through, (rows) =>
    dispatch({ kind: 'came', rows, isReading: reading.current }),
  );
  useEffect(() => setAway(stream === 'away'), [stream]);

  const [isReadingOlder, setReadingOlder] = useState(false);
  const [olderError, setOlderError] = useState<Error | null>(null);
  const older = async (cursor: string) => {
    setReadingOlder(true);
    try {
      const answer = await fetchApi(list, { site, limit: page, cursor, ...search });
      setNext({ cursor: answer.next });
      setOlderError(null);
      dispatch({ kind: 'older', rows: answer.events });
    } catch (reason) {
      setOlderError(reason instanceof Error ? reason : new Error('unknown'));
    } finally {
      setReadingOlder(false);
    }
  };
  const reload = async () => {
    const { data: anew } = await refetch();
    if (!anew) return;
    setNext({ cursor: anew.next });
    dispatch({ kind: 'anew', rows: anew.events });
  };
  const cursor = feed.isCut ? undefined : next?.cursor;
  return {
    list: feed,
    isLoading: next === undefined && error === null,
    error: data === undefined ? error : olderError,
    stream,
    isStale: error !== null && stream !== 'live',
    showHeld: () => (hasTooManyHeld(feed) ? void reload() : dispatch({ kind: 'show' })),
    reload: () => void reload(),
    isLoadingOlder: isReadingOlder,
    ...(cursor !== undefined && { loadOlder: () => void older(cursor) }),
  };
}
