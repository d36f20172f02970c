import { describeLate } from '../../platform-accounts/late/describe-late.ts';
import { parseLateGoal } from '../../platform-accounts/late/late-goal.ts';
import type { LateGoals } from '../../platform-accounts/late/late-goals.ts';
import { parseLateReport } from '../../platform-accounts/late/late-report.ts';
import type { PlatformAccounts } from '../../platform-accounts/platform-accounts.ts';
import type { SiteRegistry } from '../../sites/site-registry.ts';
import type { PlatformGrant } from '../../storage/ports/platform-grants.ts';
import { ApiErrorResult } from '../http/api-errors.ts';
import { applyChange } from '../http/apply-change.ts';
import type { RouteHandlers } from '../http/handler.ts';
import { refreshLateAccounts } from '../http/refresh-late-accounts.ts';
import type { LatePurchasesView } from './late-schemas.ts';
import { refuse, toFailure } from './refuse.ts';
import type { platformAccountRoutes } from './routes.ts';

export interface LateDeps {
  readonly registry: Pick<SiteRegistry, 'entry' | 'connections' | 'refreshLateAccounts'>;
  readonly accounts: Pick<PlatformAccounts, 'find' | 'findGrant'>;
  readonly lateGoals: Pick<LateGoals, 'choose'>;
  /** Returns the seconds until the site may ask the platform again, or `undefined` if it may now. */
  readonly admitTrial: (site: string) => number | undefined;
  readonly now: () => number;
}

type LateRoutes = Pick<
  typeof platformAccountRoutes,
  'GET /api/sites/:site/connections/:connection/late-purchases' | 'PUT /api/sites/:site/connections/:connection/late-purchases'
>;

/** Creates the handlers of late purchases. */
export function createLateHandlers({ registry, accounts, lateGoals, admitTrial, now }: LateDeps): RouteHandlers<LateRoutes> {
  const find = async (site: string, id: string) => {
    const entry = registry.entry(site);
    if (!entry) return new ApiErrorResult('no-such-site');
    const connection = entry.connections.find((one) => one.id === id);
    const grant = await accounts.findGrant(site, id);
    return connection && grant?.account ? { connection, grant } : new ApiErrorResult('not-connected');
  };
  const isOn = (site: string, id: string) =>
    registry.entry(site)?.connections.find((one) => one.id === id)?.settings.latePurchases === 'on';
  const view = (grant: PlatformGrant, isNowOn: boolean) => toView(grant, isNowOn, now(), accounts);
  return {
    'GET /api/sites/:site/connections/:connection/late-purchases': async ({ site, connection }) => {
      const found = await find(site, connection);
      return found instanceof ApiErrorResult ? found : view(found.grant, isOn(site, connection));
    },

    'PUT /api/sites/:site/connections/:connection/late-purchases': async ({ site, connection: id }, input) => {
      const found = await find(site, id);
      if (found instanceof ApiErrorResult) return found;
      const { connection, grant } = found;
      if (admitTrial(site) !== undefined) return new ApiErrorResult('rate-limited');
      const chosen = input.isOn && !parseLateGoal(grant.lateGoal) ? await lateGoals.choose(grant) : undefined;
      if (chosen && 'failure' in chosen) return refuse(chosen.failure);
      const goal = chosen?.value.goal;
      if (goal) await refreshLateAccounts(registry);
      const changed = goal ? { ...grant, lateGoal: JSON.stringify(goal) } : grant;
      const goalChange = chosen ? (chosen.value.isMade ? 'made' : 'taken') : 'none';
      const toChange = () => ({ ...view(changed, isOn(site, id)), goalChange }) as const;
      // A connection of the config file has its setting there.
      if (connection.origin === 'file' || isOn(site, id) === input.isOn) return toChange();
      const { destination, settings } = connection;
      const latePurchases = input.isOn ? 'on' : 'off';
      return applyChange(
        registry.connections.put(site, id, undefined, { destination, settings: { ...settings, latePurchases } }),
        toChange,
      );
    },
  };
}

/** Describes the late purchases of a connection, with the last report. */
function toView(
  { lateGoal, lateReport, platform }: PlatformGrant,
  isOn: boolean,
  now: number,
  accounts: LateDeps['accounts'],
): LatePurchasesView {
  const goal = parseLateGoal(lateGoal);
  const { report, readAt, failure } = parseLateReport(lateReport);
  const explain = (reason: string) => accounts.find(platform)?.explainUnattributed(reason) ?? reason;
  const reasons = report?.reasons.map((one) => ({ ...one, message: explain(one.reason) })) ?? [];
  return {
    ...describeLate(isOn, goal, now),
    ...(goal && { goal: { name: goal.name, isEnhanced: goal.isEnhanced, readyAt: goal.readyAt } }),
    ...(report && { report: { ...report, reasons } }),
    ...(readAt !== undefined && { readAt }),
    ...(failure && { failure: toFailure(failure) }),
  };
}
