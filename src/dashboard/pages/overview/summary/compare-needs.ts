import type { ConnectionView } from '../../../../api/client.ts';

/** The facts by which problems are ordered. */
export interface Need {
  readonly level: 'problem' | 'warning';
  /** When events are lost unless the operator acts; UNIX milliseconds. */
  readonly losesAt?: number;
  /** Set if Convey tries again by itself, so that it may end without the operator. */
  readonly isRetried?: true;
}

/**
 * Compares two problems for every list of them: first those that lose events, the soonest first, then those that need a person, then those
 * that Convey retries. Warnings come after all problems.
 */
export function compareNeeds(a: Need, b: Need): number {
  return rankNeed(a) - rankNeed(b) || (a.losesAt ?? 0) - (b.losesAt ?? 0);
}

function rankNeed({ level, losesAt, isRetried }: Need): number {
  if (level === 'problem' && losesAt !== undefined) return 0;
  return (level === 'problem' ? 1 : 3) + (isRetried ? 1 : 0);
}

/** Returns what a connection's health needs of the operator. Undefined if nothing. */
export function findNeed({
  health,
  losesAt,
  pausedSince,
  nextTryAt,
}: Pick<ConnectionView, 'health' | 'losesAt' | 'pausedSince' | 'nextTryAt'>): Need | undefined {
  if (losesAt !== undefined) return { level: 'problem', losesAt };
  // A pause ends by what the operator does. Convey only looks whether it was done.
  if (health === 'unhealthy') return { level: 'problem', ...(pausedSince === undefined && { isRetried: true }) };
  if (health === 'paused') return { level: 'warning' };
  return health === 'degraded' ? { level: 'warning', ...(nextTryAt !== undefined && { isRetried: true }) } : undefined;
}

/** Sorts connections by what they need, those that need nothing last and otherwise in their order. One without a view does not run. */
export function sortByNeed<T extends { readonly id: string }>(
  connections: readonly T[],
  views: readonly ConnectionView[],
): readonly T[] {
  const getNeed = ({ id }: T): Need | undefined => {
    const view = views.find((one) => one.id === id);
    return view ? findNeed(view) : { level: 'problem' };
  };
  return connections.toSorted((a, b) => {
    const [one, other] = [getNeed(a), getNeed(b)];
    return one && other ? compareNeeds(one, other) : Number(one === undefined) - Number(other === undefined);
  });
}
