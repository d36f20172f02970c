import type { Site } from '../../event/site.ts';
import { listDayStarts } from '../../event/time-zone.ts';
import { dayMs, hourMs, minuteMs, type UnixMs } from '../../event/units.ts';
import { bucketsKeptMs, countBucketMs, countBucketStart } from '../../storage/ports/event-counts.ts';
import type { CountedSince } from '../../storage/ports/money.ts';
import { orderLedgerDays } from '../../storage/ports/order-ledger.ts';

/** Intervals of one length, one after the other. */
export interface Intervals {
  readonly since: UnixMs;
  readonly until: UnixMs;
  readonly stepMs: number;
}

/** The lengths from which that of a period's intervals is chosen. */
const stepsMs = [5 * minuteMs, 30 * minuteMs, hourMs, 2 * hourMs, 8 * hourMs, dayMs];
const maxSteps = 700;

/**
 * Returns the beginning of the bucket that contains a time, and of the hour if buckets may have been summed up to hours. So a day that
 * begins at half past the hour begins with the bucket at first, and later with the hour that contains it.
 */
export function getCountStart(at: UnixMs, now: UnixMs): UnixMs {
  return at < now - bucketsKeptMs ? at - (at % hourMs) : countBucketStart(at);
}

/** Returns the end of the bucket or hour that contains the moment before a time. */
export function getCountEnd(at: UnixMs, now: UnixMs): UnixMs {
  const start = getCountStart(at, now);
  if (start === at) return at;
  return start + (at < now - bucketsKeptMs ? hourMs : countBucketMs);
}

/** Splits a period into intervals of one length, at most 700. The first one begins at or before `since`. */
export function splitEvenly(since: UnixMs, until: UnixMs, now: UnixMs): Intervals {
  const leastMs = since < now - bucketsKeptMs ? hourMs : 0;
  const stepMs = stepsMs.find((ms) => ms >= leastMs && (until - since) / ms <= maxSteps) ?? dayMs;
  const start = getCountStart(since, now);
  return { since: start, until: start + Math.max(1, Math.ceil((until - start) / stepMs)) * stepMs, stepMs };
}

/** Splits a period into hours. The first one begins at or before `since`. */
export function splitByHours(since: UnixMs, until: UnixMs, now: UnixMs): readonly Intervals[] {
  const start = getCountStart(since, now);
  return [{ since: start, until: start + Math.max(1, Math.ceil((until - start) / hourMs)) * hourMs, stepMs: hourMs }];
}

/** Splits a period into the local days of a site. Days of one length form one item: a day is shorter or longer when the clocks change. */
export function splitByDays(
  since: UnixMs,
  until: UnixMs,
  { timeZone }: Pick<Site, 'timeZone'>,
  now: UnixMs,
): readonly Intervals[] {
  const starts = listDayStarts(since, Math.max(until, since + 1), timeZone);
  const last = starts.at(-1) ?? since;
  const end = listDayStarts(last, last + 2 * dayMs, timeZone)[1] ?? last + dayMs;
  const bounds = [...starts, end].map((at) => getCountStart(at, now));
  const all: Intervals[] = [];
  for (const [index, from] of bounds.slice(0, -1).entries()) {
    const to = bounds[index + 1] ?? from;
    const before = all.at(-1);
    if (before && before.stepMs === to - from) all[all.length - 1] = { ...before, until: to };
    else all.push({ since: from, until: to, stepMs: to - from });
  }
  return all;
}

/** Lists the starts of all intervals. */
export function listStarts(all: readonly Intervals[]): readonly UnixMs[] {
  return all.flatMap(({ since, until, stepMs }) =>
    Array.from({ length: Math.ceil((until - since) / stepMs) }, (_, index) => since + index * stepMs),
  );
}

/** Returns from when on a site's numbers are whole, and whether those since a time are. */
export function describeWhole({ events, money, first }: Pick<CountedSince, 'events' | 'money' | 'first'>, since: UnixMs) {
  if (first === undefined) return { isComplete: since >= Math.max(events, money) };
  const [countedSince, moneySince] = [Math.max(events, first), Math.max(money, first)];
  return { countedSince, moneySince, isComplete: since >= Math.max(countedSince, moneySince) };
}

/** Returns from when on a site's refunds are whole. They are kept for a shorter time than counts. */
export function getRefundsSince({ refunds, first }: CountedSince, now: UnixMs): UnixMs {
  return Math.max(refunds, first ?? 0, now - orderLedgerDays * dayMs);
}
