import { unknownAnswerCode } from '../../destinations/kit/foreign-response.ts';
import type { Issue } from '../../event/issue.ts';
import { hourMs, minuteMs, type UnixMs } from '../../event/units.ts';
import type { SettledAttempt } from '../../storage/store/attempts.ts';
import type { ConnectionState } from '../../storage/store/connection-state.ts';
import type { DeliveryCommit } from '../../storage/store/consumers.ts';
import type { BatchPlan } from '../planning/decide.ts';
import type { RequestOutcome } from './attempt-result.ts';
import { getNextProbeTime } from './backoff.ts';
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
  // Only a confirmed answer shows that the platform accepts requests.
  const { takenAt: _, ...next } = commit.state;
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

function settleOwnEndpoint({ state, now, attemptId }: SettleContext, commit: DeliveryCommit): DeliveryCommit {
  const { since, tries } = state.unconfirmed ?? { since: now, tries: 0 };
  const next = { ...commit.state, unconfirmed: { attempt: attemptId, since, tries: tries + 1 } };
  if (state.pause || now - since < ownEndpointMs) return { ...commit, state: next };
  const probeAt = getNextProbeTime(now, state.settingsChangedAt);
  return { ...commit, state: { ...next, pause: { cause: 'blocked', issue: ownEndpointIssue, since: now, probeAt } } };
}

function addUnverified(before: ConnectionState['unverified'], { members, receivedAt }: BatchPlan, now: UnixMs) {
  const times = members.map(({ offset }) => receivedAt.get(offset) ?? now);
  return { from: Math.min(before?.from ?? now, ...times), until: now, events: (before?.events ?? 0) + members.length };
}

/** Returns the state after a response: the platform's first confirmation ends the count. */
export function recordConfirmation(state: ConnectionState, requestOutcome: RequestOutcome): ConnectionState {
  if (state.unconfirmed === undefined || !('verdict' in requestOutcome)) return state;
  const { verdict } = requestOutcome;
  const isConfirmed =
    'accepted' in verdict || ('settled' in verdict && verdict.settled.some(({ outcome }) => outcome === 'delivered'));
  if (!isConfirmed) return state;
  const { unconfirmed: _, ...next } = state;
  return next;
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
    "The endpoint has answered for 6 hours in an unknown form, so it may not be the platform's, and no event counts as delivered. Check `endpoint` and the server behind it, then resume the connection.",
};
