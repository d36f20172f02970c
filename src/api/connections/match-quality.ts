import type { MatchKeyKind } from '../../destinations/kit/matching.ts';
import { describeMissingKey } from '../../event/missing-match-keys.ts';
import { addDays, getLocalDay } from '../../event/time-zone.ts';
import type { UnixMs } from '../../event/units.ts';
import type { MatchCount } from '../../storage/ports/match-counts.ts';
import type { KeyView, MatchDaysView, MatchQualityView, MatchView } from './match-schemas.ts';

/** Sums the daily counts of the store into one report per event name, and one for all events. */
export function matchQuality(
  counts: readonly MatchCount[],
  keys: readonly MatchKeyKind[],
): Pick<MatchQualityView, 'all' | 'events'> {
  const names = new Map<string, MatchCount[]>();
  for (const count of counts) names.set(count.eventName, [...(names.get(count.eventName) ?? []), count]);
  const events = [...names].map(([name, sameName]) => ({ name, ...sumCounts(sameName, keys) }));
  return {
    all: sumCounts(counts, keys),
    events: events.toSorted((a, b) => b.delivered - a.delivered || (a.name < b.name ? -1 : 1)),
  };
}

/** Sums the daily counts of the store by day, for all events or for one event name. */
export function matchDays(
  counts: readonly MatchCount[],
  keys: readonly MatchKeyKind[],
  eventName?: string,
): Pick<MatchDaysView, 'keys' | 'days'> {
  const chosen = counts.filter((count) => eventName === undefined || count.eventName === eventName);
  const days = [...new Set(chosen.map(({ day }) => day))].toSorted();
  return {
    keys: keys.map(({ key, label, subject, advice }) => ({ key, label, subject, advice })),
    days: days.map((day) => {
      const ofDay = chosen.filter((count) => count.day === day);
      return {
        day,
        delivered: sum(ofDay.map(({ delivered }) => delivered)),
        events: keys.map(({ key }) => sum(ofDay.map(({ had }) => had[key] ?? 0))),
      };
    }),
  };
}

function sumCounts(counts: readonly MatchCount[], kinds: readonly MatchKeyKind[]): MatchView {
  const delivered = sum(counts.map((count) => count.delivered));
  const keys = kinds.map((kind): KeyView => {
    const { key, label, subject, advice } = kind;
    const events = sum(counts.map(({ had }) => had[key] ?? 0));
    const reasons = [...new Set(counts.flatMap(({ lacked }) => Object.keys(lacked[key] ?? {})))];
    const missing = reasons.map((reason) => {
      const words = describeMissingKey(kind, reason) ?? unknownReason;
      return { reason, events: sum(counts.map(({ lacked }) => lacked[key]?.[reason] ?? 0)), ...words };
    });
    const share = delivered === 0 ? 0 : events / delivered;
    const sorted = missing.toSorted((a, b) => b.events - a.events || (a.reason < b.reason ? -1 : 1));
    return { key, label, subject, advice, events, share, missing: sorted };
  });
  return { delivered, keys };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, one) => all + one, 0);
}

const unknownReason = {
  says: 'Another version of Convey counted this reason.',
  remedy: 'See the guide of that version.',
} as const;

const defaultDays = 28;

/** Returns the requested days. The default is the last 28 days, including today. */
export function parseDayRange(
  since: string | undefined,
  until: string | undefined,
  now: UnixMs,
  timeZone: string,
): { since: string; until: string } {
  const last = until ?? getLocalDay(now, timeZone);
  return { since: since ?? addDays(last, 1 - defaultDays), until: last };
}
