import type { AppliedRules } from '../../event/rule.ts';
import type { Offset } from '../../storage/log/event-log.ts';
import { countBucketStart } from '../../storage/ports/event-counts.ts';
import type { EventOutcomeEntry, StoredOutcome } from '../../storage/ports/outcomes.ts';
import type { RuleCountChange } from '../../storage/ports/rule-counts.ts';
import type { ReceivedTimes } from './outcome-counts.ts';

/**
 * Returns how a commit's outcomes change the counts of rules. An event counts for the rules of its latest outcome, in the bucket of its receipt:
 * a retry or a replay is decided again, and counts once.
 * @param awaiting the events that were counted when the platform received them
 */
export function countRules(
  outcomes: readonly Pick<EventOutcomeEntry, 'offset' | 'outcome'>[],
  rules: ReadonlyMap<Offset, AppliedRules> | undefined,
  awaiting: ReadonlySet<Offset>,
  receivedAt: ReceivedTimes,
): readonly RuleCountChange[] {
  if (!rules || rules.size === 0) return [];
  const sums = new RuleSums(receivedAt);
  for (const { offset, outcome } of outcomes) {
    const isCounted = outcome !== 'waiting';
    if (isCounted !== awaiting.has(offset)) sums.add(offset, rules.get(offset), isCounted ? 1 : -1);
  }
  return sums.list();
}

/** Returns how the counts of rules change when events leave their outcomes to be decided again. */
export function uncountRules(
  outcomes: ReadonlyMap<Offset, StoredOutcome>,
  receivedAt: ReceivedTimes,
): readonly RuleCountChange[] {
  const sums = new RuleSums(receivedAt);
  for (const offset of receivedAt.keys()) {
    const stored = outcomes.get(offset);
    if (stored && !stored.isRetired && stored.outcome !== 'waiting') sums.add(offset, stored.rules, -1);
  }
  return sums.list();
}

class RuleSums {
  readonly #receivedAt: ReceivedTimes;
  readonly #sums = new Map<string, RuleCountChange>();

  constructor(receivedAt: ReceivedTimes) {
    this.#receivedAt = receivedAt;
  }

  /** Leaves out records that the event log lost. */
  add(offset: Offset, rules: AppliedRules | undefined, events: 1 | -1): void {
    const at = this.#receivedAt.get(offset);
    if (!rules || at === undefined) return;
    const bucket = countBucketStart(at);
    for (const rule of new Set(rules.effects.map((effect) => effect.rule))) {
      const key = `${bucket} ${rule}`;
      this.#sums.set(key, { bucket, rule, events: (this.#sums.get(key)?.events ?? 0) + events });
    }
  }

  list(): readonly RuleCountChange[] {
    return [...this.#sums.values()].filter(({ events }) => events !== 0);
  }
}
