import { type Issue, unknownAnswerCode } from '../../event/issue.ts';
import { hourMs, minuteMs, type UnixMs } from '../../event/units.ts';
import type { SettledAttempt } from '../../storage/ports/attempts.ts';
import type { ConnectionState } from '../../storage/ports/connection-state.ts';
import type { DeliveryCommit } from '../../storage/ports/consumers.ts';
import type { BatchPlan } from '../planning/batch-plan.ts';
import { getUnconfirmed, type RequestOutcome } from './attempt-result.ts';
import { getNextProbeTime } from './backoff.ts';
import { dropProof } from './credential-proof.ts';
import { finishRequest } from './finish-request.ts';
import type { SettleContext } from './settle-context.ts';

/**
 * Bounds the repeats of successes that neither confirm nor refuse their events (decision 0033). The counts are part of the connection's
 * state, so they outlive the process.
 */

/** How often the same request gets such an answer before its events are `unverified`, and over what time at least. */
const maxTries = 3;
const minSpanMs = 15 * minuteMs;
/** Time after which a connection with an endpoint of the operator's own pauses. */
const ownEndpointMs = 6 * hourMs;

/** Settles a success in an unknown form. `failed` records a failed request; its argument is the wait until the next. */
export function settleUnconfirmed(
  plan: BatchPlan,
  unconfirmed: 'platform' | 'own-endpoint',
  context: SettleContext,
  attempt: SettledAttempt,
  failed: (waitMs?: number) => DeliveryCommit,
): DeliveryCommit {
  const { state, now, attemptId } = context;
  if (unconfirmed === 'own-endpoint') return settleOwnEndpoint(context, failed());
  const before = state.unconfirmed;
  const isSame = before?.isSettled || before?.attempt === attemptId;
  const run = before && isSame ? { ...before, tries: before.tries + 1 } : { attempt: attemptId, since: now, tries: 1 };
  if (!run.isSettled && (run.tries < maxTries || now - run.since < minSpanMs)) {
    const commit = failed(minSpanMs / (maxTries - 1));
    return { ...commit, state: { ...commit.state, unconfirmed: run } };
  }
  const result = { outcome: 'unverified', issues: [unverifiedIssue] } as const;
  const ended = plan.members.map((member) => [member, result] as const);
  const commit = finishRequest(plan, ended, [], context, { ...attempt, result: 'unverified' });
  // Only a confirmed answer shows that the platform accepts requests. A success ends a refusal of the credential.
  const { takenAt: _, blockedSince: _blockedSince, ...next } = commit.state;
  return {
    ...commit,
    state: {
      ...next,
      ...(state.takenAt !== undefined && { takenAt: state.takenAt }),
      unconfirmed: { ...run, isSettled: true },
      unverified: addUnverified(state.unverified, plan, now),
    },
  };
}

function settleOwnEndpoint({ state, now }: SettleContext, commit: DeliveryCommit): DeliveryCommit {
  const { since, tries } = state.unconfirmed ?? { since: now, tries: 0 };
  const next = { ...commit.state, unconfirmed: { since, tries: tries + 1 } };
  if (state.pause || now - since < ownEndpointMs) return { ...commit, state: next };
  const probeAt = getNextProbeTime(now, state.settingsChangedAt);
  return { ...commit, state: { ...dropProof(next), pause: { cause: 'blocked', issue: ownEndpointIssue, since: now, probeAt } } };
}

function addUnverified(before: ConnectionState['unverified'], { members, receivedAt }: BatchPlan, now: UnixMs) {
  const times = members.map(({ offset }) => receivedAt.get(offset) ?? now);
  return { from: Math.min(before?.from ?? now, ...times), until: now, events: (before?.events ?? 0) + members.length };
}

/**
 * Returns the state after a request. The platform's first confirmation ends the count, and a pause for such answers. Any other outcome ends a
 * count that is not settled, unless the same request follows, and a pause for such answers continues.
 */
export function recordConfirmation(
  { state, settle }: DeliveryCommit,
  requestOutcome: RequestOutcome,
  { state: before, now, attemptId }: SettleContext,
): ConnectionState {
  const { pause } = before;
  const isForAnswers = pause !== null && isPausedForAnswers(pause);
  if (isConfirmed(requestOutcome)) {
    const { unconfirmed: _, ...next } = state;
    return isForAnswers ? { ...next, pause: null } : next;
  }
  const isSameNext = state.unconfirmed?.attempt === attemptId && settle?.result === 'unknown';
  const next = getUnconfirmed(requestOutcome) || isSameNext ? state : dropUnsettled(state);
  return isForAnswers ? { ...next, pause: { ...pause, probeAt: getNextProbeTime(now, state.settingsChangedAt) } } : next;
}

function isConfirmed(requestOutcome: RequestOutcome): boolean {
  if (!('verdict' in requestOutcome)) return false;
  const { verdict } = requestOutcome;
  return 'accepted' in verdict || ('settled' in verdict && verdict.settled.some(({ outcome }) => outcome === 'delivered'));
}

/** Returns whether a pause is for unconfirmed answers. A probe shows nothing about them, so such a pause tests a request with events. */
export function isPausedForAnswers({ cause, issue }: NonNullable<ConnectionState['pause']>): boolean {
  return cause === 'blocked' && issue.code === unknownAnswerCode;
}

/** Forgets unconfirmed answers whose events wait, so that their bounds begin again. */
export function dropUnsettled(state: ConnectionState): ConnectionState {
  if (state.unconfirmed?.isSettled) return state;
  const { unconfirmed: _, ...next } = state;
  return next;
}

const unverifiedIssue: Issue = {
  field: 'response',
  code: unknownAnswerCode,
  message:
    "The platform answered with a success in an unknown form, so it may have the event, and the event does not count as delivered. Compare it with the platform's own report, and update Convey. A replay sends it again with the same id.",
};

const ownEndpointIssue: Issue = {
  field: 'settings.endpoint',
  code: unknownAnswerCode,
  message:
    "The endpoint has answered for 6 hours in an unknown form, so it may not be the platform's, and no event counts as delivered. Check `endpoint` and the server behind it. The connection resumes once the endpoint confirms events, or when you resume it.",
};
