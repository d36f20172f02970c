import type { UnixMs } from '../../event/units.ts';
import type { Offset } from '../../storage/log/event-log.ts';
import { countBucketStart, type OutcomeCountChange } from '../../storage/store/event-counts.ts';
import type { EventOutcomeEntry } from '../../storage/store/outcomes.ts';

/** When the log took the records that a step of a pump is about. */
export type ReceivedTimes = ReadonlyMap<Offset, UnixMs>;

/**
 * How a commit's outcomes change what is counted, pure: each event leaves the outcome under which it stood, if any, and comes
 * under its new one, in the step in which it was received.
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

/** Of a record that the log lost: it counts in the sums of all time alone. */
const unknownTime = 0;
