import { type EventFilters, isEventGap, isIssueCode, isOutcomeName, isRuleId } from '../../../../api/client.ts';
import type { ResolvedRange, TimeRange } from '../../../data/range.ts';
import { consentLabels, matchKeyLabels, sourceLabels } from '../event-labels.ts';

/** The filters in the URL of the event list. They have the names of the API's filters. The time of the events is the dashboard's range. */
export interface EventSearch extends Omit<EventFilters, 'among' | 'since' | 'until'> {
  /** Whether the list includes signals. The API's filters never match a signal. */
  readonly signals?: true;
  /** Lists rejected submissions in place of events: those with this reason, or `any`. */
  readonly rejected?: string;
}

const mostValues = 20;

/** Reads the filters from search parameters. Ignores invalid values, because URLs are untrusted. */
export function parseEventSearch(params: Readonly<Record<string, unknown>>): EventSearch {
  return omitUndefined({
    event: toList(params.event, (text) => /^[A-Za-z][A-Za-z0-9_]{0,99}$/.test(text)),
    outcome: toList(params.outcome, isOutcomeName),
    connection: toTexts(params.connection).find((text) => /^[a-z0-9][a-z0-9-]{0,62}$/.test(text)),
    gap: toList(params.gap, isEventGap),
    reporter: toList(params.reporter, createKeyGuard(sourceLabels)),
    reason: toList(params.reason, isIssueCode),
    rule: toList(params.rule, isRuleId),
    consent: toList(params.consent, createKeyGuard(consentLabels)),
    country: toList(params.country, (text) => /^[A-Z]{2}$/.test(text)),
    has: toList(params.has, createKeyGuard(matchKeyLabels)),
    lacks: toList(params.lacks, createKeyGuard(matchKeyLabels)),
    text: toTexts(params.text).find((text) => /^(?=.*\S).{1,128}$/su.test(text)),
    signals: String(params.signals) === 'true' ? (true as const) : undefined,
    rejected: toTexts(params.rejected).find(isIssueCode),
  });
}

/** The part of the range that selects events. */
export type EventRange = Pick<ResolvedRange, 'since' | 'until' | 'isRunning'>;

/** Returns the filters for the API, with the times of a range. A range that is running has no end. */
export function toApiFilters(
  { signals: _signals, rejected: _rejected, ...filters }: EventSearch,
  range?: EventRange,
): EventFilters {
  return { ...filters, ...(range && { since: range.since }), ...(range && !range.isRunning && { until: range.until }) };
}

/** Reads the times in the URLs of earlier versions. Undefined if there are none. */
export function readFormerTimes(params: Readonly<Record<string, unknown>>): Partial<TimeRange> | undefined {
  const [since, until] = [toTime(params.since), toTime(params.until)];
  return since === undefined && until === undefined ? undefined : omitUndefined({ since, until });
}

/** Returns the number of filters. */
export function countFilters(search: EventSearch): number {
  return Object.values(search).filter((value) => value !== undefined).length;
}

/** Returns whether any filter of the API is set. */
export function hasFilters(search: EventSearch): boolean {
  return Object.values(toApiFilters(search)).some((value) => value !== undefined);
}

type Present<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

function omitUndefined<T extends Record<string, unknown>>(parts: T): Present<T>;
function omitUndefined(parts: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined));
}

function toTexts(value: unknown): readonly string[] {
  const all: readonly unknown[] = Array.isArray(value) ? value : [value];
  return all.flatMap((one) => (typeof one === 'string' || typeof one === 'number' ? [String(one)] : []));
}

function toList<T extends string>(value: unknown, is: (text: string) => text is T): readonly T[] | undefined;
function toList(value: unknown, is: (text: string) => boolean): readonly string[] | undefined;
function toList(value: unknown, is: (text: string) => boolean): readonly string[] | undefined {
  const known = [...new Set(toTexts(value).filter(is))].slice(0, mostValues);
  return known.length === 0 ? undefined : known;
}

function toTime(value: unknown): number | undefined {
  const text = toTexts(value).find((one) => /^\d{1,15}$/.test(one));
  return text === undefined ? undefined : Number(text);
}

function createKeyGuard<K extends string>(names: Readonly<Record<K, string>>): (text: string) => text is K {
  return (text): text is K => Object.hasOwn(names, text);
}
