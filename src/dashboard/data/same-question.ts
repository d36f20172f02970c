import { hashKey } from '@tanstack/react-query';

/** The longest time by which the end of a running period moves on. */
const clockStepMs = 3_600_000;

/** A route and its parameters. */
type QueryKey = readonly unknown[];

/**
 * Returns whether the data of one query answers the question of another: the present time has moved on, or another page of the same list is
 * loaded. A figure of another range, site or filter would stand under words that it does not belong to.
 */
export function isSameQuestion(before: QueryKey | undefined, now: QueryKey): boolean {
  if (!before) return false;
  const [earlier, later] = [split(before), split(now)];
  if (hashKey([earlier.rest]) !== hashKey([later.rest])) return false;
  if (earlier.until === later.until) return true;
  if (typeof earlier.until !== 'number' || typeof later.until !== 'number') return false;
  return Math.abs(later.until - earlier.until) <= clockStepMs;
}

function split([route, input]: QueryKey): { readonly rest: QueryKey; readonly until: unknown } {
  const { until, cursor: _cursor, ...others } = Object.fromEntries(Object.entries(input ?? {}));
  return { rest: [route, others], until };
}
