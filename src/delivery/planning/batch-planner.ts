import type { BoundDestination } from '../../destinations/kit/destination.ts';
import type { BrowserBudget } from '../../event/browser-budget.ts';
import { isForConnection, isPurchaseKey, parseEventKey } from '../../event/event-key.ts';
import { isAdjustmentName } from '../../event/event-names.ts';
import { hasSignedSender } from '../../event/hook.ts';
import type { AppliedRules } from '../../event/rule.ts';
import type { Site } from '../../event/site.ts';
import { dayMs, secondMs, type UnixMs } from '../../event/units.ts';
import type { CompiledRules } from '../../rules/evaluate.ts';
import { createTimeSlice } from '../../rules/time-slice.ts';
import type { EventLog, LogRecord, Offset } from '../../storage/log/event-log.ts';
import type { OpenAttempt } from '../../storage/ports/attempts.ts';
import { type ConsumerId, parseConsumerId } from '../../storage/ports/consumer-id.ts';
import type { DeadLetter } from '../../storage/ports/dead-letters.ts';
import type { DeferredDelivery } from '../../storage/ports/deferred-deliveries.ts';
import type { EventOutcomeEntry } from '../../storage/ports/outcomes.ts';
import type { Receipt } from '../../storage/ports/receipts.ts';
import type { TrustedReport } from '../../storage/ports/reports.ts';
import { getClockTrustEnd } from '../../storage/ports/retention.ts';
import type { Store } from '../../storage/ports/store.ts';
import type { NewUpload } from '../../storage/ports/uploads.ts';
import { findPurchasesOverBudget } from '../profiles/browser-budget.ts';
import { iterateSlices } from '../profiles/iterate-slices.ts';
import { Batch } from './batch.ts';
import { memberFromAttempt } from './batch-member.ts';
import type { BatchPlan, Revision } from './batch-plan.ts';
import { decide } from './decide.ts';
import { getTarget } from './decide-adjustment.ts';
import type { Decision, DecisionContext, Eligibility } from './decision.ts';
import { getHoldEnd } from './hold-end.ts';
import { findDeliveredReports, toLostUpload } from './late-purchase.ts';
import { getBodyBytes, loadEvents, loadPrimaryEvents, readLogRange } from './load-events.ts';
import { isBrowserPurchase, isDenied, isTrustedEvent, type LoadedEvent } from './loaded-event.ts';
import { getOrderId, isPurchase, loadOrderFacts } from './order-facts.ts';
import { PayloadCheck } from './payload-check.ts';
import { addDecision, lacksPurchase, listAllRefundRevisions, selectRevisions, withRestatedOrder } from './plan-refunds.ts';
import { getRevisionIssues, loadEarlierReports, loadRevisableEvents, type RevisableEvent, reviseEvent } from './revisions.ts';

export interface BatchPlannerOptions {
  readonly site: Pick<Site, 'id' | 'bots' | 'purchaseHoldSeconds' | 'purchases' | 'timeZone' | 'webhooks' | 'hooks'>;
  readonly destination: BoundDestination;
  /** The rules of the site and the connection; absent if there are none. */
  readonly rules?: CompiledRules;
  readonly consumer: ConsumerId;
  readonly log: EventLog;
  readonly store: Store;
  readonly now: () => UnixMs;
  /** The site's daily budget for events that only browsers report; unlimited if absent. */
  readonly browserBudget?: BrowserBudget;
  /** Returns the offset up to which the identity consumer has read. */
  readonly identityCursor: () => Offset;
  /** Returns the offset after which no event was settled ahead of the cursor. */
  readonly aheadThrough: () => Offset;
  /** Returns the offset up to which events were received before the connection existed. */
  readonly beginsAfter: () => Offset;
  /** Returns whether an earlier payload of the connection did not fit the platform's schema. */
  readonly hasMisfit: () => boolean;
}

/** The rows of events that retention removes. `lost` is not sent any more. */
export interface PlannedUploads {
  readonly uploads: readonly NewUpload[];
  readonly lost: readonly NewUpload[];
}

const noUploads: PlannedUploads = { uploads: [], lost: [] };

/** The decision about a record that is not in the event log. */
export interface UnstoredDecision {
  readonly decision: Decision;
  /** The end of its wait for another report or for consent. */
  readonly heldUntil?: UnixMs;
}

const autoHoldMs = 90 * secondMs;
const reporterMemoryMs = 7 * dayMs;
const unbounded = { records: Number.POSITIVE_INFINITY, bytes: Number.POSITIVE_INFINITY };
const othersPageRecords = 1_000;
/**
 * Number of records that are loaded and decided before other tasks of the process run. Their events are garbage before the next ones are read,
 * because a member keeps only the payload's text.
 */
const recordsAtOnce = 125;

/** Makes plans from the event log after a cursor, from deferred deliveries, from trusted reports, and for a request that is sent again. */
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
    if (records.length > 0) await this.#fill(batch, records, await this.#context());
    return records.length > 0;
  }

  /** Decides whether events could be sent now. Signals and duplicates are left out. */
  async checkEligibility(records: readonly LogRecord[]): Promise<readonly Eligibility[]> {
    const { log, store, site } = this.#o;
    const events = records.filter((record) => this.#isForThis(record));
    const loaded = await loadEvents(log, store, site.id, events);
    const context = { ...(await this.#context()), ...(await this.#findOverBudget(loaded)), ...(await this.#findOrders(loaded)) };
    return loaded
      .filter(({ isDuplicate }) => !isDuplicate)
      .map((one) => ({ record: one.record, verdict: toEligibility(one.record, decide(one, context)) }));
  }

  /**
   * Returns the rows of events that retention removes before they were delivered: late purchases, and refunds of uploaded ones. `lost` has the
   * purchases that cannot be decided.
   */
  async planUploads(records: readonly LogRecord[]): Promise<PlannedUploads> {
    const { log, store, site, destination, now } = this.#o;
    const isUploaded = ({ key }: LogRecord) => isPurchaseKey(key) || isAdjustmentName(parseEventKey(key).name);
    const named = destination.late ? records.filter((record) => this.#isForThis(record) && isUploaded(record)) : [];
    if (named.length === 0) return noUploads;
    const loaded = await loadEvents(log, store, site.id, named);
    const known = { ...(await this.#findOverBudget(loaded)), ...(await this.#findOrders(loaded)) };
    const context = { ...(await this.#context()), ...known };
    const uploads: NewUpload[] = [];
    const lost: NewUpload[] = [];
    for (const one of loaded) {
      try {
        const decision = decide(one, context);
        // No hold outlives the event.
        const final = 'hold' in decision ? decide(one, { ...context, now: decision.hold.dueAt }) : decision;
        uploads.push(...(final.uploads ?? []));
      } catch {
        if (one.event?.name === 'Purchase' && !one.isDuplicate) lost.push(toLostUpload(one.record.offset, one.event, now()));
      }
    }
    return { uploads, lost };
  }

  /**
   * Decides about records that are not in the event log, and stores nothing. A hold is followed by the decision at its end. `heldUntil` is that
   * end.
   */
  async decideUnstored(records: readonly LogRecord[]): Promise<readonly UnstoredDecision[]> {
    const { log, store, site } = this.#o;
    const loaded = await loadPrimaryEvents(log, store, site.id, records);
    const known = { ...(await this.#context()), ...(await this.#findOrders(loaded)) };
    const context = { ...known, payloadCheck: this.#payloadCheck };
    const time = createTimeSlice();
    const decided: UnstoredDecision[] = [];
    for (const one of loaded) {
      if (time.isSpent()) await time.yieldToOthers();
      const decision = decide(one, context);
      const heldUntil = 'hold' in decision && decision.hold.reason !== 'retry' ? decision.hold.dueAt : undefined;
      decided.push(heldUntil === undefined ? { decision } : { decision: decide(one, { ...context, now: heldUntil }), heldUntil });
    }
    return decided;
  }

  async planDeferred(deferred: readonly DeferredDelivery[]): Promise<BatchPlan> {
    const { log, site, destination } = this.#o;
    const offsets = deferred.map(({ offset }) => offset);
    const batch = new Batch(undefined, { records: deferred.length, bytes: destination.limits.batchBytes }, 'leave');
    const records = await log.get(site.id, offsets);
    const trustedOnly = new Set(deferred.filter((row) => row.shopOnly).map(({ offset }) => offset));
    await this.#fill(batch, records, { ...(await this.#context()), trustedOnly });
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
    const current = await this.#context();
    const orders = await this.#findOrders(loaded);
    const context = { ...current, ...orders, ...(await this.#findOldestUnread(loaded, readThrough, current)) };
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

  /**
   * Plans a request without a known result again: its events except those that must not be sent again, and the other records up
   * to its cursor. Members have no payload, because the stored body contains it.
   */
  async planResend(open: OpenAttempt, cursor: Offset): Promise<BatchPlan> {
    const { log, store, site, destination } = this.#o;
    const { offsets, cursorAfter: through, rules = [], left: values = [] } = open;
    const sent = destination.unpack(open.body);
    const others = through === undefined ? emptyPlan : await this.#planOthers(cursor, through, new Set(offsets));
    const records = await log.get(site.id, offsets);
    const loaded = await loadEvents(log, store, site.id, records);
    const { orders } = await this.#findOrders(loaded);
    const { skips, holds, deadLetters } = await this.#findRemoved(loaded, { ...(await this.#context()), orders });
    const removed = new Set([...skips, ...holds, ...deadLetters].map(({ offset }) => offset));
    const left = new Map(loaded.map((one) => [one.record.offset, one]));
    return {
      ...others,
      members: offsets
        .filter((offset) => !removed.has(offset))
        .map((offset) => {
          const one = left.get(offset);
          const index = offsets.indexOf(offset);
          const payload = sent[index] ?? null;
          const value = values[index] ?? undefined;
          const member = memberFromAttempt(
            one?.record ?? noRecord(offset),
            payload,
            { destination, timeZone: site.timeZone },
            one,
            rules[index],
            { left: value, target: () => getTarget(destination, payload) },
          );
          return one ? withRestatedOrder(member, orders.get(getOrderId(one) ?? ''), value) : member;
        }),
      skips: [...others.skips, ...skips],
      holds: [...others.holds, ...holds],
      deadLetters: [...others.deadLetters, ...deadLetters],
      revisions: selectRevisions(
        [...(others.revisions ?? []), ...listAllRefundRevisions(loaded, orders)],
        [...[...others.skips, ...others.holds, ...others.deadLetters], ...[...skips, ...holds, ...deadLetters]],
      ),
      trusted: new Set([...(others.trusted ?? []), ...loaded.filter(isTrustedEvent).map(({ record }) => record.offset)]),
      purchases: new Set([...(others.purchases ?? []), ...loaded.filter(isPurchase).map(({ record }) => record.offset)]),
      receivedAt: new Map([...others.receivedAt, ...records.map(({ offset, at }) => [offset, at] as const)]),
      rules: new Map([...(others.rules ?? []), ...zipRules(offsets, rules)]),
    };
  }

  /**
   * Loads the events of a request that the platform received, to settle them by a later verdict.
   * @param stored their outcomes, with the rules that applied when they were sent
   */
  async planReceipt({ members }: Receipt, stored: ReadonlyMap<Offset, EventOutcomeEntry>): Promise<BatchPlan> {
    const { log, store, site, destination } = this.#o;
    const records = await log.get(
      site.id,
      members.map(({ offset }) => offset),
    );
    const loaded = new Map((await loadEvents(log, store, site.id, records)).map((one) => [one.record.offset, one]));
    const { orders } = await this.#findOrders([...loaded.values()]);
    return {
      ...emptyPlan,
      members: members.map(({ offset, isMerged, left, target }) => {
        const one = loaded.get(offset);
        // The request's body is no longer stored, so its keys are those of the event as it would be mapped now.
        const mapped = one?.event && destination.map(one.event);
        const sent = mapped && 'payload' in mapped ? mapped.payload : null;
        const { isMerged: _, ...member } = memberFromAttempt(
          one?.record ?? noRecord(offset),
          sent,
          { destination, timeZone: site.timeZone },
          one,
          stored.get(offset)?.rules,
          { left, target: () => target },
        );
        const restated = one ? withRestatedOrder(member, orders.get(getOrderId(one) ?? ''), left) : member;
        return { ...restated, ...(isMerged && { isMerged }) };
      }),
      revisions: selectRevisions(listAllRefundRevisions([...loaded.values()], orders), []),
      trusted: new Set([...loaded.values()].filter(isTrustedEvent).map(({ record }) => record.offset)),
      purchases: new Set([...loaded.values()].filter(isPurchase).map(({ record }) => record.offset)),
      receivedAt: new Map(records.map(({ offset, at }) => [offset, at])),
    };
  }

  /** Plans the other records of the range that the request covers. Events to send become deferred deliveries. */
  async #planOthers(cursor: Offset, through: Offset, inRequest: ReadonlySet<Offset>): Promise<BatchPlan> {
    const { log, site } = this.#o;
    const batch = new Batch(cursor, unbounded);
    const context = { ...(await this.#context()), sending: inRequest };
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

  /**
   * Returns the events that must not be sent again: expired and erased ones, those that are expired by a suspect clock and so wait, and events
   * that are decided again because the shopper denied, a browser's report was erased, or the purchase of a refund is no longer kept. All others
   * are sent unchanged.
   */
  async #findRemoved(
    members: readonly LoadedEvent[],
    context: DecisionContext,
  ): Promise<Pick<BatchPlan, 'skips' | 'holds' | 'deadLetters'>> {
    const removed = { skips: [] as EventOutcomeEntry[], holds: [] as DeferredDelivery[], deadLetters: [] as DeadLetter[] };
    const time = context.rules && createTimeSlice();
    for await (const slice of iterateSlices(members, recordsAtOnce, ({ record }) => getBodyBytes(record)))
      for (const loaded of slice) {
        if (time?.isSpent()) await time.yieldToOthers();
        const { offset, body } = loaded.record;
        const decision = decide(loaded, context);
        if ('skip' in decision && 'redacted' in body) removed.skips.push(decision.skip);
        else if ('deadLetter' in decision && decision.deadLetter.cause !== 'rejected')
          removed.deadLetters.push(decision.deadLetter);
        else if ('isSeeminglyExpired' in decision) removed.holds.push(decision.hold);
        else if (isDenied(loaded) || loaded.absentReason === 'erased-report' || lacksPurchase(loaded, context.orders))
          removed.holds.push({ offset, reason: 'retry', dueAt: context.now, tries: 0 });
      }
    return removed;
  }

  /**
   * Returns the current context of decisions. A purchase is not held if the site has only one source of purchases. It is always held if the
   * site has webhooks, because either report may be first, and only the browser knows the shopper's consent.
   */
  async #context(): Promise<DecisionContext> {
    const { destination, site, store, log } = this.#o;
    const now = this.#o.now();
    const { purchaseHoldSeconds: hold } = site;
    const holdMs = hold === 'auto' ? autoHoldMs : hold * secondMs;
    const isHeld = hasSignedSender(site) || (await store.getPurchaseReporters(site.id, now - reporterMemoryMs)).length > 1;
    const clockTrustedUntil = getClockTrustEnd(await store.getLastSweep(site.id));
    const purchaseHoldMs = isHeld ? holdMs : 0;
    const { bots, purchases, timeZone } = site;
    const rules = this.#o.rules ? { rules: this.#o.rules } : {};
    const { isFedBySpools = false } = log;
    return { destination, bots, purchaseHoldMs, purchases, timeZone, now, clockTrustedUntil, isFedBySpools, ...rules };
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
    const unread = await this.#findOldestUnread(page, readThrough, context);
    const known = { ...(await this.#findOverBudget(page)), ...(await this.#findOrders(page)) };
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

  /** Looks for reports after `readThrough`, if an event of the page is held at all. */
  async #findOldestUnread(
    page: readonly LoadedEvent[],
    readThrough: Offset,
    context: DecisionContext,
  ): Promise<Pick<DecisionContext, 'oldestUnreadAt'>> {
    const { log, site } = this.#o;
    const isHeld = ({ event, record, loggedAt }: LoadedEvent) =>
      event !== undefined && getHoldEnd(event, loggedAt ?? record.at, context) > 0;
    if (!page.some(isHeld)) return {};
    const { records } = await log.read(site.id, readThrough, { records: 1, bytes: 1 });
    return records[0] ? { oldestUnreadAt: records[0].at } : {};
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

  async #findOrders(loaded: readonly LoadedEvent[]): Promise<Required<Pick<DecisionContext, 'orders' | 'deliveredBefore'>>> {
    const { site, log, store, consumer, beginsAfter } = this.#o;
    const deps = { consumer, site: site.id, log, store, beginsAfter: beginsAfter() };
    return { orders: await loadOrderFacts(loaded, deps), deliveredBefore: await findDeliveredReports(loaded, deps) };
  }

  async #findOverBudget(loaded: readonly LoadedEvent[]): Promise<Pick<DecisionContext, 'isOverBudget'>> {
    const { browserBudget, log, store, site } = this.#o;
    const purchases = loaded.filter(({ event }) => event && isBrowserPurchase(event)).map(({ record }) => record);
    if (!browserBudget || purchases.length === 0) return {};
    return { isOverBudget: await findPurchasesOverBudget(purchases, browserBudget.purchases, { site: site.id, log, store }) };
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

function toEligibility({ body }: LogRecord, decision: Decision): Eligibility['verdict'] {
  if ('redacted' in body) return 'gone';
  if ('corrupt' in body) return 'damaged';
  if ('deadLetter' in decision && decision.deadLetter.cause === 'expired') return 'too-old';
  if ('skip' in decision && decision.skip.outcome === 'too-old-on-arrival') return 'too-old';
  return 'skip' in decision ? 'skipped' : 'eligible';
}

function zipRules(
  offsets: readonly Offset[],
  rules: NonNullable<OpenAttempt['rules']>,
): readonly (readonly [Offset, AppliedRules])[] {
  return offsets.flatMap((offset, index) => {
    const applied = rules[index];
    return applied ? [[offset, applied] as const] : [];
  });
}

function noRecord(offset: Offset): LogRecord {
  return { offset, key: '', at: 0, body: { redacted: true } };
}

const emptyPlan: BatchPlan = { members: [], skips: [], holds: [], deadLetters: [], receivedAt: new Map() };

/**
 * Returns whether a stored request has as many payloads as events, each event once, and all of them after the cursor if it moves
 * the cursor. Offsets of earlier versions have no checksum, and wrong ones would settle other events.
 */
export function isAttemptConsistent(
  { offsets, cursorAfter: through, body }: OpenAttempt,
  cursor: Offset,
  { unpack }: Pick<BoundDestination, 'unpack'>,
): boolean {
  if (offsets.length === 0 || new Set(offsets).size !== offsets.length) return false;
  if (through !== undefined && !offsets.every((offset) => cursor < offset && offset <= through)) return false;
  return unpack(body).length === offsets.length;
}
