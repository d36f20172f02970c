import QuickLRU from 'quick-lru';
import type { UnixMs } from '../../event/units.ts';
import type { DeferredDelivery } from '../../storage/ports/deferred-deliveries.ts';
import { singleSendIntervalMs } from './backoff.ts';

/** The cost of bisecting one refused batch so far. */
export interface BisectionCost {
  requests: number;
  /** When the last individually scheduled event is due. */
  lastDueAt: UnixMs;
}

/** Requests that the bisection of one batch may use. */
export const maxBisectionRequests = 64;

/** Schedules each row alone, one second apart, after `after`. The rows get distinct parts below `part`. */
export function scheduleIndividually(
  rows: readonly Pick<DeferredDelivery, 'offset' | 'tries' | 'isResend' | 'isTrusted' | 'shopOnly'>[],
  part: string,
  after: UnixMs,
): DeferredDelivery[] {
  return rows.map(({ offset, tries, isResend, isTrusted, shopOnly }, index) => ({
    offset,
    reason: 'bisect',
    dueAt: after + (index + 1) * singleSendIntervalMs,
    tries,
    part: `${part}.${index}`,
    ...(isResend && { isResend }),
    ...(isTrusted && { isTrusted }),
    ...(shopOnly && { shopOnly }),
  }));
}

const maxTrackedAttempts = 1_000;

/** Tracks the cost of running bisections, keyed by their attempts. Held in memory: after a restart a bisection may use more requests. */
export class BisectionTracker {
  readonly #byAttempt = new QuickLRU<string, BisectionCost>({ maxSize: maxTrackedAttempts });

  /** Returns the cost of the bisection that these rows belong to, or of a new one. */
  find([first]: readonly DeferredDelivery[]): BisectionCost {
    return this.#byAttempt.get(first?.part?.split('.')[0] ?? '') ?? { requests: 0, lastDueAt: 0 };
  }

  /** Records the rows that are left of a batch. `attemptId`: the refused request, if there was one. */
  record(bisection: BisectionCost, rows: readonly DeferredDelivery[], attemptId?: string): void {
    const dueAt = rows.filter(({ reason }) => reason === 'bisect').map((row) => row.dueAt);
    bisection.lastDueAt = Math.max(bisection.lastDueAt, ...dueAt);
    if (attemptId !== undefined) this.#byAttempt.set(attemptId, bisection);
  }
}
