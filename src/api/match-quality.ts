import { type MatchKey, matchKeys } from '../event/match-keys.ts';
import { missingReason } from '../event/missing-keys.ts';
import { dayMs, type UnixMs } from '../event/units.ts';
import type { MatchCount } from '../store/store.ts';

/** Why some of the events lack a key, and what to do about it. */
export interface MissingView {
  readonly reason: string;
  readonly events: number;
  readonly says: string;
  readonly remedy: string;
}

/** How many of the delivered events had a key; of the others why not, the most frequent reason first. */
export interface KeyView {
  readonly key: MatchKey;
  readonly events: number;
  /** 0 to 1. */
  readonly share: number;
  readonly missing: readonly MissingView[];
}

export interface MatchView {
  readonly delivered: number;
  /** In the order of `matchKeys`, all of them. */
  readonly keys: readonly KeyView[];
}

/** One connection's delivered events of some days. */
export interface MatchQualityView {
  readonly site: string;
  readonly connection: string;
  /** Days in UTC, `YYYY-MM-DD`, both included. */
  readonly since: string;
  readonly until: string;
  readonly all: MatchView;
  /** The most frequent first. */
  readonly events: readonly (MatchView & { readonly name: string })[];
}

/** Sums what the store counted by day into one report for each event and one for all of them. Pure. */
export function matchQuality(counts: readonly MatchCount[]): Pick<MatchQualityView, 'all' | 'events'> {
  const names = new Map<string, MatchCount[]>();
  for (const count of counts) names.set(count.eventName, [...(names.get(count.eventName) ?? []), count]);
  const events = [...names].map(([name, ofName]) => ({ name, ...sumOf(ofName) }));
  return { all: sumOf(counts), events: events.toSorted((a, b) => b.delivered - a.delivered || (a.name < b.name ? -1 : 1)) };
}

function sumOf(counts: readonly MatchCount[]): MatchView {
  const delivered = sum(counts.map((count) => count.delivered));
  const keys = matchKeys.map((key): KeyView => {
    const events = sum(counts.map(({ had }) => had[key] ?? 0));
    const reasons = [...new Set(counts.flatMap(({ lacked }) => Object.keys(lacked[key] ?? {})))];
    const missing = reasons.map((reason) => {
      const words = missingReason(key, reason) ?? unheardOf;
      return { reason, events: sum(counts.map(({ lacked }) => lacked[key]?.[reason] ?? 0)), ...words };
    });
    const share = delivered === 0 ? 0 : events / delivered;
    return { key, events, share, missing: missing.toSorted((a, b) => b.events - a.events || (a.reason < b.reason ? -1 : 1)) };
  });
  return { delivered, keys };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, one) => all + one, 0);
}

const unheardOf = { says: 'Another version of Convey counted this.', remedy: 'See the guide of that version.' } as const;

const usualDays = 28;
const dayForm = /^\d{4}-\d{2}-\d{2}$/;

/** The days that are asked for; the last 28 with today, where nothing that is a day was said. */
export function askedDays(since: string | undefined, until: string | undefined, now: UnixMs): { since: string; until: string } {
  const last = isDay(until) ? until : dayOf(now);
  return { since: isDay(since) ? since : dayOf(Date.parse(last) - (usualDays - 1) * dayMs), until: last };
}

function isDay(text: string | undefined): text is string {
  return text !== undefined && dayForm.test(text) && !Number.isNaN(Date.parse(text));
}

function dayOf(time: UnixMs): string {
  return new Date(time).toISOString().slice(0, 10);
}
