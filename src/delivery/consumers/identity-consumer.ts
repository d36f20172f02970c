import { WakeSignal } from '../../clock/clock.ts';
import { hourMs, secondMs, type UnixMs } from '../../event/units.ts';
import { type Offset, startOffset } from '../../storage/log/event-log.ts';
import {
  type IdentityLogger,
  type IdentityPage,
  IdentitySite,
  type IdentitySiteDeps,
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
  /** Called when a site's cursor has moved, so that the site's connections can read on. */
  readonly onProgress: (site: string, cursor: Offset) => void;
}

/** What delivery needs of the identity consumer, which may run on another thread. */
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
  /** Set if the site was woken since its last step began. */
  isWoken: boolean;
  /** The number of callers for which the site stays between two steps. */
  holds: number;
}

/** The page of a site beside many others, so that a few of them fill a step. */
const minPage: PageSize = { records: 32, bytes: 256 * 1024 };
/** Pages that are read at the same time. */
const readAtOnce = 64;
/** A step with fewer records waits for more if steps follow each other at once. */
const smallStepRecords = 250;
const afterFaultMs = 5 * secondMs;
const longestWaitMs = hourMs;
const minWaitMs = 10;

/**
 * The first consumer of the event log, one for all sites of the process; no connection reads past its cursor. It finds duplicates, updates
 * visitor profiles and identity links, writes the event index, and ends the wait of pending events without consent by redacting them.
 *
 * A step takes a page of each site that has work. The store commits what is committed at once together, so that an event each for a thousand
 * sites costs one commit. A fault of one site ends only its own step.
 */
export class IdentityConsumer implements IdentityRunner {
  readonly #o: IdentityConsumerOptions;
  readonly #leases: LeaseKeeper;
  readonly #wakeSignal: WakeSignal;
  readonly #sites = new Map<string, ScheduledSite>();
  readonly #pace = new StepPace();
  readonly #ended: Promise<void>;
  #step: Promise<void> = Promise.resolve();
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
    this.#sites.set(id, { site, dueAt: Number.NEGATIVE_INFINITY, isWoken: false, holds: 0 });
    this.#wakeSignal.notify();
  }

  async removeSite(id: string): Promise<void> {
    const removed = this.#sites.get(id);
    this.#sites.delete(id);
    await this.#step;
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
    await this.#step;
  }

  stop(): Promise<void> {
    this.#isStopping = true;
    this.#wakeSignal.notify();
    return this.#ended;
  }

  async #run(): Promise<void> {
    while (!this.#isStopping) {
      const due = this.#listDue();
      if (due.length === 0) {
        await this.#wakeSignal.wait(this.#untilNextDue());
        continue;
      }
      let records = 0;
      this.#step = this.#runStep(due).then((processed) => {
        records = processed;
      });
      await this.#step;
      if (records > 0 && records < smallStepRecords) await this.#pace.wait();
    }
    await Promise.all([...this.#sites.values()].map(({ site }) => site.release()));
  }

  #listDue(): readonly ScheduledSite[] {
    const now = this.#o.clock.now();
    return [...this.#sites.values()].filter(({ dueAt, isWoken, holds }) => holds === 0 && (isWoken || dueAt <= now));
  }

  #untilNextDue(): number {
    const open = [...this.#sites.values()].filter(({ holds }) => holds === 0);
    const dueAt = open.reduce((least, one) => Math.min(least, one.dueAt), Number.POSITIVE_INFINITY);
    return Math.max(minWaitMs, Math.min(dueAt - this.#o.clock.now(), longestWaitMs));
  }

  /** Reads a page of each site until the step is full, and processes them. Returns the number of records. Never rejects. */
  async #runStep(due: readonly ScheduledSite[]): Promise<number> {
    const share = {
      records: Math.max(minPage.records, Math.floor(maxPage.records / due.length)),
      bytes: Math.max(minPage.bytes, Math.floor(maxPage.bytes / due.length)),
    };
    const pages: { readonly one: ScheduledSite; readonly page: IdentityPage }[] = [];
    let records = 0;
    for (let next = 0; next < due.length && records < maxPage.records; next += readAtOnce) {
      const some = due.slice(next, next + readAtOnce);
      const read = await Promise.all(some.map(async (one) => ({ one, page: await this.#readPage(one, share) })));
      for (const { one, page } of read) {
        if (!page) continue;
        records += page.records.length;
        pages.push({ one, page });
      }
    }
    await Promise.all(pages.map(({ one, page }) => this.#processPage(one, page)));
    return records;
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
      return (await one.site.acquire()) ? await one.site.read(max) : undefined;
    } catch (error) {
      this.#fail(one, error);
      return undefined;
    }
  }

  async #processPage(one: ScheduledSite, page: IdentityPage): Promise<void> {
    try {
      one.dueAt = await one.site.process(page);
    } catch (error) {
      this.#fail(one, error);
    }
  }

  #fail(one: ScheduledSite, error: unknown): void {
    one.site.drop();
    one.dueAt = this.#o.clock.now() + afterFaultMs;
    this.#o.onFault(one.site.id, error);
  }
}
