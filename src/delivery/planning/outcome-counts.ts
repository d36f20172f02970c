import type { UnixMs } from '../../event/units.ts';
import type { Offset } from '../../storage/log/event-log.ts';
import { countBucketStart, type OutcomeCountChange } from '../../storage/store/event-counts.ts';
import type { EventOutcomeEntry } from '../../storage/store/outcomes.ts';

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

/** For a record that the event log lost. It counts only in the totals. */
const unknownTime = 0;
