import type { ApiClient, CheckedRow, RowResult } from '../../api/client.ts';
import type { Issue } from '../../event/issue.ts';
import { getMembers, isBlank, type RowEvent } from './build-event.ts';
import type { ImportFile } from './open-file.ts';
import type { ListedResult } from './result-file.ts';
import { getRowId } from './row-id.ts';
import { RowIndex } from './row-index.ts';

/** The most rows and bytes of one request. */
const rowsAtOnce = 50;
const bytesAtOnce = 640 * 1024;
/** Rows that need no request are counted after so many. */
const heldAtOnce = 2_000;

/** Rows of the file in their order, some of which are settled without the gateway. */
export interface RowBatch {
  /** The last line of these rows. */
  readonly through: number;
  readonly events: readonly RowEvent[];
  readonly repeated: number;
  readonly refused: number;
  readonly isFinished: boolean;
  /** Joins the gateway's results with the others. */
  list(results: readonly RowResult[]): readonly ListedResult[];
}

type HeldRow = { readonly line: number } & (
  | { readonly event: RowEvent }
  | { readonly repeats: number }
  | { readonly issues: readonly Issue[] }
);

export interface BatchOptions {
  /** Rows up to this line are read, and not sent again. */
  readonly after: number;
  /** The consent of rows that state none. */
  readonly consent: 'granted' | 'denied' | undefined;
}

/** Reads the rows of a file in batches. The last one has `isFinished`. */
export async function* readBatches(file: ImportFile, { after, consent }: BatchOptions): AsyncGenerator<RowBatch> {
  const index = new RowIndex();
  let held: HeldRow[] = [];
  let last = after;
  let events = 0;
  let bytes = 0;
  const flush = (isFinished: boolean): RowBatch => {
    const batch = createBatch(held, last, isFinished);
    held = [];
    events = 0;
    bytes = 0;
    return batch;
  };
  for await (const row of file.rows()) {
    const { line } = row;
    const id = 'event' in row ? getRowId(row.event) : undefined;
    const repeats = id && index.add(id.key, line);
    if (line <= after) continue;
    // A batch ends before the row that follows it, so that the last one is not empty.
    if (events >= rowsAtOnce || bytes >= bytesAtOnce || held.length >= heldAtOnce) yield flush(false);
    last = line;
    if ('issues' in row) held.push(row);
    else if (repeats !== undefined) held.push({ line, repeats });
    else {
      const event = complete(row.event, id?.id, consent);
      held.push({ line, event });
      events += 1;
      bytes += Buffer.byteLength(JSON.stringify(event));
    }
  }
  yield flush(true);
}

function complete(event: RowEvent, id: string | undefined, consent: BatchOptions['consent']): RowEvent {
  const stated = getMembers(event.consent);
  return {
    ...event,
    ...(id !== undefined && { id }),
    ...(isBlank(stated?.adStorage) && consent !== undefined && { consent: { ...stated, adStorage: consent, source: 'server' } }),
  };
}

function createBatch(held: readonly HeldRow[], through: number, isFinished: boolean): RowBatch {
  return {
    through,
    events: held.flatMap((row) => ('event' in row ? [row.event] : [])),
    repeated: held.filter((row) => 'repeats' in row).length,
    refused: held.filter((row) => 'issues' in row).length,
    isFinished,
    list(results) {
      let next = 0;
      return held.flatMap((row): ListedResult | readonly ListedResult[] => {
        const { line } = row;
        if ('issues' in row) return { line, result: 'refused', id: null, issues: row.issues };
        if ('repeats' in row) return { line, result: 'repeated', id: null, repeats: row.repeats, issues: [] };
        const found = results[next++];
        return found ? { line, result: found.result, id: found.id, issues: found.issues } : [];
      });
    },
  };
}

/** Checks the events of a batch without storing them. */
export async function checkBatch(ask: ApiClient, site: string, { events }: RowBatch): Promise<readonly CheckedRow[]> {
  if (events.length === 0) return [];
  return (await ask('POST /api/sites/:site/imports/dry-run', { site }, { events: [...events] })).results;
}
