import { type EventFilters, isOutcomeName } from '../../../../api/client.ts';
import { matchKeyLabels, sourceLabels } from '../event-labels.ts';

/** The filters in the URL of the event list. They have the names of the API's filters. */
export type EventSearch = Omit<EventFilters, 'among'>;

const mostValues = 20;

/** Reads the filters from search parameters. Ignores invalid values, because URLs are untrusted. */
export function parseEventSearch(given: Readonly<Record<string, unknown>>): EventSearch {
  return omitUndefined({
    event: toList(given.event, (text) => /^[A-Za-z][A-Za-z0-9_]{0,99}$/.test(text)),
    outcome: toList(given.outcome, isOutcomeName),
    connection: toTexts(given.connection).find((text) => /^[a-z0-9][a-z0-9-]{0,62}$/.test(text)),
    reporter: toList(given.reporter, createKeyGuard(sourceLabels)),
    has: toList(given.has, createKeyGuard(matchKeyLabels)),
    lacks: toList(given.lacks, createKeyGuard(matchKeyLabels)),
    since: toTime(given.since),
    until: toTime(given.until),
    text: toTexts(given.text).find((text) => /^(?=.*\S).{1,128}$/su.test(text)),
  });
}

/** Returns whether any filter is set. */
export function hasFilters(search: EventSearch): boolean {
  return Object.values(search).some((value) => value !== undefined);
}

type Present<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

function omitUndefined<T extends Record<string, unknown>>(parts: T): Present<T>;
function omitUndefined(parts: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined));
}

function toTexts(given: unknown): readonly string[] {
  const all: readonly unknown[] = Array.isArray(given) ? given : [given];
  return all.flatMap((one) => (typeof one === 'string' || typeof one === 'number' ? [String(one)] : []));
}

function toList<T extends string>(given: unknown, is: (text: string) => text is T): readonly T[] | undefined;
function toList(given: unknown, is: (text: string) => boolean): readonly string[] | undefined;
function toList(given: unknown, is: (text: string) => boolean): readonly string[] | undefined {
  const known = [...new Set(toTexts(given).filter(is))].slice(0, mostValues);
  return known.length === 0 ? undefined : known;
}

function toTime(given: unknown): number | undefined {
  const text = toTexts(given).find((one) => /^\d{1,15}$/.test(one));
  return text === undefined ? undefined : Number(text);
}

function createKeyGuard<K extends string>(names: Readonly<Record<K, string>>): (text: string) => text is K {
  return (text): text is K => Object.hasOwn(names, text);
}
