import { setTimeout as sleep } from 'node:timers/promises';

/** Steps that run at once, and the time for each further one. */
const pace = { burst: 8, everyMs: 25 } as const;

/**
 * Lets small steps gather under load. Each step costs a read, a commit and a sync, however few events it has. A single event does not wait:
 * only a step that follows several others at once does.
 */
export class StepPace {
  /** When the steps so far would have ended, at one per `everyMs`. */
  #paidUntil = 0;

  async wait(): Promise<void> {
    const now = performance.now();
    this.#paidUntil = Math.max(this.#paidUntil, now - pace.burst * pace.everyMs) + pace.everyMs;
    if (this.#paidUntil > now) await sleep(this.#paidUntil - now);
  }
}
