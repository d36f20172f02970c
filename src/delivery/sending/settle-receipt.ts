import type { BoundDestination, EventResult, HttpResponse, ReceiptVerdict } from '../../destinations/kit/destination.ts';
import type { Issue } from '../../event/issue.ts';
import { minuteMs, type UnixMs } from '../../event/units.ts';
import type { Offset } from '../../storage/log/event-log.ts';
import type { SettledAttempt } from '../../storage/ports/attempts.ts';
import type { ConnectionState } from '../../storage/ports/connection-state.ts';
import type { DeliveryCommit } from '../../storage/ports/consumers.ts';
import { type DeferredDelivery, maxDeferralMs } from '../../storage/ports/deferred-deliveries.ts';
import type { StoredOutcome } from '../../storage/ports/outcomes.ts';
import { maxAskIntervalMs, type Receipt } from '../../storage/ports/receipts.ts';
import type { BatchMember } from '../planning/batch-member.ts';
import type { BatchPlan } from '../planning/batch-plan.ts';
import { toSettledAttempt } from './attempt-result.ts';
import { withJitter } from './backoff.ts';
import { scheduleIndividually } from './bisection.ts';
import { finishRequest } from './finish-request.ts';

/** The verdicts that end a receipt. */
export type FinalVerdict = Exclude<
  ReceiptVerdict,
  { readonly still: true } | { readonly retry: string } | { readonly blocked: unknown }
>;

export interface ReceiptContext {
  readonly state: ConnectionState;
  readonly now: UnixMs;
  readonly receipt: Receipt;
  /** The events of the receipt, in the order of the request. */
  readonly plan: BatchPlan;
  /** The latest outcomes of the events. Only events that still await the verdict are settled. */
  readonly stored: ReadonlyMap<Offset, StoredOutcome>;
}

type ReceiptTimes = Pick<NonNullable<BoundDestination['receipt']>, 'firstAfterMs' | 'giveUpAfterMs'>;

const intervalGrowth = 1.3;
const maxFirstJitterMs = minuteMs;
/** A connection that cannot ask gives up later than one that is answered, because it may have been offline. */
const unansweredPatience = 2;

/** Returns the time of the first status request: never before `firstAfterMs`, and at most a minute later. */
export function getFirstAskTime({ firstAfterMs }: ReceiptTimes, now: UnixMs, random: () => number): UnixMs {
  return now + firstAfterMs + Math.round(Math.min(maxFirstJitterMs, firstAfterMs / 10) * random());
}

/**
 * Returns the receipt with its next question, or `undefined` if it is time to give up. `askedMs`: the platform's `Retry-After`. A question
 * sends no event, so a longer wait than an hour has one each hour.
 */
export function postponeReceipt(
  receipt: Receipt,
  times: ReceiptTimes,
  now: UnixMs,
  random: () => number,
  { isAnswered, askedMs = 0 }: { readonly isAnswered: boolean; readonly askedMs?: number },
): Receipt | undefined {
  const asks = receipt.asks + 1;
  const giveUpAt = receipt.receivedAt + times.giveUpAfterMs * (isAnswered ? 1 : unansweredPatience);
  if (now >= giveUpAt) return undefined;
  const intervalMs = Math.min(maxAskIntervalMs, withJitter(times.firstAfterMs * intervalGrowth ** asks, random));
  return { ...receipt, asks, askAt: Math.min(giveUpAt, now + Math.max(intervalMs, Math.min(askedMs, maxAskIntervalMs))) };
}

/** Settles the events of a receipt by the platform's verdict. */
export function settleReceipt(verdict: FinalVerdict, response: HttpResponse, context: ReceiptContext): DeliveryCommit {
  const { plan, now, receipt } = context;
  const awaiting = getAwaiting(context);
  const members = plan.members.flatMap((member, index) => {
    const issues = awaiting.get(member.offset);
    return issues ? [{ member: { ...member, issues }, index }] : [];
  });
  const settledAs = (
    ended: readonly (readonly [BatchMember, EventResult | undefined])[],
    waiting: readonly DeferredDelivery[] = [],
  ): DeliveryCommit =>
    finish(ended, waiting, toSettledAttempt({ response, verdict: toVerdict(verdict) }, receipt.attempt, now), context);

  if ('settled' in verdict) return settledAs(members.map(({ member, index }) => [member, verdict.settled[index]]));
  const toRow = ({ offset }: BatchMember, tries: number) => {
    const isResend = receipt.members.some((one) => one.offset === offset && one.isResend);
    return {
      offset,
      tries,
      ...(plan.trusted?.has(offset) && { isTrusted: true as const }),
      ...(isResend && { isResend: true as const }),
    };
  };
  if ('resendAfterMs' in verdict) {
    const dueAt = now + Math.min(maxDeferralMs.retry, Math.max(0, verdict.resendAfterMs));
    return settledAs(
      [],
      members.map(({ member }) => ({ ...toRow(member, 1), reason: 'retry', dueAt })),
    );
  }
  const rejectRows = 'rejectRows' in verdict ? verdict.rejectRows : new Map<number, readonly Issue[]>();
  const reasons = 'bisect' in verdict && verdict.bisect.length > 0 ? verdict.bisect : [refusedLater];
  const isAlone = plan.members.length === 1;
  const rejected = members.flatMap(({ member, index }) => {
    const issues = rejectRows.get(index) ?? (isAlone ? reasons : undefined);
    return issues ? [[member, { outcome: 'rejected', issues }] as const] : [];
  });
  const named = new Set(rejected.map(([{ offset }]) => offset));
  const rest = members.filter(({ member }) => !named.has(member.offset)).map(({ member }) => toRow(member, 0));
  return settledAs(rejected, scheduleIndividually(rest, receipt.attempt, now));
}

/** Ends a receipt without a verdict. */
export function giveUpReceipt(context: ReceiptContext, response?: HttpResponse): DeliveryCommit {
  const awaiting = getAwaiting(context);
  const issues = [noVerdict];
  const ended = context.plan.members
    .filter(({ offset }) => awaiting.has(offset))
    .map(
      (member) =>
        [
          { ...member, issues: awaiting.get(member.offset) ?? [] },
          { outcome: 'unverified', issues },
        ] as const,
    );
  const settled = { settled: ended.map(([, result]) => result), issues };
  const attempt: SettledAttempt = response
    ? toSettledAttempt({ response, verdict: settled }, context.receipt.attempt, context.now)
    : { id: context.receipt.attempt, at: context.now, result: 'unverified', issues };
  return finish(ended, [], { ...attempt, result: 'unverified' }, context);
}

/** Returns the issues of the events that still await the verdict. */
function getAwaiting({ stored }: ReceiptContext): ReadonlyMap<Offset, readonly Issue[]> {
  return new Map(
    [...stored]
      .filter(([, { outcome, isRetired }]) => outcome === 'awaiting-verdict' && !isRetired)
      .map(([offset, { issues }]) => [offset, issues]),
  );
}

function finish(
  ended: readonly (readonly [BatchMember, EventResult | undefined])[],
  waiting: readonly DeferredDelivery[],
  settle: SettledAttempt,
  context: ReceiptContext,
): DeliveryCommit {
  const { plan, state, now, receipt } = context;
  const awaiting = new Set(getAwaiting(context).keys());
  const resent = new Set(receipt.members.filter(({ isResend }) => isResend).map(({ offset }) => offset));
  const rules = new Map(
    [...context.stored].flatMap(([offset, { rules: applied }]) => (applied ? [[offset, applied] as const] : [])),
  );
  const commit = finishRequest({ ...plan, members: [], rules }, ended, waiting, { state, now, deferred: [], awaiting, resent });
  const { pause } = commit.state;
  const isTest = pause?.cause === 'schema' && receipt.receivedAt >= pause.since;
  const isAccepted = waiting.length === 0 && ended.length > 0 && ended.every(([, result]) => result?.outcome === 'delivered');
  const next = isTest && isAccepted ? { ...commit.state, pause: null, verdicts: '' } : commit.state;
  return { ...commit, state: next, settle, endReceipt: receipt.attempt };
}

/** Returns the verdict in the terms of a response, for the stored attempt. */
function toVerdict(verdict: FinalVerdict) {
  return 'resendAfterMs' in verdict ? { bisect: verdict.issues } : verdict;
}

const noVerdict: Issue = {
  field: 'response',
  code: 'no-verdict',
  message:
    "The platform received the event and gave no verdict in time, so it does not count as delivered. Compare it with the platform's own report. A replay sends it again with the same id.",
};

const refusedLater: Issue = {
  field: 'event',
  code: 'refused',
  message: "The platform refused the event without a reason. Compare its payload with the platform's documentation.",
};
