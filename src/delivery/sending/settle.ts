import type { ResponseVerdict } from '../../destinations/kit/destination.ts';
import { isAccepted } from '../../destinations/kit/foreign-response.ts';
import type { Issue } from '../../event/issue.ts';
import { minuteMs, type UnixMs } from '../../event/units.ts';
import type { SettledAttempt } from '../../storage/ports/attempts.ts';
import type { ConnectionState } from '../../storage/ports/connection-state.ts';
import type { DeliveryCommit } from '../../storage/ports/consumers.ts';
import type { DeferredDelivery } from '../../storage/ports/deferred-deliveries.ts';
import type { ReceiptMember } from '../../storage/ports/receipts.ts';
import type { BatchPlan } from '../planning/batch-plan.ts';
import { getUnconfirmed, type RequestOutcome, toSettledAttempt } from './attempt-result.ts';
import { deferralDelayMs, getNextProbeTime, maxProbeIntervalMs } from './backoff.ts';
import { countFailedRequest } from './count-errors.ts';
import { dropProof } from './credential-proof.ts';
import { type DeferralContext, deferHalves, deferRest, toDeferredDelivery } from './defer-members.ts';
import { finishRequest } from './finish-request.ts';
import { getRepeatedBlock } from './repeated-block.ts';
import { obeyRequestedWait, readAskedMs, recordFailedRequest } from './requested-wait.ts';
import type { SettleContext } from './settle-context.ts';
import { recordConfirmation, settleUnconfirmed } from './settle-unconfirmed.ts';

/** Number of tries that a trusted event has at least after a rejected test request, so that the next test takes other events. */
const triesBeforeProbe = 5;

/** The results of requests that did not get the events to the platform. */
const failedResults: ReadonlySet<SettledAttempt['result']> = new Set(['retry', 'blocked', 'unknown']);

/** Turns a plan and the outcome of its request into one commit. Handles every verdict of a destination. */
export function settle(plan: BatchPlan, requestOutcome: RequestOutcome, context: SettleContext): DeliveryCommit {
  const commit = settleOutcome(plan, requestOutcome, context);
  const state = recordConfirmation(commit, requestOutcome, context);
  const { now, maxAgeMs } = context;
  const isFailed = commit.errors === undefined && commit.settle !== undefined && failedResults.has(commit.settle.result);
  return {
    ...commit,
    state: obeyRequestedWait(state, now, readAskedMs(requestOutcome, now, maxAgeMs)),
    ...(isFailed && { errors: countFailedRequest(plan.members, requestOutcome, now) }),
  };
}

function settleOutcome(plan: BatchPlan, requestOutcome: RequestOutcome, context: SettleContext): DeliveryCommit {
  const { state, now, random } = context;
  const attemptResult = toSettledAttempt(requestOutcome, context.attemptId, now);
  // A response that is no verdict on these bytes leaves the earlier doubt, so the same bytes must follow.
  const isInDoubt = context.inDoubt || isCutSuccess(requestOutcome);
  const isUndecided = isInDoubt && (attemptResult.result === 'retry' || attemptResult.result === 'blocked');
  const attempt: SettledAttempt = isUndecided ? { ...attemptResult, result: 'unknown' } : attemptResult;
  const failed = (waitMs?: number): DeliveryCommit => ({
    state: recordFailedRequest(state, now, random, waitMs, toAnswer(requestOutcome)),
    settle: attempt,
    putDeferred: attempt.result === 'unknown' ? [] : context.deferred.map((row) => reschedule(row, now, random)),
  });

  if ('verdict' in requestOutcome && 'blocked' in requestOutcome.verdict && 'isFinal' in requestOutcome.verdict)
    return settleBlock(plan, requestOutcome.verdict, context, attempt, attemptResult);
  if (state.pause?.cause === 'schema') return settleProbe(plan, requestOutcome, context, attempt, failed);
  if ('unknown' in requestOutcome || 'notSent' in requestOutcome) return failed();
  const { verdict } = requestOutcome;
  const unconfirmed = getUnconfirmed(requestOutcome);
  if (unconfirmed) return settleUnconfirmed(plan, unconfirmed, context, attempt, failed);
  if ('retry' in verdict) return failed();
  if ('blocked' in verdict) return settleBlock(plan, verdict, context, attempt, attemptResult);
  if ('accepted' in verdict) return settleAccepted(plan, verdict.accepted, context, attempt);
  if ('settled' in verdict)
    return finishRequest(
      plan,
      plan.members.map((member, index) => [member, verdict.settled[index]] as const),
      [],
      context,
      attempt,
    );
  if ('rejectRows' in verdict && verdict.rejectRows.size > 0) {
    const rejected = plan.members.flatMap((member, index) => {
      const issues = verdict.rejectRows.get(index);
      return issues ? [[member, { outcome: 'rejected', issues }] as const] : [];
    });
    const others = plan.members.filter((_, index) => !verdict.rejectRows.has(index));
    return finishRequest(plan, rejected, deferRest(others, toDeferralContext(plan, context)), context, attempt);
  }
  const [only, second] = plan.members;
  const reasons = 'bisect' in verdict ? verdict.bisect : [];
  if (only && !second)
    return finishRequest(
      plan,
      [[only, { outcome: 'rejected', issues: reasons.length > 0 ? reasons : [refusedIssue] }]],
      [],
      context,
      attempt,
    );
  return finishRequest(plan, [], deferHalves(plan.members, toDeferralContext(plan, context)), context, attempt);
}

/** Returns whether the platform answered with a success that was cut off. It may have taken the events, as without any response. */
function isCutSuccess(requestOutcome: RequestOutcome): boolean {
  const response = 'response' in requestOutcome ? requestOutcome.response : undefined;
  return response?.incomplete === 'cut' && isAccepted(response.status);
}

/** Returns the status of a response, or the code of a request without one. */
function toAnswer(requestOutcome: RequestOutcome): Pick<ConnectionState['breaker'], 'status' | 'code'> {
  if ('notSent' in requestOutcome) return { code: requestOutcome.notSent };
  if ('unknown' in requestOutcome) return { code: requestOutcome.unknown };
  return requestOutcome.response ? { status: requestOutcome.response.status } : {};
}

/** Longer tickets are not kept, because the platform's text may be hostile. */
const maxTicketChars = 1_024;

/** Settles a request that was received and whose verdict comes later. Events without a usable ticket cannot be verified. */
function settleAccepted(
  plan: BatchPlan,
  { ticket, issues }: Extract<ResponseVerdict, { readonly accepted: unknown }>['accepted'],
  context: SettleContext,
  attempt: SettledAttempt,
): DeliveryCommit {
  const { now, firstAskAt, deferred } = context;
  if (firstAskAt === undefined || ticket === '' || ticket.length > maxTicketChars) {
    const result = { outcome: 'unverified', issues: [...issues, noTicketIssue] } as const;
    const ended = plan.members.map((member) => [member, result] as const);
    return finishRequest(plan, ended, [], context, { ...attempt, result: 'unverified' });
  }
  const result = { outcome: 'awaiting-verdict', issues } as const;
  const ended = plan.members.map((member) => [member, result] as const);
  const rows = new Map(deferred.map((row) => [row.offset, row]));
  const members = plan.members.map(({ offset, isMerged, order, restated }): ReceiptMember => {
    const row = rows.get(offset);
    const { left, target } = order?.purchase ?? { left: restated?.left };
    const flags = { ...(isMerged && !row?.shopOnly && { isMerged }), ...(row?.isResend && { isResend: true as const }) };
    return { offset, ...flags, ...(left !== undefined && { left }), ...(target !== undefined && { target }) };
  });
  const putReceipt = { attempt: attempt.id, ticket, receivedAt: now, askAt: firstAskAt, asks: 0, members };
  return { ...finishRequest(plan, ended, [], context, attempt), putReceipt };
}

/** Settles a plan without a request. */
export function settleWithoutSending(
  plan: BatchPlan,
  deferred: readonly DeferredDelivery[],
  state: ConnectionState,
  now: UnixMs,
): DeliveryCommit {
  const commit = finishRequest(plan, [], [], { state, now, deferred });
  const isRejected = plan.deadLetters.some(({ cause }) => cause === 'rejected');
  return isRejected ? { ...commit, state: postponeProbe(commit.state, now) } : commit;
}

/**
 * Pauses the blocked connection. If only the content may have been refused, the request is sent once more and then bisected to
 * find the refused event. An event is rejected only if the platform accepted others meanwhile. No further batch is bisected
 * before the platform has accepted a request, so a platform that refuses everything defers one batch at most.
 */
function settleBlock(
  plan: BatchPlan,
  { blocked: issue, isFinal }: { readonly blocked: Issue; readonly isFinal?: true },
  context: SettleContext,
  attempt: SettledAttempt,
  attemptResult: SettledAttempt,
): DeliveryCommit {
  const { state, now, random, deferred, content, inDoubt = false } = context;
  const pauseUntil = (probeAt: UnixMs | null): DeliveryCommit => ({
    state: { ...dropProof(state), pause: { cause: 'blocked', issue, since: getRepeatedBlock(state) ?? now, probeAt } },
    settle: attempt,
  });
  if (isFinal) return pauseUntil(null);
  if (!content || (inDoubt && !content.wasBlockedBefore)) return pauseUntil(getNextProbeTime(now, state.settingsChangedAt));
  if (!content.wasBlockedBefore) return { state, settle: attempt };
  const [only, second] = plan.members;
  if (only && !second && content.isOtherAccepted)
    return finishRequest(plan, [[only, { outcome: 'rejected', issues: [refusedByFirewallIssue] }]], [], context, attemptResult);
  const isFromLog = deferred.length === 0;
  const tookSince = state.bisectedAt === undefined || (state.takenAt ?? Number.NEGATIVE_INFINITY) >= state.bisectedAt;
  if (isFromLog && !tookSince) return pauseUntil(now + minuteMs);
  const isSearched = deferred.some(({ reason: why }) => why === 'bisect');
  if (!isFromLog && !isSearched && !content.isOtherAccepted)
    return { ...pauseUntil(now + minuteMs), putDeferred: deferred.map((one) => reschedule(one, now, random)) };
  const parts = toDeferralContext(plan, context);
  const waiting =
    only && !second
      ? [reschedule({ ...toDeferredDelivery(only.offset, parts), reason: 'retry', dueAt: now }, now, random)]
      : deferHalves(plan.members, parts);
  const commit = finishRequest(plan, [], waiting, context, attemptResult);
  return isFromLog ? { ...commit, state: { ...commit.state, bisectedAt: now } } : commit;
}

/**
 * Settles the test request of a connection that is paused after too many rejections. If all events are delivered, the connection
 * resumes. Otherwise no event becomes a dead letter: refused events wait, and the next test takes others.
 */
function settleProbe(
  plan: BatchPlan,
  requestOutcome: RequestOutcome,
  context: SettleContext,
  attempt: SettledAttempt,
  failed: () => DeliveryCommit,
): DeliveryCommit {
  const { now, random } = context;
  const verdict = 'verdict' in requestOutcome ? requestOutcome.verdict : undefined;
  const unconfirmed = getUnconfirmed(requestOutcome);
  if (unconfirmed) {
    const commit = settleUnconfirmed(plan, unconfirmed, context, attempt, failed);
    // The platform rejects no longer, so the next requests need no test.
    if (commit.state.unconfirmed?.isSettled) return { ...commit, state: { ...commit.state, pause: null, verdicts: '' } };
    return { ...commit, state: postponeProbe(commit.state, now) };
  }
  if (!verdict || 'retry' in verdict || 'blocked' in verdict) {
    const commit = failed();
    return { ...commit, state: postponeProbe(commit.state, now) };
  }
  if ('accepted' in verdict) {
    const commit = settleAccepted(plan, verdict.accepted, context, attempt);
    return { ...commit, state: postponeProbe(commit.state, now) };
  }
  const results = plan.members.map((_, index) => ('settled' in verdict ? verdict.settled[index] : undefined));
  // The platform has the events that it did not reject, so sending them again could count them twice.
  const isTaken = (index: number) => results[index] !== undefined && results[index].outcome !== 'rejected';
  const ended = plan.members.flatMap((member, index) => (isTaken(index) ? [[member, results[index]] as const] : []));
  if (results.length > 0 && results.every((result) => result?.outcome === 'delivered')) {
    const commit = finishRequest(plan, ended, [], context, attempt);
    const isRejected = plan.deadLetters.some(({ cause }) => cause === 'rejected');
    return { ...commit, state: isRejected ? postponeProbe(commit.state, now) : { ...commit.state, pause: null, verdicts: '' } };
  }
  const rest = plan.members.filter((_, index) => !isTaken(index));
  const waiting = rest.map(({ offset, isMerged }) => {
    const row = toDeferredDelivery(offset, { deferred: context.deferred, trusted: plan.trusted });
    return reschedule(
      { ...row, tries: Math.max(row.tries, triesBeforeProbe), reason: 'retry', dueAt: now, ...(isMerged && { shopOnly: true }) },
      now,
      random,
    );
  });
  const commit = finishRequest(plan, ended, waiting, context, attempt);
  return { ...commit, state: postponeProbe(commit.state, now) };
}

function postponeProbe(state: ConnectionState, now: UnixMs): ConnectionState {
  const { pause } = state;
  return pause?.cause === 'schema' ? { ...state, pause: { ...pause, probeAt: now + maxProbeIntervalMs } } : state;
}

function toDeferralContext({ trusted }: BatchPlan, { attemptId, now, deferred, bisection }: SettleContext): DeferralContext {
  return { attemptId, now, deferred, bisection, trusted };
}

/** Reschedules a deferred delivery alone after a failure, so that it blocks no other event. */
function reschedule(
  { offset, tries, isResend, isTrusted, shopOnly }: DeferredDelivery,
  now: UnixMs,
  random: () => number,
): DeferredDelivery {
  const dueAt = now + deferralDelayMs(tries + 1, random);
  const flags = { ...(isResend && { isResend }), ...(isTrusted && { isTrusted }), ...(shopOnly && { shopOnly }) };
  return { offset, reason: 'retry', dueAt, tries: tries + 1, ...flags };
}

const noTicketIssue: Issue = {
  field: 'response',
  code: 'no-ticket',
  message:
    "The platform received the event and named no ticket, so its verdict cannot be asked for. Compare the event with the platform's own report.",
};

const refusedIssue: Issue = {
  field: 'event',
  code: 'refused',
  message: "The platform refused the event without a reason. Compare its payload with the platform's documentation.",
};

const refusedByFirewallIssue: Issue = {
  field: 'event',
  code: 'refused-by-a-firewall',
  message:
    "A firewall or proxy refuses the content of this event: it was blocked alone, while the credential and other events were accepted. Remove code or markup from its texts (page title, URL, keywords, item names) at the source, or have the firewall's operator allow them. Then retry the failed event.",
};
