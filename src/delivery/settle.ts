import type { Decoded, HttpResponse, Settled } from '../destinations/kit/destination.ts';
import type { Issue } from '../event/issue.ts';
import type { UnixMs } from '../event/units.ts';
import type { Offset } from '../log/log.ts';
import type { ConnectionState, DeadLetter, Delta, OutcomeEntry, SettledAttempt, Straggler } from '../store/store.ts';
import { nextProbeAt, retryAfterMs, stragglerDelayMs } from './backoff.ts';
import { afterFailure, afterSuccess } from './breaker.ts';
import { countMatches } from './match-counts.ts';
import { countOutcomes } from './outcome-counts.ts';
import type { Member, Plan, Revision } from './plan.ts';
import { putUp } from './put-up.ts';
import { maxSplitRequests, oneByOne, type Split } from './splits.ts';
import { storedAnswer } from './stored-answer.ts';

/** How a request ended: the platform's answer and what it means, or why there is none. */
export type Ending =
  | { readonly response: HttpResponse; readonly decoded: Decoded }
  | { readonly notSent: string }
  | { readonly unknown: string };

export interface SettleContext {
  readonly state: ConnectionState;
  readonly now: UnixMs;
  readonly random: () => number;
  readonly attemptId: string;
  /** The rows of the plan's stragglers; empty when it came from the log. */
  readonly stragglers: readonly Straggler[];
  /** What the present bisection has cost so far, this request included. */
  readonly split: Readonly<Split>;
  /** Of the platform: nothing waits longer than an event can live. */
  readonly maxAgeMs: number;
  /** The same request went out before, and nobody knows whether it arrived. Default false. */
  readonly inDoubt?: boolean;
}

const verdictWindow = 1_000;
const maxRejections = 50;

/**
 * Pure: turns a plan and the end of its request into one atomic change of the connection's state. Every outcome that a
 * destination can tell is one case here.
 */
export function settle(plan: Plan, ending: Ending, context: SettleContext): Delta {
  const { state, now, random } = context;
  const told = attemptOf(ending, context);
  // An answer that is no verdict on these bytes leaves the earlier doubt, so the same bytes must follow.
  const undecided = context.inDoubt && (told.result === 'retry' || told.result === 'blocked');
  const attempt: SettledAttempt = undecided ? { ...told, result: 'unknown' } : told;
  const failed = (asked?: number): Delta => ({
    state: { ...state, breaker: afterFailure(state.breaker, now, random, asked) },
    settle: attempt,
    putStragglers: attempt.result === 'unknown' ? [] : context.stragglers.map((straggler) => later(straggler, context)),
  });

  if ('unknown' in ending || 'notSent' in ending) return failed();
  const { decoded } = ending;
  // A date is by the platform's clock, which may not be ours.
  const theirs = Date.parse(ending.response.headers.date ?? '');
  if ('retry' in decoded) return failed(retryAfterMs(decoded.retryAfter, Number.isNaN(theirs) ? now : theirs, context.maxAgeMs));
  if ('blocked' in decoded) {
    const pause = {
      cause: 'blocked',
      issue: decoded.blocked,
      since: now,
      probeAt: nextProbeAt(now, state.settingsChangedAt),
    } as const;
    return { state: { ...state, pause }, settle: attempt };
  }
  if ('settled' in decoded)
    return finish(
      plan,
      plan.members.map((member, index) => [member, decoded.settled[index]] as const),
      [],
      context,
      attempt,
    );
  if ('peel' in decoded && decoded.peel.size > 0) {
    const named = plan.members.flatMap((member, index) => {
      const issues = decoded.peel.get(index);
      return issues ? [[member, { outcome: 'rejected', issues }] as const] : [];
    });
    const rest = plan.members.filter((_, index) => !decoded.peel.has(index));
    return finish(plan, named, partsOf(rest, [rest.length], context), context, attempt);
  }
  const [only, second] = plan.members;
  const words = 'split' in decoded ? decoded.split : [];
  if (only && !second)
    return finish(
      plan,
      [[only, { outcome: 'rejected', issues: words.length > 0 ? words : [refusedAlone] }]],
      [],
      context,
      attempt,
    );
  return finish(plan, [], bisect(plan.members, context), context, attempt);
}

/** Settles a plan that needs no request. */
export function settleWithoutSending(plan: Plan, stragglers: readonly Straggler[], state: ConnectionState, now: UnixMs): Delta {
  return finish(plan, [], [], { state, now, stragglers });
}

/** The platform answered and processed what it was asked: the cursor goes on, and whoever is not done becomes a straggler. */
function finish(
  plan: Plan,
  ended: readonly (readonly [Member, Settled | undefined])[],
  waiting: readonly Straggler[],
  context: Pick<SettleContext, 'state' | 'now' | 'stragglers'>,
  attempt?: SettledAttempt,
): Delta {
  const { state, now, stragglers } = context;
  const rejected: DeadLetter[] = [];
  const outcomes: OutcomeEntry[] = [...plan.skips];
  const delivered: Member[] = [];
  for (const [member, settled] of ended) {
    const { offset, eventName, eventId, bytes, issues: mapped } = member;
    const issues = [...mapped, ...(settled?.issues ?? [])];
    if (settled?.outcome === 'rejected') rejected.push({ offset, cause: 'rejected', issues, eventName, eventId, bytes, at: now });
    else {
      outcomes.push({ offset, outcome: 'delivered', issues });
      delivered.push(member);
    }
  }
  const deadLetters = [...plan.deadLetters, ...rejected];
  for (const { offset, issues } of deadLetters) outcomes.push({ offset, outcome: 'dead', issues });
  const again = new Set(stragglers.filter((straggler) => straggler.again).map(({ offset }) => offset));
  const putStragglers = [...plan.holds, ...waiting].map((one) =>
    again.has(one.offset) ? { ...one, again: true as const } : one,
  );
  const known = new Set(stragglers.map(({ offset }) => offset));
  for (const { offset } of putStragglers) if (!known.has(offset)) outcomes.push({ offset, outcome: 'waiting', issues: [] });

  const stay = new Set(putStragglers.map(({ offset }) => offset));
  const settledHere = new Set(outcomes.map(({ offset }) => offset));
  const removeStragglers = [...known].filter((offset) => settledHere.has(offset) && !stay.has(offset));
  const next = judge({ ...state, ...(plan.through !== undefined && { cursor: plan.through }) }, outcomes, deadLetters, now);
  const revised = revise(plan.revisions ?? [], next, now);
  return {
    state: attempt ? { ...next, breaker: afterSuccess(state.breaker, now) } : next,
    ...(attempt && { settle: attempt }),
    putStragglers: [...putStragglers, ...revised.putStragglers],
    removeStragglers,
    deadLetters,
    ...(revised.removeDeadLetters.length > 0 && { removeDeadLetters: revised.removeDeadLetters }),
    outcomes: [...outcomes, ...revised.outcomes].toSorted((a, b) => (a.offset < b.offset ? -1 : 1)),
    counts: [
      ...countOutcomes(outcomes, (offset) => (known.has(offset) ? 'waiting' : undefined), plan.receivedAt),
      ...revised.counts,
    ],
    // What was delivered before has been counted.
    matches: countMatches(delivered.filter(({ offset }) => !again.has(offset))),
  };
}

/** Puts events up again, or adds issues to their outcomes, in the same step that passes the reports which ask for it. */
function revise(
  revisions: readonly Revision[],
  state: ConnectionState,
  now: UnixMs,
): Required<Pick<Delta, 'putStragglers' | 'removeDeadLetters' | 'outcomes' | 'counts'>> {
  const requeued = revisions.filter(({ change }) => change === 'requeue');
  const known = new Map(requeued.map((one) => [one.first.offset, one.known]));
  const {
    putStragglers = [],
    removeDeadLetters = [],
    outcomes = [],
    counts = [],
  } = putUp(
    requeued.map(({ first }) => first),
    known,
    state,
    now,
  );
  const notes = revisions.flatMap(({ first: { offset }, known: { outcome, issues }, change }): OutcomeEntry[] =>
    change === 'requeue' ? [] : [{ offset, outcome, issues: [...issues, ...change.note] }],
  );
  return { putStragglers, removeDeadLetters, outcomes: [...outcomes, ...notes], counts };
}

/** A mapping bug must not bury a day of sales: more than 50 rejections among the last 1,000 events pause the connection. */
function judge(
  state: ConnectionState,
  outcomes: readonly OutcomeEntry[],
  deadLetters: readonly DeadLetter[],
  now: UnixMs,
): ConnectionState {
  const rejected = new Set(deadLetters.filter(({ cause }) => cause === 'rejected').map(({ offset }) => offset));
  const fresh = outcomes
    .filter(({ outcome }) => outcome === 'delivered' || outcome === 'dead')
    .map(({ offset }) => (rejected.has(offset) ? '1' : '0'));
  const verdicts = (state.verdicts + fresh.join('')).slice(-verdictWindow);
  const rejections = verdicts.length - verdicts.replaceAll('1', '').length;
  if (rejected.size === 0 || rejections <= maxRejections || state.pause) return { ...state, verdicts };
  return { ...state, verdicts, pause: { cause: 'schema', since: now, issue: tooManyRejections, probeAt: null } };
}

/** What is left of a refused batch goes again at once, in parts of these sizes. */
function partsOf(members: readonly Member[], sizes: readonly number[], context: SettleContext): Straggler[] {
  const parts: Straggler[] = [];
  let index = 0;
  for (const [number, size] of sizes.entries()) {
    const part = `${context.attemptId}.${number}`;
    for (const { offset } of members.slice(index, index + size))
      parts.push({ offset, why: 'part', dueAt: context.now, tries: triesOf(offset, context), part });
    index += size;
  }
  return parts;
}

function bisect(members: readonly Member[], context: SettleContext): Straggler[] {
  const { attemptId, now, split } = context;
  if (split.requests < maxSplitRequests) {
    const half = Math.ceil(members.length / 2);
    return partsOf(members, [half, members.length - half], context);
  }
  const rows = members.map(({ offset }) => ({ offset, tries: triesOf(offset, context) }));
  return oneByOne(rows, attemptId, Math.max(now, split.lastDueAt));
}

function triesOf(offset: Offset, { stragglers }: SettleContext): number {
  return stragglers.find((straggler) => straggler.offset === offset)?.tries ?? 0;
}

/** A straggler that met the platform's trouble goes on alone, on its own schedule, so that it holds nobody up. */
function later({ offset, tries, again }: Straggler, { now, random }: SettleContext): Straggler {
  const dueAt = now + stragglerDelayMs(tries + 1, random);
  return { offset, why: 'retry', dueAt, tries: tries + 1, ...(again && { again }) };
}

function attemptOf(ending: Ending, { attemptId: id, now: at }: SettleContext): SettledAttempt {
  if ('notSent' in ending) return { id, at, result: 'retry', issues: [unreachable(ending.notSent)] };
  if ('unknown' in ending) return { id, at, result: 'unknown', issues: [noAnswer(ending.unknown)] };
  const { response, decoded } = ending;
  const answer = { id, at, status: response.status, answer: storedAnswer(response) };
  if ('settled' in decoded) return { ...answer, result: 'delivered', issues: decoded.issues };
  if ('peel' in decoded) return { ...answer, result: 'peel', issues: [] };
  if ('split' in decoded) return { ...answer, result: 'split', issues: decoded.split };
  if ('blocked' in decoded) return { ...answer, result: 'blocked', issues: [decoded.blocked] };
  return { ...answer, result: 'retry', issues: [{ field: 'response', code: 'retry', message: decoded.retry }] };
}

function unreachable(code: string): Issue {
  return {
    field: 'request',
    code,
    message:
      'The platform could not be reached, and nothing was sent. Convey tries again by itself; if it stays, check the endpoint, DNS and firewall.',
  };
}

function noAnswer(code: string): Issue {
  return {
    field: 'request',
    code,
    message:
      'The request left and no answer came. Convey sends the same events again under the same ids, so the platform can tell that they are the same.',
  };
}

const refusedAlone: Issue = {
  field: 'event',
  code: 'refused',
  message: "The platform refused the event and did not say why. Compare its payload with the platform's documentation.",
};

const tooManyRejections: Issue = {
  field: 'connection',
  code: 'schema',
  message: `More than ${maxRejections} of the last 1,000 events were rejected, so sending stopped before more are. Look at the dead letters, mend the cause, then resume the connection.`,
};
