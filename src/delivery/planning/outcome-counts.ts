import { denialCodes } from '../../event/denial-codes.ts';
import { isPurchaseKey, parseEventKey } from '../../event/event-key.ts';
import type { Issue } from '../../event/issue.ts';
import type { UnixMs } from '../../event/units.ts';
import type { LogRecord, Offset } from '../../storage/log/event-log.ts';
import {
  contestedCount,
  countBucketStart,
  type DeliveryTimeCount,
  deliveryTimeClass,
  type OutcomeCountChange,
} from '../../storage/ports/event-counts.ts';
import type { PurchaseOutcome } from '../../storage/ports/money.ts';
import type { EventOutcomeEntry } from '../../storage/ports/outcomes.ts';

/** When the event log received the records of a commit. */
export type ReceivedTimes = ReadonlyMap<Offset, UnixMs>;

/**
 * Returns how a commit's outcomes change the counts: each event leaves its earlier outcome, if any, and enters its new one, in
 * the bucket of its receipt.
 */
export function countOutcomes(
  outcomes: readonly (Pick<EventOutcomeEntry, 'offset'> & Pick<OutcomeCountChange, 'outcome'>)[],
  earlier: (offset: Offset) => OutcomeCountChange['outcome'] | undefined,
  receivedAt: ReceivedTimes,
): readonly OutcomeCountChange[] {
  const sums = new Map<OutcomeCountChange['outcome'], Map<UnixMs, number>>();
  const add = (outcome: OutcomeCountChange['outcome'], step: UnixMs, events: number) => {
    const steps = sums.get(outcome) ?? new Map<UnixMs, number>();
    sums.set(outcome, steps.set(step, (steps.get(step) ?? 0) + events));
  };
  for (const { offset, outcome } of outcomes) {
    const before = earlier(offset);
    if (before === outcome) continue;
    const step = countBucketStart(receivedAt.get(offset) ?? unknownTime);
    add(outcome, step, 1);
    if (before !== undefined) add(before, step, -1);
  }
  const counts = [...sums].flatMap(([outcome, steps]) => [...steps].map(([bucket, events]) => ({ bucket, outcome, events })));
  return counts.filter(({ events }) => events !== 0);
}

/** Returns the outcomes of orders. A duplicate report is no order of its own. */
export function listPurchaseOutcomes(
  outcomes: readonly Pick<EventOutcomeEntry, 'offset' | 'outcome'>[],
  isPurchase: (offset: Offset) => boolean,
): readonly PurchaseOutcome[] {
  return outcomes.flatMap(({ offset, outcome }) => (outcome !== 'duplicate' && isPurchase(offset) ? [{ offset, outcome }] : []));
}

/** Returns whether an offset is that of a purchase among the records. */
export function createPurchaseFilter(records: readonly Pick<LogRecord, 'offset' | 'key'>[]): (offset: Offset) => boolean {
  const purchases = new Set(records.filter(({ key }) => isPurchaseKey(key)).map(({ offset }) => offset));
  return (offset) => purchases.has(offset);
}

/** The part of a revision that adds issues to an earlier outcome. */
interface NotedRevision {
  readonly primary: Pick<LogRecord, 'key'>;
  readonly change: 'requeue' | { readonly note: readonly Issue[] };
}

/**
 * Counts the shop's purchases that a browser's denial counted for, when they are settled for the first time. They count at that time, because
 * the alert watches the last hour, and a connection may have been paused since their receipt.
 */
export function countContested(
  outcomes: readonly Pick<EventOutcomeEntry, 'offset' | 'outcome' | 'issues'>[],
  purchases: ReadonlySet<Offset>,
  revisions: readonly NotedRevision[],
  now: UnixMs,
): readonly OutcomeCountChange[] {
  const settled = outcomes.filter(
    ({ offset, outcome, issues }) =>
      purchases.has(offset) && outcome !== 'waiting' && outcome !== 'duplicate' && hasDenialIssue(issues),
  );
  const revised = revisions.filter(
    ({ primary, change }) =>
      change !== 'requeue' && parseEventKey(primary.key).name === 'Purchase' && hasDenialIssue(change.note),
  );
  const events = settled.length + revised.length;
  return events === 0 ? [] : [{ bucket: countBucketStart(now), outcome: contestedCount, events }];
}

function hasDenialIssue(issues: readonly Issue[]): boolean {
  return issues.some(({ code }) => denialCodes.has(code));
}

/** Counts the times from the receipt of events to their delivery. Leaves out records that the event log lost. */
export function countDeliveryTimes(
  delivered: readonly Offset[],
  receivedAt: ReceivedTimes,
  now: UnixMs,
): readonly DeliveryTimeCount[] {
  const counts = new Map<string, DeliveryTimeCount>();
  for (const offset of delivered) {
    const at = receivedAt.get(offset);
    if (at === undefined) continue;
    const [bucket, fromMs] = [countBucketStart(at), deliveryTimeClass(now - at)];
    const key = `${bucket} ${fromMs}`;
    counts.set(key, { bucket, fromMs, events: (counts.get(key)?.events ?? 0) + 1 });
  }
  return [...counts.values()];
}

/** For a record that the event log lost. It counts only in the totals. */
const unknownTime = 0;
