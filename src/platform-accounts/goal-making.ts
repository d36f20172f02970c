import { Mutex } from 'async-mutex';
import type { PlatformFailure, PlatformResult } from './account-platform.ts';

interface GoalMakingDeps {
  /** Takes the lease of making goals. `undefined` while another gateway has it. */
  readonly lock: () => Promise<{ release(): Promise<void> } | undefined>;
  readonly sleep: (ms: number) => Promise<void>;
}

/** The time for which one gateway waits until another one has made its goals. */
const wait = { mostMs: 30_000, everyMs: 500 } as const;

/**
 * Has one request of all gateways make goals at a time, after it has read which there are. A goal cannot be deleted, so none may be made
 * twice.
 */
export class GoalMaking {
  readonly #deps: GoalMakingDeps;
  /** This process makes goals for one request after another. Others are kept out by the lease. */
  readonly #own = new Mutex();

  constructor(deps: GoalMakingDeps) {
    this.#deps = deps;
  }

  run<T>(make: () => Promise<PlatformResult<T>>): Promise<PlatformResult<T>> {
    return this.#own.runExclusive(async () => {
      const lock = await this.#awaitLock();
      if (!lock) return { failure: makingElsewhere };
      try {
        return await make();
      } finally {
        await lock.release();
      }
    });
  }

  async #awaitLock() {
    const { lock, sleep } = this.#deps;
    for (let waitedMs = 0; waitedMs < wait.mostMs; waitedMs += wait.everyMs) {
      const taken = await lock();
      if (taken) return taken;
      await sleep(wait.everyMs);
    }
    return undefined;
  }
}

const makingElsewhere: PlatformFailure = {
  code: 'making-elsewhere',
  message: 'Another gateway is making goals. Try again in a minute.',
};
