import type { EventRow } from '../../../../api/client.ts';

/**
 * The rows of the list, the newest first. Rows stay where they are while somebody reads: what is new is held back until it is
 * asked for, and what is known only changes in place.
 */
export interface EventListState {
  readonly shown: readonly EventRow[];
  /** New since somebody began to read. */
  readonly held: readonly EventRow[];
  /** More came than are kept at the end that is cut, so a page that follows would not follow on. */
  readonly isCut: boolean;
}

export const noRows: EventListState = { shown: [], held: [], isCut: false };

/** What one list shows without being slow. */
const mostShown = 3_000;
const mostHeld = 1_000;

/** New rows, and rows again whose outcomes changed, in any order. */
export function addRows(feed: EventListState, rows: readonly EventRow[], isReading: boolean): EventListState {
  if (rows.length === 0) return feed;
  const told = new Map(rows.map((row) => [row.offset, row]));
  const renewed = (known: readonly EventRow[]) => {
    const isTouched = known.some(({ offset }) => told.has(offset));
    return isTouched ? known.map((row) => told.get(row.offset) ?? row) : known;
  };
  const known = new Set([...feed.shown, ...feed.held].map(({ offset }) => offset));
  const fresh = [...told.values()].filter(({ offset }) => !known.has(offset)).toSorted(newestFirst);
  const held = joined(fresh, renewed(feed.held));
  const shown = renewed(feed.shown);
  return isReading ? { ...feed, shown, held: held.slice(0, mostHeld + 1) } : showHeldRows({ ...feed, shown, held });
}

/** The newest page as it is by now: where nobody reads, what is no more among it goes. */
export function refreshRows(feed: EventListState, rows: readonly EventRow[], isReading: boolean): EventListState {
  if (isReading) return addRows(feed, rows, true);
  const oldest = rows.toSorted(newestFirst).at(-1);
  const older = oldest === undefined ? [] : feed.shown.filter(({ offset }) => offset < oldest.offset);
  const stays = new Map([...feed.shown, ...feed.held].map((row) => [row.offset, row]));
  // A row that did not change keeps its identity, so that it is not drawn again.
  const page = rows.map((row) => {
    const before = stays.get(row.offset);
    return before && isSame(before, row) ? before : row;
  });
  return { ...feed, shown: joined(page.toSorted(newestFirst), older), held: [] };
}

/** The next page, which is older than all that is shown. */
export function appendOlderRows(feed: EventListState, rows: readonly EventRow[]): EventListState {
  return { ...feed, shown: joined(feed.shown, rows) };
}

/** Shows what was held back. */
export function showHeldRows({ shown, held, isCut }: EventListState): EventListState {
  const all = joined(held, shown);
  return { shown: all.slice(0, mostShown), held: [], isCut: isCut || all.length > mostShown };
}

/** Whether more is held back than is kept: then the list is better read anew. */
export function hasTooManyHeld({ held }: EventListState): boolean {
  return held.length > mostHeld;
}

function joined(some: readonly EventRow[], others: readonly EventRow[]): readonly EventRow[] {
  if (some.length === 0) return others;
  const known = new Set(some.map(({ offset }) => offset));
  return [...some, ...others.filter(({ offset }) => !known.has(offset))].toSorted(newestFirst);
}

/** Places in the log are all of one length, so they compare as text. */
function newestFirst(a: EventRow, b: EventRow): number {
  if (a.offset === b.offset) return 0;
  return a.offset < b.offset ? 1 : -1;
}

function isSame(a: EventRow, b: EventRow): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
