import { isForConnection } from '../../event/event-key.ts';
import { createTimeSlice } from '../../rules/time-slice.ts';
import type { LogRecord, Offset } from '../../storage/log/event-log.ts';
import { parseConsumerId } from '../../storage/ports/consumer-id.ts';
import type { DeferredDelivery } from '../../storage/ports/deferred-deliveries.ts';
import type { TrustedReport } from '../../storage/ports/reports.ts';
import { iterateSlices } from '../profiles/iterate-slices.ts';
import { Batch } from './batch.ts';
import type { BatchPlan, Revision } from './batch-plan.ts';
import { decide } from './decide.ts';
import type { Decision, DecisionContext } from './decision.ts';
import { type DecisionDeps, findOldestUnread, findOrders, findOverBudget, loadDecisionContext } from './decision-facts.ts';
import { getBodyBytes, loadEvents, loadPrimaryEvents, readLogRange } from './load-events.ts';
import { PayloadCheck } from './payload-check.ts';
import { addDecision } from './plan-refunds.ts';
import { getRevisionIssues, loadEarlierReports, loadRevisableEvents, type RevisableEvent, reviseEvent } from './revisions.ts';

export interface BatchPlannerOptions extends DecisionDeps {
  /** Returns the offset up to which the identity consumer has read. */
  readonly identityCursor: () => Offset;
  /** Returns the offset after which no event was settled ahead of the cursor. */
  readonly aheadThrough: () => Offset;
  /** Returns whether an earlier payload of the connection did not fit the platform's schema. */
  readonly hasMisfit: () => boolean;
}

const unbounded = { records: Number.POSITIVE_INFINITY, bytes: Number.POSITIVE_INFINITY };
const othersPageRecords = 1_000;
/**
 * Number of records that are loaded and decided before other tasks of the process run. Their events are garbage before the next ones are read,
 * because a member keeps only the payload's text.
 */
export const recordsAtOnce = 125;

/** Makes plans of new requests: from the event log after a cursor, from deferred deliveries, and from trusted reports. */
export class BatchPlanner {
  readonly #o: BatchPlannerOptions;
  readonly #connection: string;
  readonly #payloadCheck: PayloadCheck;

  constructor(options: BatchPlannerOptions) {
    this.#o = options;
    this.#connection = parseConsumerId(options.consumer).connection ?? '';
    this.#payloadCheck = new PayloadCheck(options.destination, options.hasMisfit);
  }

  /** Adds the records after the batch, up to `upTo` at most. Returns whether there were any. */
  async readNext(batch: Batch, upTo: Offset, limit: number): Promise<boolean> {
    const { log, site } = this.#o;
    const records = await readLogRange(log, site.id, batch.through, upTo, limit);
    if (records.length > 0) await this.#fill(batch, records, await loadDecisionContext(this.#o));
    return records.length > 0;
  }

  async planDeferred(deferred: readonly DeferredDelivery[]): Promise<BatchPlan> {
    const { log, site, destination } = this.#o;
    const offsets = deferred.map(({ offset }) => offset);
    const batch = new Batch(undefined, { records: deferred.length, bytes: destination.limits.batchBytes }, 'leave');
    const records = await log.get(site.id, offsets);
    const trustedOnly = new Set(deferred.filter((row) => row.shopOnly).map(({ offset }) => offset));
    await this.#fill(batch, records, { ...(await loadDecisionContext(this.#o)), trustedOnly });
    const present = new Set(records.map(({ offset }) => offset));
    const removed = offsets
      .filter((offset) => !present.has(offset))
      .map((offset) => ({ offset, outcome: 'erased', issues: [] }) as const);
    const plan = batch.plan();
    return { ...plan, skips: [...plan.skips, ...removed] };
  }

  /**
   * Plans events with trusted reports, which overtake the backlog. `late` are primary reports that the connection settled before
   * their trusted reports came. `through` is the end of the search.
   */
  async planTrustedReports(reports: readonly TrustedReport[], through: Offset, late: readonly Offset[] = []): Promise<BatchPlan> {
    const { log, store, site, destination, consumer } = this.#o;
    const batch = new Batch(undefined, { records: Math.max(1, reports.length), bytes: destination.limits.batchBytes });
    const primaries = [...new Set(reports.map(({ primary }) => primary))];
    const readThrough = this.#o.identityCursor();
    const loaded = await loadPrimaryEvents(log, store, site.id, await log.get(site.id, primaries));
    const byOffset = new Map(loaded.map((one) => [one.record.offset, one]));
    const current = await loadDecisionContext(this.#o);
    const orders = await findOrders(loaded, this.#o);
    const context = { ...current, ...orders, ...(await findOldestUnread(loaded, readThrough, current, this.#o)) };
    for (const revisable of (await loadRevisableEvents(late, { consumer, site: site.id, log, store })).values())
      revise(batch, revisable, context);
    const checked = { ...context, payloadCheck: this.#payloadCheck };
    let reached = through;
    for (const [index, { primary }] of reports.entries()) {
      const one = byOffset.get(primary);
      byOffset.delete(primary);
      if (!one || !this.#isForThis(one.record)) continue;
      addDecision(batch, one, decide(one, checked), checked);
      // A member that does not fit stays outside of the batch.
      if (batch.through !== primary) {
        reached = reports[index - 1]?.offset ?? '';
        break;
      }
    }
    return { ...batch.plan(), aheadThrough: reached };
  }

  /** Plans the records of the range that a request covers, except those in it. Events to send become deferred deliveries. */
  async planOthers(cursor: Offset, through: Offset, inRequest: ReadonlySet<Offset>): Promise<BatchPlan> {
    const { log, site } = this.#o;
    const batch = new Batch(cursor, unbounded);
    const context = { ...(await loadDecisionContext(this.#o)), sending: inRequest };
    for (let after = cursor; after < through; ) {
      const records = await readLogRange(log, site.id, after, through, othersPageRecords);
      after = records.at(-1)?.offset ?? through;
      await this.#fill(
        batch,
        records.filter(({ offset }) => !inRequest.has(offset)),
        context,
      );
    }
    const { members, holds, ...plan } = batch.plan();
    const late = members.map(({ offset }) => ({ offset, reason: 'retry', dueAt: context.now, tries: 0 }) as const);
    return { ...plan, through, members: [], holds: [...holds, ...late] };
  }

  /** Reads the key, which outlives the body: signals, and events that rules added for other connections, are not considered. */
  #isForThis({ key }: LogRecord): boolean {
    return isForConnection(key, this.#connection);
  }

  async #fill(batch: Batch, records: readonly LogRecord[], context: DecisionContext): Promise<void> {
    for await (const slice of iterateSlices(records, recordsAtOnce, getBodyBytes)) {
      await this.#fillSlice(batch, slice, context);
      if (batch.full) return;
    }
  }

  async #fillSlice(batch: Batch, records: readonly LogRecord[], context: DecisionContext): Promise<void> {
    const { log, store, site, consumer } = this.#o;
    const settledOffsets = batch.isOfLog ? await this.#settledAhead(records) : new Set<Offset>();
    const open = records.filter(({ offset }) => !settledOffsets.has(offset));
    const readThrough = this.#o.identityCursor();
    const page = await loadEvents(log, store, site.id, open, context.trustedOnly);
    const byOffset = new Map(page.map((loaded) => [loaded.record.offset, loaded]));
    const unread = await findOldestUnread(page, readThrough, context, this.#o);
    const known = { ...(await findOverBudget(page, this.#o)), ...(await findOrders(page, this.#o)) };
    const present = { ...context, ...known, ...unread, now: this.#o.now() };
    const checked = { ...present, payloadCheck: this.#payloadCheck };
    const revisable = await loadEarlierReports(page, { consumer, site: site.id, log, store });
    const time = context.rules && createTimeSlice();
    for (const record of records) {
      if (batch.full) return;
      if (time?.isSpent()) await time.yieldToOthers();
      const loaded = byOffset.get(record.offset);
      if (!loaded) batch.skipSettled(record, present.now);
      else if (!this.#isForThis(record)) batch.pass(record.offset, present.now);
      else {
        const { primary = '' } = loaded;
        const revision = revise(batch, revisable.get(primary), present);
        addDecision(batch, loaded, withIssues(decide(loaded, checked), revision), checked);
      }
    }
  }

  /** Returns the offsets of records that were settled ahead of the cursor. */
  async #settledAhead(records: readonly LogRecord[]): Promise<ReadonlySet<Offset>> {
    const { store, consumer, aheadThrough } = this.#o;
    const through = aheadThrough();
    const offsets = records.map(({ offset }) => offset).filter((offset) => offset <= through);
    if (offsets.length === 0) return new Set();
    const known = await store.getOutcomes(consumer, offsets);
    return new Set(offsets.filter((offset) => known.has(offset) && !known.get(offset)?.isRetired));
  }
}

/** Applies a trusted report to an event that was decided before the report, in this batch or earlier. */
function revise(batch: Batch, revisable: RevisableEvent | undefined, context: DecisionContext): Revision | undefined {
  if (!revisable || batch.isRevised(revisable.event.record.offset) || batch.setAside(revisable.event, context.now))
    return undefined;
  const revision = reviseEvent(revisable, context);
  if (revision) batch.revise(revision);
  return revision;
}

function withIssues(decision: Decision, revision: Revision | undefined): Decision {
  if (!revision || !('skip' in decision)) return decision;
  return { ...decision, skip: { ...decision.skip, issues: [...decision.skip.issues, ...getRevisionIssues(revision)] } };
}
