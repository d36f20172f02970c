import type { BoundDestination } from '../../destinations/kit/destination.ts';
import type { AppliedRules } from '../../event/rule.ts';
import { createTimeSlice } from '../../rules/time-slice.ts';
import type { LogRecord, Offset } from '../../storage/log/event-log.ts';
import type { OpenAttempt } from '../../storage/ports/attempts.ts';
import type { DeadLetter } from '../../storage/ports/dead-letters.ts';
import type { DeferredDelivery } from '../../storage/ports/deferred-deliveries.ts';
import type { EventOutcomeEntry } from '../../storage/ports/outcomes.ts';
import type { Receipt } from '../../storage/ports/receipts.ts';
import { iterateSlices } from '../profiles/iterate-slices.ts';
import { memberFromAttempt } from './batch-member.ts';
import type { BatchPlan } from './batch-plan.ts';
import { type BatchPlanner, recordsAtOnce } from './batch-planner.ts';
import { decide } from './decide.ts';
import { getTarget } from './decide-adjustment.ts';
import type { DecisionContext } from './decision.ts';
import { type DecisionDeps, findOrders, loadDecisionContext } from './decision-facts.ts';
import { getBodyBytes, loadEvents } from './load-events.ts';
import { isDenied, isTrustedEvent, type LoadedEvent } from './loaded-event.ts';
import { getOrderId, isPurchase } from './order-facts.ts';
import { lacksPurchase, listAllRefundRevisions, selectRevisions, withRestatedOrder } from './plan-refunds.ts';

export interface AttemptPlannerDeps extends DecisionDeps {
  /** Plans the other records of the range that a request covers. */
  readonly planOthers: BatchPlanner['planOthers'];
}

/** Plans requests that were stored before: one that is sent again, and one whose verdict comes later. */
export class AttemptPlanner {
  readonly #o: AttemptPlannerDeps;

  constructor(deps: AttemptPlannerDeps) {
    this.#o = deps;
  }

  /**
   * Plans a request without a known result again: its events except those that must not be sent again, and the other records up
   * to its cursor. Members have no payload, because the stored body contains it.
   */
  async planResend(open: OpenAttempt, cursor: Offset): Promise<BatchPlan> {
    const { log, store, site, destination, planOthers } = this.#o;
    const { offsets, cursorAfter: through, rules = [], left: values = [] } = open;
    const sent = destination.unpack(open.body);
    const others = through === undefined ? emptyPlan : await planOthers(cursor, through, new Set(offsets));
    const records = await log.get(site.id, offsets);
    const loaded = await loadEvents(log, store, site.id, records);
    const { orders } = await findOrders(loaded, this.#o);
    const { skips, holds, deadLetters } = await this.#findRemoved(loaded, { ...(await loadDecisionContext(this.#o)), orders });
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
    const { orders } = await findOrders([...loaded.values()], this.#o);
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
