import type { EventRow } from '../../../../api/client.ts';

/**
 * The rows of the event list, newest first. While the user reads, rows keep their position: new rows are held back until the user
 * asks for them, and known rows only change in place.
 */
export interface EventListState {
  readonly shown: readonly EventRow[];
  /** New rows since the user began to read. */
  readonly held: readonly EventRow[];
  /** Whether the oldest rows were dropped, so that the next page would leave a gap. */
  readonly isCut: boolean;
}

export const noRows: EventListState = { shown: [], held: [], isCut: false };

/** The number of rows that a list can show without getting slow. */
const mostShown = 3_000;
const mostHeld = 1_000;

/** Leaves out the signals, which are messages of the pixel about the shopper and are never sent. */
export function withoutSignals(rows: readonly EventRow[]): readonly EventRow[] {
  return rows.filter((row) => 'gone' in row || !row.name.startsWith('$'));
}

/** Returns whether the time of an event is this or later. An event whose data was removed has only the time when it was received. */
export function isSince(row: EventRow, since: number): boolean {
  return ('gone' in row ? row.receivedAt : row.time) >= since;
}

/** Leaves out the events from before a time. */
export function selectSince(rows: readonly EventRow[], since: number): readonly EventRow[] {
  return rows.filter((row) => isSince(row, since));
}

/** Adds new rows and updates changed rows, in any order. */
export function addRows(state: EventListState, rows: readonly EventRow[], isReading: boolean): EventListState {
  if (rows.length === 0) return state;
  const updates = new Map(rows.map((row) => [row.offset, row]));
  const update = (current: readonly EventRow[]) => {
    const isChanged = current.some(({ offset }) => updates.has(offset));
    return isChanged ? current.map((row) => updates.get(row.offset) ?? row) : current;
  };
  const known = new Set([...state.shown, ...state.held].map(({ offset }) => offset));
  // The stream sends changes of rows that the list has not loaded. Alone, they would stand next to a gap.
  const oldest = state.shown.at(-1)?.offset ?? '';
  const fresh = [...updates.values()].filter(({ offset }) => !known.has(offset) && offset > oldest).toSorted(compareNewestFirst);
  const held = mergeRows(fresh, update(state.held));
  const shown = update(state.shown);
  return isReading ? { ...state, shown, held: held.slice(0, mostHeld + 1) } : showHeldRows({ ...state, shown, held });
}

/** Replaces the newest page. Removes rows that are no longer part of it, unless the user is reading. */
export function refreshRows(state: EventListState, rows: readonly EventRow[], isReading: boolean): EventListState {
  if (isReading) return addRows(state, rows, true);
  const oldest = rows.toSorted(compareNewestFirst).at(-1);
  const older = oldest === undefined ? [] : state.shown.filter(({ offset }) => offset < oldest.offset);
  const known = new Map([...state.shown, ...state.held].map((row) => [row.offset, row]));
  // An unchanged row keeps its identity, so that it does not re-render.
  const page = rows.map((row) => {
    const before = known.get(row.offset);
    return before && JSON.stringify(before) === JSON.stringify(row) ? before : row;
  });
  return { ...state, shown: mergeRows(page.toSorted(compareNewestFirst), older), held: [] };
}

/** Appends the next page, which is older than all shown rows. */
export function appendOlderRows(state: EventListState, rows: readonly EventRow[]): EventListState {
  return { ...state, shown: mergeRows(state.shown, rows) };
}

/** Shows the rows that were held back. */
export function showHeldRows({ shown, held, isCut }: EventListState): EventListState {
  const all = mergeRows(held, shown);
  return { shown: all.slice(0, mostShown), held: [], isCut: isCut || all.length > mostShown };
}

/** Returns whether more rows were held back than are kept, so that the list has to be reloaded. */
export function hasTooManyHeld({ held }: EventListState): boolean {
  return held.length > mostHeld;
}

function mergeRows(rows: readonly EventRow[], others: readonly EventRow[]): readonly EventRow[] {
  if (rows.length === 0) return others;
  const known = new Set(rows.map(({ offset }) => offset));
  return [...rows, ...others.filter(({ offset }) => !known.has(offset))].toSorted(compareNewestFirst);
}

/** Compares by offset. All offsets have the same length, so they compare as text. */
function compareNewestFirst(a: EventRow, b: EventRow): number {
  if (a.offset === b.offset) return 0;
  return a.offset < b.offset ? 1 : -1;
}
