import { useEffect, useRef, useState } from 'react';
import type { EventRow } from '../../../../api/client.ts';

/** `away`: the line broke, or the gateway does not stream; it is tried again. */
export type StreamState = 'off' | 'opening' | 'live' | 'away';

const againMs = 5_000;
/** What comes within it is shown at once: a busy shop would have the list drawn for each event. */
const gatherMs = 250;

/**
 * Events as they come, after the place where the list that was read ended. The browser opens a line that broke again by itself;
 * one that was refused is opened again here.
 */
export function useEventStream(site: string, after: string | undefined, take: (rows: readonly EventRow[]) => void): StreamState {
  const [state, setState] = useState<StreamState>('off');
  const place = useRef(after);
  const taken = useRef(take);
  useEffect(() => {
    taken.current = take;
    if (after !== undefined && (place.current === undefined || place.current < after)) place.current = after;
  }, [take, after]);
  const isWanted = after !== undefined;
  useEffect(() => {
    if (!isWanted) return undefined;
    let source: EventSource | undefined;
    let again: ReturnType<typeof setTimeout> | undefined;
    let gathering: ReturnType<typeof setTimeout> | undefined;
    let gathered: EventRow[] = [];
    const tell = () => {
      gathering = undefined;
      const rows = gathered;
      gathered = [];
      taken.current(rows);
    };
    const open = () => {
      setState('opening');
      const query = new URLSearchParams({ after: place.current ?? '' });
      source = new EventSource(`/api/sites/${encodeURIComponent(site)}/stream?${query}`);
      source.addEventListener('open', () => setState('live'));
      source.addEventListener('row', ({ data, lastEventId }: MessageEvent<string>) => {
        const row: EventRow = JSON.parse(data);
        gathered.push(row);
        // A row that is told again has an older place.
        if (place.current === undefined || place.current < lastEventId) place.current = lastEventId;
        gathering ??= setTimeout(tell, gatherMs);
      });
      source.addEventListener('error', () => {
        setState('away');
        if (source?.readyState === EventSource.CLOSED) again = setTimeout(open, againMs);
      });
    };
    open();
    return () => {
      source?.close();
      clearTimeout(again);
      clearTimeout(gathering);
      setState('off');
    };
  }, [site, isWanted]);
  return state;
}
