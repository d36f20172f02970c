import type { UnixMs } from '../../event/units.ts';
import type { Offset } from '../../storage/log/event-log.ts';
import type { DeferredDelivery } from '../../storage/store/store.ts';
import type { BatchMember, BatchPlan } from '../planning/decide.ts';
import { type BisectionCost, maxBisectionRequests, scheduleIndividually } from './bisection.ts';

export interface DeferralContext {
  readonly attemptId: string;
  readonly now: UnixMs;
  /** The rows that the events had, if any. */
  readonly deferred: readonly DeferredDelivery[];
  readonly bisection: Readonly<BisectionCost>;
  readonly trusted: BatchPlan['trusted'];
}

/**
 * The members of a refused batch that are left go again at once. Trusted events go first and apart from those that only browsers
 * reported, so that they do not pay for the search among those.
 */
export function deferRest(members: readonly BatchMember[], context: DeferralContext): DeferredDelivery[] {
  return toParts(byTrust(members, context), context);
}

/** Halves a refused batch, or separates trusted events from the others; once that has cost its requests, each event goes alone. */
export function deferHalves(members: readonly BatchMember[], context: DeferralContext): DeferredDelivery[] {
  const { attemptId, now, bisection } = context;
  if (bisection.requests < maxBisectionRequests) {
    const groups = byTrust(members, context);
    const half = Math.ceil(members.length / 2);
    return toParts(groups.length > 1 ? groups : [members.slice(0, half), members.slice(half)], context);
  }
  const rows = byTrust(members, context)
    .flat()
    .map(({ offset }) => toDeferredDelivery(offset, context));
  return scheduleIndividually(rows, attemptId, Math.max(now, bisection.lastDueAt));
}

/** How often the event was sent as a straggler, and whether it is trusted. */
export function toDeferredDelivery(
  offset: Offset,
  { deferred, trusted }: Pick<DeferralContext, 'deferred' | 'trusted'>,
): Pick<DeferredDelivery, 'offset' | 'tries' | 'isTrusted'> {
  const tries = deferred.find((row) => row.offset === offset)?.tries ?? 0;
  return { offset, tries, ...(trusted?.has(offset) && { isTrusted: true }) };
}

function byTrust(members: readonly BatchMember[], { trusted }: DeferralContext): readonly (readonly BatchMember[])[] {
  const [first, last] = [
    members.filter(({ offset }) => trusted?.has(offset)),
    members.filter(({ offset }) => !trusted?.has(offset)),
  ];
  return [first, last].filter((group) => group.length > 0);
}

function toParts(groups: readonly (readonly BatchMember[])[], context: DeferralContext): DeferredDelivery[] {
  return groups.flatMap((group, number) =>
    group.map(({ offset }) => ({
      ...toDeferredDelivery(offset, context),
      reason: 'part' as const,
      dueAt: context.now,
      part: `${context.attemptId}.${number}`,
    })),
  );
}
