import type { Platform } from '../destinations/kit/destination.ts';
import type { Site } from '../event/site.ts';
import { dayMs, secondMs, type UnixMs } from '../event/units.ts';
import type { EventLog, LogRecord, Offset } from '../log/log.ts';
import type { Store, Straggler } from '../store/store.ts';
import { Batch } from './batch.ts';
import { gather, readBounded } from './gather.ts';
import { consider, type Plan, type PlanContext } from './plan.ts';

/** Where a connection's plans come from. */
export interface PlannerOptions {
  readonly site: Pick<Site, 'id' | 'bots' | 'purchaseHoldSeconds'>;
  readonly platform: Platform;
  readonly log: EventLog;
  readonly store: Store;
  readonly now: () => UnixMs;
}

const autoHoldMs = 90 * secondMs;
const reporterMemoryMs = 7 * dayMs;
const unbounded = { records: Number.POSITIVE_INFINITY, bytes: Number.POSITIVE_INFINITY };
const besidePage = 1_000;

/** Turns records into plans: from the log after a cursor, from stragglers, and beside a request that goes again. */
export class Planner {
  readonly #o: PlannerOptions;

  constructor(options: PlannerOptions) {
    this.#o = options;
  }

  /** What a plan rests on, as things stand now. */
  async context(): Promise<PlanContext> {
    const { platform, site, store } = this.#o;
    const now = this.#o.now();
    const { purchaseHoldSeconds: hold } = site;
    const reporters = hold === 'auto' ? await store.purchaseReporters(site.id, now - reporterMemoryMs) : [];
    const purchaseHoldMs = hold === 'auto' ? (reporters.length > 1 ? autoHoldMs : 0) : hold * secondMs;
    return { platform, bots: site.bots, purchaseHoldMs, now };
  }

  /** Adds what follows the batch in the log, never past `upTo`; answers whether there was anything. */
  async readOn(batch: Batch, upTo: Offset, limit: number, context: PlanContext): Promise<boolean> {
    const { log, site } = this.#o;
    const records = await readBounded(log, site.id, batch.through, upTo, limit);
    await this.#fill(batch, records, context);
    return records.length > 0;
  }

  async ofStragglers(stragglers: readonly Straggler[]): Promise<Plan> {
    const { log, site, platform } = this.#o;
    const offsets = stragglers.map(({ offset }) => offset);
    const batch = new Batch(undefined, { records: stragglers.length, bytes: platform.limits.batchBytes });
    const records = await log.get(site.id, offsets);
    await this.#fill(batch, records, await this.context());
    const present = new Set(records.map(({ offset }) => offset));
    const gone = offsets
      .filter((offset) => !present.has(offset))
      .map((offset) => ({ offset, outcome: 'erased', issues: [] }) as const);
    const plan = batch.plan();
    return { ...plan, skips: [...plan.skips, ...gone] };
  }

  /** The rest of the stretch that an unanswered request covered: what would be sent by now goes as a straggler. */
  async beside(cursor: Offset, through: Offset, inRequest: ReadonlySet<Offset>): Promise<Plan> {
    const { log, site } = this.#o;
    const batch = new Batch(cursor, unbounded);
    const context = await this.context();
    for (let after = cursor; after < through; ) {
      const records = await readBounded(log, site.id, after, through, besidePage);
      after = records.at(-1)?.offset ?? through;
      await this.#fill(
        batch,
        records.filter(({ offset }) => !inRequest.has(offset)),
        context,
      );
    }
    const { members, holds, ...plan } = batch.plan();
    const late = members.map(({ offset }) => ({ offset, why: 'retry', dueAt: context.now, tries: 0 }) as const);
    return { ...plan, through, members: [], holds: [...holds, ...late] };
  }

  async #fill(batch: Batch, records: readonly LogRecord[], context: PlanContext): Promise<void> {
    const { log, store, site } = this.#o;
    const now = this.#o.now();
    for (const found of await gather(log, store, site.id, records)) {
      if (!batch.full) batch.add(found.record.offset, consider(found, { ...context, now }), now);
    }
  }
}
