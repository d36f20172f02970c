import { type EventFilters, isOutcomeName } from '../../../../api/client.ts';
import { matchKeyNames, reporterNames } from '../event-labels.ts';

/** The filters of the list of events, as its address has them: those of the API, under its names. */
export type EventSearch = Omit<EventFilters, 'among'>;

const mostValues = 20;

/** What is no filter is passed over: an address may be anybody's. */
export function readEventSearch(given: Readonly<Record<string, unknown>>): EventSearch {
  return present({
    event: listed(given.event, (text) => /^[A-Za-z][A-Za-z0-9_]{0,99}$/.test(text)),
    outcome: listed(given.outcome, isOutcomeName),
    connection: textsOf(given.connection).find((text) => /^[a-z0-9][a-z0-9-]{0,62}$/.test(text)),
    reporter: listed(given.reporter, isKeyOf(reporterNames)),
    has: listed(given.has, isKeyOf(matchKeyNames)),
    lacks: listed(given.lacks, isKeyOf(matchKeyNames)),
    since: timeOf(given.since),
    until: timeOf(given.until),
    text: textsOf(given.text).find((text) => /^(?=.*\S).{1,128}$/su.test(text)),
  });
}

/** Whether anything is asked that not every event has. */
export function isNarrowed(search: EventSearch): boolean {
  return Object.values(search).some((value) => value !== undefined);
}

type Present<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

function present<T extends Record<string, unknown>>(parts: T): Present<T>;
function present(parts: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined));
}

function textsOf(given: unknown): readonly string[] {
  const all: readonly unknown[] = Array.isArray(given) ? given : [given];
  return all.flatMap((one) => (typeof one === 'string' || typeof one === 'number' ? [String(one)] : []));
}

function listed<T extends string>(given: unknown, is: (text: string) => text is T): readonly T[] | undefined;
function listed(given: unknown, is: (text: string) => boolean): readonly string[] | undefined;
function listed(given: unknown, is: (text: string) => boolean): readonly string[] | undefined {
  const known = [...new Set(textsOf(given).filter(is))].slice(0, mostValues);
  return known.length === 0 ? undefined : known;
}

function timeOf(given: unknown): number | undefined {
  const text = textsOf(given).find((one) => /^\d{1,15}$/.test(one));
  return text === undefined ? undefined : Number(text);
}

function isKeyOf<K extends string>(names: Readonly<Record<K, string>>): (text: string) => text is K {
  return (text): text is K => Object.hasOwn(names, text);
}
