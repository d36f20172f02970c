import { dayMs } from '../../../event/units.ts';
import type { MatchCount } from '../../ports/match-counts.ts';

/** A day is removed if it is this much older than a day that is counted. */
const keptDays = 400;
/** The number of names per day and connection with counts of their own: a sender with the write key can invent names. */
export const maxNames = 200;
/** Event names contain no brackets. */
export const otherNames = '(other)';

/**
 * A row counts delivered events if it has neither key nor reason, events with the key if it has a key, and events without the key for this
 * reason if it has both.
 */
export interface MatchCountRow {
  readonly day: string;
  readonly name: string;
  readonly key: string;
  readonly reason: string;
  readonly events: number;
}

/** Returns the rows of a count, the delivered events first. */
export function toMatchCountRows({ day, eventName: name, delivered, had, lacked }: MatchCount): readonly MatchCountRow[] {
  return [
    { day, name, key: '', reason: '', events: delivered },
    ...Object.entries(had).map(([key, events]) => ({ day, name, key, reason: '', events })),
    ...Object.entries(lacked).flatMap(([key, reasons]) =>
      Object.entries(reasons).map(([reason, events]) => ({ day, name, key, reason, events })),
    ),
  ];
}

/** Returns the first day that is kept once a day is counted. */
export function getFirstKeptDay(day: string): string {
  return new Date(Date.parse(day) - keptDays * dayMs).toISOString().slice(0, 10);
}

/** @param rows ordered by their columns: the row without a key begins its day and name. */
export function toMatchCounts(rows: readonly MatchCountRow[]): readonly MatchCount[] {
  const counts: (MatchCount & MutableCount)[] = [];
  for (const { day, name, key, reason, events } of rows) {
    if (key === '') counts.push({ day, eventName: name, delivered: events, had: {}, lacked: {} });
    const last = counts.at(-1);
    if (!last || key === '') continue;
    if (reason === '') last.had[key] = events;
    else last.lacked[key] = { ...last.lacked[key], [reason]: events };
  }
  return counts;
}

interface MutableCount {
  readonly had: Record<string, number>;
  readonly lacked: Record<string, Readonly<Record<string, number>>>;
}
