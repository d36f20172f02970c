import { isUncounted, parseGoalCheck, type StoredGoalCheck } from '../../platform-accounts/goal-check.ts';
import { type GoalChecks, isUsed } from '../../platform-accounts/goal-checks.ts';
import type { PlatformAccounts } from '../../platform-accounts/platform-accounts.ts';
import type { SiteRegistry } from '../../sites/site-registry.ts';
import { ApiErrorResult } from '../http/api-errors.ts';
import type { RouteHandlers } from '../http/handler.ts';
import { refuse, toFailure } from './refuse.ts';
import type { platformAccountRoutes } from './routes.ts';
import type { ConnectionGoalsView } from './schemas.ts';

export interface GoalDeps {
  readonly accounts: PlatformAccounts;
  readonly registry: Pick<SiteRegistry, 'entry'>;
  readonly goalChecks: GoalChecks;
  /** Returns the seconds until the site may ask the platform again, or `undefined` if it may now. */
  readonly admitTrial: (site: string) => number | undefined;
}

type GoalRoutes = Pick<
  typeof platformAccountRoutes,
  | 'GET /api/sites/:site/connections/:connection/goals'
  | 'POST /api/sites/:site/connections/:connection/goals/check'
  | 'POST /api/sites/:site/connections/:connection/goals'
>;

/** Creates the handlers of goals. */
export function createGoalHandlers({ accounts, registry, goalChecks, admitTrial }: GoalDeps): RouteHandlers<GoalRoutes> {
  const find = async (site: string, connection: string) => {
    if (!registry.entry(site)) return new ApiErrorResult('no-such-site');
    const grant = await accounts.findGrant(site, connection);
    const platform = grant && accounts.find(grant.platform);
    return grant && platform && isUsed(grant)
      ? { grant, view: (stored: StoredGoalCheck) => toView(stored, (event) => platform.proposeGoal(event).isSuggested) }
      : new ApiErrorResult('not-connected');
  };
  return {
    'GET /api/sites/:site/connections/:connection/goals': async ({ site, connection }) => {
      const found = await find(site, connection);
      if (found instanceof ApiErrorResult) return found;
      const { settings } = registry.entry(site)?.connections.find(({ id }) => id === connection) ?? {};
      return found.view(parseGoalCheck(found.grant.goalCheck, settings?.tagId));
    },

    'POST /api/sites/:site/connections/:connection/goals/check': async ({ site, connection }) => {
      const found = await find(site, connection);
      if (found instanceof ApiErrorResult) return found;
      if (admitTrial(site) !== undefined) return new ApiErrorResult('rate-limited');
      return found.view(await goalChecks.check(found.grant));
    },

    'POST /api/sites/:site/connections/:connection/goals': async ({ site, connection }, { events }) => {
      const found = await find(site, connection);
      if (found instanceof ApiErrorResult) return found;
      if (admitTrial(site) !== undefined) return new ApiErrorResult('rate-limited');
      const made = await goalChecks.make(found.grant, events);
      if ('failure' in made) return refuse(made.failure);
      const shown = made.value.made.map(({ event, failure }) => ({ event, ...(failure && { failure: toFailure(failure) }) }));
      return { made: shown, ...found.view(made.value.result) };
    },
  };
}

function toView({ check, checkedAt, failure }: StoredGoalCheck, isSuggested: (event: string) => boolean): ConnectionGoalsView {
  const events = (check?.events ?? []).map(({ countedBy, findings, ...one }) => ({
    ...one,
    countedBy: [...countedBy],
    findings: [...findings],
    isUncounted: isUncounted({ findings }),
    isSuggested: isSuggested(one.event),
  }));
  return {
    ...(checkedAt !== undefined && { checkedAt }),
    ...(failure && { failure: toFailure(failure) }),
    events,
    findings: [...(check?.findings ?? [])],
    leftOut: check?.leftOut ?? 0,
    isPartial: check?.isPartial ?? false,
  };
}
