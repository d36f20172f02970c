import type { UnixMs } from '../../event/units.ts';
import type { DeferredDelivery } from '../../storage/store/store.ts';
import { singleSendIntervalMs } from './backoff.ts';

/** What the halving of one refused batch has cost so far. */
export interface BisectionCost {
  requests: number;
  /** When the last of those that go one at a time is due. */
  lastDueAt: UnixMs;
}

/** Requests that the halving of one batch may cost. */
export const maxBisectionRequests = 64;

/** Each alone, a second apart, after those of the same batch that went before. `part` is what they are told apart by. */
export function scheduleIndividually(
  rows: readonly Pick<DeferredDelivery, 'offset' | 'tries' | 'isResend' | 'isTrusted' | 'shopOnly'>[],
  part: string,
  after: UnixMs,
): DeferredDelivery[] {
  return rows.map(({ offset, tries, isResend, isTrusted, shopOnly }, index) => ({
    offset,
    reason: 'part',
    dueAt: after + (index + 1) * singleSendIntervalMs,
    tries,
    part: `${part}.${index}`,
    ...(isResend && { isResend }),
    ...(isTrusted && { isTrusted }),
    ...(shopOnly && { shopOnly }),
  }));
}

const remembered = 1_000;

/** The halvings under way, by the attempts that are part of them. In memory: after a restart they cost a little more. */
export class BisectionTracker {
  readonly #byAttempt = new Map<string, BisectionCost>();

  /** Of the batch that these stragglers are a part of; a new one where they are of none. */
  find([first]: readonly DeferredDelivery[]): BisectionCost {
    return this.#byAttempt.get(first?.part?.split('.')[0] ?? '') ?? { requests: 0, lastDueAt: 0 };
  }

  /** `parts` is what is left of a batch. `attemptId`: of the request that was refused, where there was one. */
  record(bisection: BisectionCost, parts: readonly DeferredDelivery[], attemptId?: string): void {
    const dueAt = parts.filter(({ reason: why }) => why === 'part').map((one) => one.dueAt);
    bisection.lastDueAt = Math.max(bisection.lastDueAt, ...dueAt);
    if (attemptId === undefined) return;
    this.#byAttempt.set(attemptId, bisection);
    const [oldest] = this.#byAttempt.keys();
    if (this.#byAttempt.size > remembered && oldest !== undefined) this.#byAttempt.delete(oldest);
  }
}
