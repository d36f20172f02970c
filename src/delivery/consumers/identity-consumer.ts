import { WakeSignal } from '../../clock/clock.ts';
import { secondMs, type UnixMs } from '../../event/units.ts';
import { type Offset, startOffset } from '../../storage/log/event-log.ts';
import type { IdentityLogger } from './identify-page.ts';
import {
  type IdentityPage,
  IdentitySite,
  type IdentitySiteDeps,
  longestWaitMs,
  maxPage,
  type PageSize,
} from './identity-site.ts';
import { LeaseKeeper } from './lease-keeper.ts';
import { StepPace } from './step-pace.ts';

export interface IdentityConsumerOptions extends Omit<IdentitySiteDeps, 'leases' | 'logger' | 'onProgress' | 'wake'> {
  readonly owner: string;
  readonly leaseTtlMs: number;
  /** The leases of the process. By default the consumer keeps its own. */
  readonly leases?: LeaseKeeper;
  /** Returns the logger of a site. */
  readonly createLogger: (site: string) => IdentityLogger;
  /** Called with each error that ended a site's step. The site is tried again. */
  readonly onFault: (site: string, error: unknown) => void;
  /** Called after the first step of a site that succeeded after a fault. */
  readonly onRecovery?: (site: string) => void;
  /** Called when a site's cursor has moved, so that the site's connections can read on. */
  readonly onProgress: (site: string, cursor: Offset) => void;
}

/** The identity consumer as delivery uses it. It may run on another thread. */
export interface IdentityRunner {
  /** Begins to identify a site's events. */
  addSite(site: string): void;
  /** Ends after the current step, and releases the site's lease. */
  removeSite(site: string): Promise<void>;
  /** Returns the cursor that the connections may read up to: that of the last commit, or an earlier one. */
  getCursor(site: string): Offset;
  /** Reads a site's new records. */
  wake(site: string): void;
  /** Resolves when the site is between two steps. It stays there until `done` settles. Other sites go on. */
  quiesce(site: string, done: Promise<unknown>): Promise<void>;
  /** Ends after the current step. Resolves when all leases are released. */
  stop(): Promise<void>;
}

/** The schedule of a site. */
interface ScheduledSite {
  readonly site: IdentitySite;
  /** When the site has work again. */
  dueAt: UnixMs;
  /**
   * Ends the wait after the fault of the last step, if it failed. New records do not end the wait: they would make the consumer repeat the
   * fault.
   */
  fault: { isOver: boolean; readonly cancel: () => void } | undefined;
  /** Set if the site was woken since its last step began. */
  isWoken: boolean;
  /** The number of callers that keep the site paused between two steps. */
  holds: number;
  /** The site's step, while it runs. */
  running: Promise<void> | undefined;
}

/** A step of a site that has begun. */
interface SiteStep {
  readonly page: Promise<IdentityPage | undefined>;
  readonly process: () => void;
  readonly ended: Promise<void>;
}

/** The smallest page of a site when many sites have work. A few dozen such pages fill a step. */
const minPage: PageSize = { records: 32, bytes: 256 * 1024 };
/** Pages that are read at the same time. */
const readAtOnce = 64;
/** A step with fewer records waits for more if steps follow each other at once. */
const smallStepRecords = 250;
const afterFaultMs = 5 * secondMs;
/** The time that a step waits for its slowest sites. The next steps leave out the sites that still run. */
const longestStepMs = 100;
/** Records of slow sites, beyond which the next step waits for one of them. Bounds the memory. */
const maxRunningRecords = 8 * maxPage.records;
const minWaitMs = 10;

/**
 * The first consumer of the event log, one for all sites of the process; no connection reads past its cursor. It finds duplicates, updates
 * visitor profiles and identity links, writes the event index, and ends the wait of pending events without consent by redacting them.
 *
 * A step takes a page of each site that has work. The store commits what is committed at once together, so that an event each for a thousand
 * sites costs one commit. A fault of one site ends only its own step, and a slow one delays no other.
 */
export class IdentityConsumer implements IdentityRunner {
  readonly #o: IdentityConsumerOptions;
  readonly #leases: LeaseKeeper;
  readonly #wakeSignal: WakeSignal;
  readonly #sites = new Map<string, ScheduledSite>();
  readonly #pace = new StepPace();
  readonly #ended: Promise<void>;
  readonly #running = new Set<Promise<void>>();
  #runningRecords = 0;
  #isStopping = false;

  constructor(options: IdentityConsumerOptions) {
    this.#o = options;
    this.#leases = options.leases ?? new LeaseKeeper(options);
    this.#wakeSignal = new WakeSignal(options.clock);
    this.#ended = this.#run();
  }

  addSite(id: string): void {
    const { createLogger, onProgress } = this.#o;
    const site = new IdentitySite(id, {
      ...this.#o,
      leases: this.#leases,
      logger: createLogger(id),
      onProgress: (cursor) => onProgress(id, cursor),
      wake: () => this.wake(id),
    });
    this.#sites.set(id, {
      site,
      dueAt: Number.NEGATIVE_INFINITY,
      fault: undefined,
      isWoken: false,
      holds: 0,
      running: undefined,
    });
    this.#wakeSignal.notify();
  }

  async removeSite(id: string): Promise<void> {
    const removed = this.#sites.get(id);
    removed?.fault?.cancel();
    this.#sites.delete(id);
    await removed?.running;
    await removed?.site.release();
  }

  getCursor(id: string): Offset {
    return this.#sites.get(id)?.site.cursor ?? startOffset;
  }

  wake(id: string): void {
    const woken = this.#sites.get(id);
    if (!woken) return;
    woken.isWoken = true;
    this.#wakeSignal.notify();
  }

  async quiesce(id: string, done: Promise<unknown>): Promise<void> {
    const held = this.#sites.get(id);
    if (!held) return;
    held.holds += 1;
    const release = () => {
      held.holds -= 1;
      this.#wakeSignal.notify();
    };
    done.then(release, release);
    await held.running;
  }

  stop(): Promise<void> {
    this.#isStopping = true;
    this.#wakeSignal.notify();
    return this.#ended;
  }

  async #run(): Promise<void> {
    while (!this.#isStopping) {
      const due = this.#listDue();
      if (due.length === 0 || this.#runningRecords > maxRunningRecords) {
        await this.#wakeSignal.wait(this.#getWaitMs());
        continue;
      }
      const records = await this.#runStep(due);
      if (records > 0 && records < smallStepRecords) await this.#pace.wait();
    }
    await Promise.all(this.#running);
    for (const { fault } of this.#sites.values()) fault?.cancel();
    await Promise.all([...this.#sites.values()].map(({ site }) => site.release()));
  }

  #listDue(): readonly ScheduledSite[] {
    return [...this.#sites.values()].filter((one) => isFree(one) && this.#getSiteWaitMs(one) <= 0);
  }

  #getWaitMs(): number {
    const waits = [...this.#sites.values()].filter(isFree).map((one) => this.#getSiteWaitMs(one));
    return Math.max(
      minWaitMs,
      waits.reduce((least, ms) => Math.min(least, ms), longestWaitMs),
    );
  }

  #getSiteWaitMs({ dueAt, fault, isWoken }: ScheduledSite): number {
    if (fault) return fault.isOver ? 0 : afterFaultMs;
    return isWoken ? 0 : dueAt - this.#o.clock.now();
  }

  /** Reads a page of each site until the step is full, and processes them. Returns the number of records. Never rejects. */
  async #runStep(due: readonly ScheduledSite[]): Promise<number> {
    const share = {
      records: Math.max(minPage.records, Math.floor(maxPage.records / due.length)),
      bytes: Math.max(minPage.bytes, Math.floor(maxPage.bytes / due.length)),
    };
    const steps: SiteStep[] = [];
    let records = 0;
    for (let next = 0; next < due.length && records < maxPage.records; next += readAtOnce) {
      // A site may have been quiesced or removed while others were read.
      const some = due.slice(next, next + readAtOnce).filter((one) => isFree(one) && this.#sites.get(one.site.id) === one);
      const begun = some.map((one) => this.#begin(one, share));
      const pages = begun.map(async (step) => (await step.page)?.records.length ?? 0);
      for (const count of await this.#waitForMost(pages)) records += count ?? 0;
      steps.push(...begun);
    }
    for (const { process } of steps) process();
    await this.#waitForMost(steps.map(({ ended }) => ended));
    return records;
  }

  /** Begins a site's step by reading its page. The page is processed after `process` is called. */
  #begin(one: ScheduledSite, share: PageSize): SiteStep {
    const page = this.#readPage(one, share);
    const { promise: mayProcess, resolve: process } = Promise.withResolvers<void>();
    const run = async () => {
      const read = await page;
      if (!read) return;
      const { length } = read.records;
      this.#runningRecords += length;
      await mayProcess;
      await this.#processPage(one, read).finally(() => (this.#runningRecords -= length));
    };
    const end = () => {
      one.running = undefined;
      this.#running.delete(ended);
      this.#wakeSignal.notify();
    };
    const ended: Promise<void> = run().then(end, end);
    one.running = ended;
    this.#running.add(ended);
    return { page, process, ended };
  }

  /** Waits for all, but no longer than a step may take. Returns the results that are known by then. */
  async #waitForMost<T>(all: readonly Promise<T>[]): Promise<readonly (T | undefined)[]> {
    const results: (T | undefined)[] = all.map(() => undefined);
    const done = Promise.all(
      all.map(async (one, index) => {
        results[index] = await one;
      }),
    );
    const { promise: isOver, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, longestStepMs);
    await Promise.race([done, isOver]);
    clearTimeout(timer);
    return [...results];
  }

  /** Reads a site's page; `undefined` if another process has the site, or after a fault. */
  async #readPage(one: ScheduledSite, max: PageSize): Promise<IdentityPage | undefined> {
    const { clock, leaseTtlMs } = this.#o;
    // The next step begins with the other sites.
    if (this.#sites.get(one.site.id) === one) {
      this.#sites.delete(one.site.id);
      this.#sites.set(one.site.id, one);
    }
    one.isWoken = false;
    one.dueAt = clock.now() + leaseTtlMs / 3;
    try {
      if (await one.site.acquire()) return await one.site.read(max);
      // Another process has the site.
      this.#recover(one);
      return undefined;
    } catch (error) {
      this.#fail(one, error);
      return undefined;
    }
  }

  async #processPage(one: ScheduledSite, page: IdentityPage): Promise<void> {
    try {
      one.dueAt = await one.site.process(page);
      this.#recover(one);
    } catch (error) {
      this.#fail(one, error);
    }
  }

  #recover(one: ScheduledSite): void {
    if (!one.fault) return;
    one.fault = undefined;
    this.#o.onRecovery?.(one.site.id);
  }

  #fail(one: ScheduledSite, error: unknown): void {
    one.site.drop();
    const fault = {
      isOver: false,
      cancel: this.#o.clock.after(afterFaultMs, () => {
        fault.isOver = true;
        this.#wakeSignal.notify();
      }),
    };
    one.fault = fault;
    this.#o.onFault(one.site.id, error);
  }
}

/** Returns whether a step of the site may begin. */
function isFree({ holds, running }: ScheduledSite): boolean {
  return holds === 0 && running === undefined;
}
