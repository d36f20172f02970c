import type { UnixMs } from '../../event/units.ts';
import type { Offset } from '../../storage/log/event-log.ts';
import type { DeferredDelivery } from '../../storage/ports/deferred-deliveries.ts';
import type { BatchMember } from '../planning/batch-member.ts';
import type { BatchPlan } from '../planning/batch-plan.ts';
import { type BisectionCost, maxBisectionRequests, scheduleIndividually } from './bisection.ts';

export interface DeferralContext {
  readonly attemptId: string;
  readonly now: UnixMs;
  /** The events' rows in the store, if any. */
  readonly deferred: readonly DeferredDelivery[];
  readonly bisection: Readonly<BisectionCost>;
  readonly trusted: BatchPlan['trusted'];
}

/**
 * Defers the other members of a refused batch, to be sent at once. Trusted events are sent first and separately, so that a
 * bisection of browser events does not delay them.
 */
export function deferRest(members: readonly BatchMember[], context: DeferralContext): DeferredDelivery[] {
  return toPartRows(groupByTrust(members, context), context);
}

/**
 * Bisects a refused batch, or separates trusted events from the others. When the bisection has used up its requests, each event
 * is scheduled alone.
 */
export function deferHalves(members: readonly BatchMember[], context: DeferralContext): DeferredDelivery[] {
  const { attemptId, now, bisection } = context;
  if (bisection.requests < maxBisectionRequests) {
    const groups = groupByTrust(members, context);
    const half = Math.ceil(members.length / 2);
    return toPartRows(groups.length > 1 ? groups : [members.slice(0, half), members.slice(half)], context);
  }
  const rows = groupByTrust(members, context)
    .flat()
    .map(({ offset }) => toDeferredDelivery(offset, context));
  return scheduleIndividually(rows, attemptId, Math.max(now, bisection.lastDueAt));
}

/** Returns the event's row with its number of tries and whether it is trusted. */
export function toDeferredDelivery(
  offset: Offset,
  { deferred, trusted }: Pick<DeferralContext, 'deferred' | 'trusted'>,
): Pick<DeferredDelivery, 'offset' | 'tries' | 'isTrusted'> {
  const tries = deferred.find((row) => row.offset === offset)?.tries ?? 0;
  return { offset, tries, ...(trusted?.has(offset) && { isTrusted: true }) };
}

function groupByTrust(members: readonly BatchMember[], { trusted }: DeferralContext): readonly (readonly BatchMember[])[] {
  const [first, last] = [
    members.filter(({ offset }) => trusted?.has(offset)),
    members.filter(({ offset }) => !trusted?.has(offset)),
  ];
  return [first, last].filter((group) => group.length > 0);
}

function toPartRows(groups: readonly (readonly BatchMember[])[], context: DeferralContext): DeferredDelivery[] {
  return groups.flatMap((group, number) =>
    group.map(({ offset }) => ({
      ...toDeferredDelivery(offset, context),
      reason: 'bisect' as const,
      dueAt: context.now,
      part: `${context.attemptId}.${number}`,
    })),
  );
}
