import type { AccountFacts } from '../../issues/facts/facts.ts';
import { isUncounted, parseGoalCheck } from '../../platform-accounts/goal-check.ts';
import { accountPlatforms } from '../../platform-accounts/platforms.ts';
import type { PlatformGrant } from '../../storage/ports/platform-grants.ts';

/** Returns the facts of the account that a connection uses. */
export function findAccountFacts(
  grants: readonly PlatformGrant[],
  site: string,
  connection: string,
  settings: Readonly<Record<string, unknown>> = {},
): AccountFacts | undefined {
  const grant = grants.find((one) => one.site === site && one.connection === connection);
  if (!grant) return undefined;
  const { checkedAt, check, failure } = parseGoalCheck(grant.goalCheck, settings.tagId);
  const uncounted = (check?.events ?? []).filter(isUncounted).map(({ name, delivered }) => ({ name, events: delivered }));
  const platform = accountPlatforms.find(({ id }) => id === grant.platform);
  return {
    ...(checkedAt !== undefined && { checkedAt }),
    uncounted,
    ...(failure?.since !== undefined && !failure.isPassing && { unchecked: { since: failure.since, message: failure.message } }),
    ...(grant.dead && {
      ended: { since: grant.dead.since, message: platform?.explainError(grant.dead.code) ?? 'Connect the account again.' },
    }),
  };
}
