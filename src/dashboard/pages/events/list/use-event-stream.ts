import { useEffect, useRef, useState } from 'react';
import type { EventRow } from '../../../../api/client.ts';

/** `away`: the connection broke or was refused. It is retried. */
export type StreamState = 'off' | 'opening' | 'live' | 'away';

const reconnectMs = 5_000;
/** Rows received within this time are added together, so that the list does not re-render for each event of a busy shop. */
const batchMs = 250;

/** Streams events after an offset. The browser reconnects a broken connection by itself. A refused connection is reopened here. */
export function useEventStream(
  site: string,
  after: string | undefined,
  onRows: (rows: readonly EventRow[]) => void,
): StreamState {
  const [state, setState] = useState<StreamState>('off');
  const offset = useRef(after);
  const listener = useRef(onRows);
  useEffect(() => {
    listener.current = onRows;
    if (after !== undefined && (offset.current === undefined || offset.current < after)) offset.current = after;
  }, [onRows, after]);
  const isEnabled = after !== undefined;
  useEffect(() => {
    if (!isEnabled) return undefined;
    let source: EventSource | undefined;
    let reconnectTimer: ReturnType<typeof setTimeout> | undefined;
    let batchTimer: ReturnType<typeof setTimeout> | undefined;
    let batch: EventRow[] = [];
    const flush = () => {
      batchTimer = undefined;
      const rows = batch;
      batch = [];
      listener.current(rows);
    };
    const open = () => {
      setState('opening');
      const query = new URLSearchParams({ after: offset.current ?? '' });
      source = new EventSource(`/api/sites/${encodeURIComponent(site)}/stream?${query}`);
      source.addEventListener('open', () => setState('live'));
      source.addEventListener('row', ({ data, lastEventId }: MessageEvent<string>) => {
        const row: EventRow = JSON.parse(data);
        batch.push(row);
        // An updated row has an older offset.
        if (offset.current === undefined || offset.current < lastEventId) offset.current = lastEventId;
        batchTimer ??= setTimeout(flush, batchMs);
      });
      source.addEventListener('error', () => {
        setState('away');
        if (source?.readyState === EventSource.CLOSED) reconnectTimer = setTimeout(open, reconnectMs);
      });
    };
    open();
    return () => {
      source?.close();
      clearTimeout(reconnectTimer);
      clearTimeout(batchTimer);
      setState('off');
    };
  }, [site, isEnabled]);
  return state;
}
