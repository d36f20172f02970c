import type { UnixMs } from '../event/units.ts';
import type { Offset } from '../log/log.ts';
import type { Straggler } from '../store/store.ts';
import type { Member, Plan } from './plan.ts';
import { maxSplitRequests, oneByOne, type Split } from './splits.ts';

export interface PartsContext {
  readonly attemptId: string;
  readonly now: UnixMs;
  /** The rows that the events had, if any. */
  readonly stragglers: readonly Straggler[];
  readonly split: Readonly<Split>;
  readonly trusted: Plan['trusted'];
}

/**
 * The members of a refused batch that are left go again at once. Trusted events go first and apart from those that only browsers
 * reported, so that they do not pay for the search among those.
 */
export function rest(members: readonly Member[], context: PartsContext): Straggler[] {
  return toParts(byTrust(members, context), context);
}

/** Halves a refused batch, or separates trusted events from the others; once that has cost its requests, each event goes alone. */
export function bisect(members: readonly Member[], context: PartsContext): Straggler[] {
  const { attemptId, now, split } = context;
  if (split.requests < maxSplitRequests) {
    const groups = byTrust(members, context);
    const half = Math.ceil(members.length / 2);
    return toParts(groups.length > 1 ? groups : [members.slice(0, half), members.slice(half)], context);
  }
  const rows = byTrust(members, context)
    .flat()
    .map(({ offset }) => rowOf(offset, context));
  return oneByOne(rows, attemptId, Math.max(now, split.lastDueAt));
}

/** How often the event was sent as a straggler, and whether it is trusted. */
export function rowOf(
  offset: Offset,
  { stragglers, trusted }: Pick<PartsContext, 'stragglers' | 'trusted'>,
): Pick<Straggler, 'offset' | 'tries' | 'trusted'> {
  const tries = stragglers.find((straggler) => straggler.offset === offset)?.tries ?? 0;
  return { offset, tries, ...(trusted?.has(offset) && { trusted: true }) };
}

function byTrust(members: readonly Member[], { trusted }: PartsContext): readonly (readonly Member[])[] {
  const [first, last] = [
    members.filter(({ offset }) => trusted?.has(offset)),
    members.filter(({ offset }) => !trusted?.has(offset)),
  ];
  return [first, last].filter((group) => group.length > 0);
}

function toParts(groups: readonly (readonly Member[])[], context: PartsContext): Straggler[] {
  return groups.flatMap((group, number) =>
    group.map(({ offset }) => ({
      ...rowOf(offset, context),
      why: 'part' as const,
      dueAt: context.now,
      part: `${context.attemptId}.${number}`,
    })),
  );
}
