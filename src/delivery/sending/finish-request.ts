import type { EventResult } from '../../destinations/kit/destination.ts';
import type { Issue } from '../../event/issue.ts';
import type { UnixMs } from '../../event/units.ts';
import type { Offset } from '../../storage/log/event-log.ts';
import type { SettledAttempt } from '../../storage/ports/attempts.ts';
import type { ConnectionState } from '../../storage/ports/connection-state.ts';
import type { DeliveryCommit } from '../../storage/ports/consumers.ts';
import type { DeadLetter } from '../../storage/ports/dead-letters.ts';
import type { DeferredDelivery } from '../../storage/ports/deferred-deliveries.ts';
import type { OutcomeCountChange } from '../../storage/ports/event-counts.ts';
import type { EventOutcomeEntry } from '../../storage/ports/outcomes.ts';
import type { BatchMember } from '../planning/batch-member.ts';
import type { BatchPlan, Revision } from '../planning/batch-plan.ts';
import { countMatches } from '../planning/count-matches.ts';
import { countContested, countDeliveryTimes, countOutcomes, listPurchaseOutcomes } from '../planning/outcome-counts.ts';
import { countRules } from '../planning/rule-counts.ts';
import { createRequeueCommit } from '../replay/requeue.ts';
import { recordSuccess } from './circuit-breaker.ts';
import { countDeadLetters } from './count-errors.ts';
import { toDeferredDelivery } from './defer-members.ts';
import { recordRejections } from './record-rejections.ts';

export interface FinishContext {
  readonly state: ConnectionState;
  readonly now: UnixMs;
  /** The rows of the plan's deferred deliveries; empty if the plan came from the event log. */
  readonly deferred: readonly DeferredDelivery[];
  /** The events whose outcome is `awaiting-verdict` before this commit. Default: none. */
  readonly awaiting?: ReadonlySet<Offset>;
  /** Further events that were delivered before and sent again. Default: none. */
  readonly resent?: ReadonlySet<Offset>;
}

/** The result of one event of a request. */
export type MemberResult = EventResult | { readonly outcome: 'awaiting-verdict'; readonly issues: readonly Issue[] };

/** Settles a processed request: moves the cursor and defers the events that are not done. */
export function finishRequest(
  plan: BatchPlan,
  ended: readonly (readonly [BatchMember, MemberResult | undefined])[],
  waiting: readonly DeferredDelivery[],
  context: FinishContext,
  attempt?: SettledAttempt,
): DeliveryCommit {
  const { state, now, deferred, awaiting = new Set(), resent = new Set() } = context;
  const { trusted = new Set(), misfits = new Set(), purchases = new Set(), passed = [] } = plan;
  const rejected: DeadLetter[] = [];
  const outcomes: EventOutcomeEntry[] = [...plan.skips];
  const delivered: BatchMember[] = [];
  /** Events that the platform refused with a browser's fields. */
  const trustedOnly: DeferredDelivery[] = [];
  for (const [member, settled] of ended) {
    const { offset, eventName, eventId, bytes, issues: mapped } = member;
    const issues = [...mapped, ...(settled?.issues ?? [])];
    // A missing result is no acceptance. An erased event has no bytes, so it becomes no dead letter.
    const result = settled?.outcome ?? 'unverified';
    if (result === 'rejected' && bytes.byteLength === 0) outcomes.push({ offset, outcome: 'erased', issues: [] });
    else if (result === 'rejected' && member.isMerged)
      trustedOnly.push(toTrustedOnly(toDeferredDelivery(offset, { deferred, trusted }), now));
    else if (result === 'rejected') rejected.push({ offset, cause: 'rejected', issues, eventName, eventId, bytes, at: now });
    else outcomes.push({ offset, outcome: result === 'delivered' && member.isAdjustment ? 'restated' : result, issues });
    if (result === 'delivered') delivered.push(member);
  }
  const deadLetters = [...plan.deadLetters, ...rejected];
  for (const { offset, issues } of deadLetters) outcomes.push({ offset, outcome: 'dead', issues });
  const again = new Set([...resent, ...deferred.filter((row) => row.isResend).map(({ offset }) => offset)]);
  const wereTrustedOnly = new Set(deferred.filter((row) => row.shopOnly).map(({ offset }) => offset));
  const putDeferred = [...plan.holds, ...waiting, ...trustedOnly].map((one) => ({
    ...one,
    ...(again.has(one.offset) && { isResend: true as const }),
    ...(trusted.has(one.offset) && { isTrusted: true as const }),
    ...(wereTrustedOnly.has(one.offset) && { shopOnly: true as const }),
  }));
  const known = new Set(deferred.map(({ offset }) => offset));
  for (const { offset } of putDeferred) if (!known.has(offset)) outcomes.push({ offset, outcome: 'waiting', issues: [] });

  const stay = new Set(putDeferred.map(({ offset }) => offset));
  const settledHere = new Set(outcomes.map(({ offset }) => offset));
  const removeDeferred = [...known].filter((offset) => settledHere.has(offset) && !stay.has(offset));
  const next = recordRejections(moveCursor(state, plan), outcomes, deadLetters, { trusted, misfits }, now);
  const revised = settleRevisions(plan.revisions ?? [], next, now);
  const before = (offset: Offset): OutcomeCountChange['outcome'] | undefined => {
    if (awaiting.has(offset)) return 'awaiting-verdict';
    if (known.has(offset)) return 'waiting';
    return plan.through === undefined && offset > state.cursor ? 'ahead' : undefined;
  };
  // Resent events were counted before. A refund is no event of a shopper, and waits for its purchase.
  const firstDelivered = delivered.filter(({ offset, isAdjustment }) => !again.has(offset) && !isAdjustment);
  const isTaken = attempt !== undefined && attempt.result !== 'blocked';
  return {
    state: attempt ? { ...next, breaker: recordSuccess(state.breaker, now), ...(isTaken && { takenAt: now }) } : next,
    ...(attempt && { settle: attempt }),
    putDeferred: [...putDeferred, ...revised.putDeferred],
    removeDeferred,
    deadLetters,
    ...(revised.removeDeadLetters.length > 0 && { removeDeadLetters: revised.removeDeadLetters }),
    outcomes: [...outcomes.map((entry) => withRules(entry, plan.rules)), ...revised.outcomes].toSorted((a, b) =>
      a.offset < b.offset ? -1 : 1,
    ),
    counts: [
      ...countOutcomes(
        [...outcomes, ...passed.map((offset) => ({ offset, outcome: 'ahead' as const }))],
        before,
        plan.receivedAt,
      ),
      ...countContested(
        outcomes.filter(({ offset }) => !awaiting.has(offset) && !again.has(offset)),
        purchases,
        plan.revisions ?? [],
        now,
      ),
      ...revised.counts,
    ],
    purchases: [...listPurchaseOutcomes(outcomes, (offset) => purchases.has(offset)), ...revised.purchases],
    deliveredOrders: delivered.flatMap(({ order }) => order ?? []),
    putUploads: plan.uploads ?? [],
    restatedOrders: delivered.flatMap(({ restated }) => restated ?? []),
    ...(deadLetters.length > 0 && { errors: countDeadLetters(deadLetters, now) }),
    ruleCounts: [...countRules(outcomes, plan.rules, awaiting, plan.receivedAt), ...revised.ruleCounts],
    matches: countMatches(firstDelivered),
    deliveryTimes: countDeliveryTimes(
      firstDelivered.map(({ offset }) => offset),
      plan.receivedAt,
      now,
    ),
  };
}

/** Adds the rules that applied to an event to its outcome. A deferred delivery is decided again, by the rules of that time. */
function withRules(entry: EventOutcomeEntry, rules: BatchPlan['rules']): EventOutcomeEntry {
  const applied = entry.outcome === 'waiting' ? undefined : rules?.get(entry.offset);
  return applied ? { ...entry, rules: applied } : entry;
}

/** Requeues events, or adds issues to their outcomes, in the commit that passes the trusted reports. */
function settleRevisions(
  revisions: readonly Revision[],
  state: ConnectionState,
  now: UnixMs,
): Required<Pick<DeliveryCommit, 'putDeferred' | 'removeDeadLetters' | 'outcomes' | 'counts' | 'purchases' | 'ruleCounts'>> {
  const requeued = revisions.filter(({ change }) => change === 'requeue');
  const known = new Map(requeued.map((one) => [one.primary.offset, one.stored]));
  const {
    putDeferred = [],
    removeDeadLetters = [],
    outcomes = [],
    counts = [],
    purchases = [],
    ruleCounts = [],
  } = createRequeueCommit(
    requeued.map(({ primary: first }) => first),
    known,
    state,
    now,
  );
  const notes = revisions.flatMap(({ primary: { offset }, stored: { outcome, issues, rules }, change }): EventOutcomeEntry[] =>
    change === 'requeue' ? [] : [{ offset, outcome, issues: [...issues, ...change.note], ...(rules && { rules }) }],
  );
  return {
    putDeferred: putDeferred.map((row) => ({ ...row, isTrusted: true as const })),
    removeDeadLetters,
    outcomes: [...outcomes, ...notes],
    counts,
    purchases,
    ruleCounts,
  };
}

/** Moves the main cursor, or the end of the search for trusted reports. */
function moveCursor({ ahead, ...state }: ConnectionState, { through, aheadThrough }: BatchPlan): ConnectionState {
  const cursor = through ?? state.cursor;
  const next =
    aheadThrough === undefined
      ? ahead
      : { cursor: aheadThrough, through: ahead && ahead.through > aheadThrough ? ahead.through : aheadThrough };
  return { ...state, cursor, ...(next && next.through > cursor && { ahead: next }) };
}

function toTrustedOnly(row: Pick<DeferredDelivery, 'offset' | 'tries' | 'isTrusted'>, dueAt: UnixMs): DeferredDelivery {
  return { ...row, reason: 'retry', dueAt, shopOnly: true };
}
