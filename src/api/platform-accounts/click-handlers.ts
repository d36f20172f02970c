import { type ClickReport, parseClickCheck, type StoredClickCheck } from '../../platform-accounts/clicks/click-check.ts';
import type { ClickChecks } from '../../platform-accounts/clicks/click-checks.ts';
import { describeClicks } from '../../platform-accounts/clicks/describe-clicks.ts';
import type { PlatformAccounts } from '../../platform-accounts/platform-accounts.ts';
import type { SiteRegistry } from '../../sites/site-registry.ts';
import type { PlatformGrantStore } from '../../storage/ports/platform-grants.ts';
import { ApiErrorResult } from '../http/api-errors.ts';
import type { RouteHandlers } from '../http/handler.ts';
import type { PaidClicksView } from './click-schemas.ts';
import type { platformAccountRoutes } from './routes.ts';

export interface ClickDeps {
  readonly registry: Pick<SiteRegistry, 'entry'>;
  readonly accounts: Pick<PlatformAccounts, 'find' | 'findGrant'>;
  readonly grants: Pick<PlatformGrantStore, 'listGrants'>;
  readonly clickChecks: Pick<ClickChecks, 'step'>;
  /** Returns the seconds until the site may ask the platform again, or `undefined` if it may now. */
  readonly admitTrial: (site: string) => number | undefined;
}

type ClickRoutes = Pick<
  typeof platformAccountRoutes,
  'GET /api/sites/:site/paid-clicks' | 'POST /api/sites/:site/connections/:connection/paid-clicks/check'
>;

/** Creates the handlers of paid clicks. */
export function createClickHandlers({
  registry,
  accounts,
  grants,
  clickChecks,
  admitTrial,
}: ClickDeps): RouteHandlers<ClickRoutes> {
  return {
    'GET /api/sites/:site/paid-clicks': async ({ site }) => {
      const entry = registry.entry(site);
      if (!entry) return new ApiErrorResult('no-such-site');
      const connections = entry.site.connections.filter(({ destination }) => accounts.find(destination));
      const all = connections.length === 0 ? [] : await grants.listGrants();
      return connections.map(({ id: connection, destination }) => {
        const grant = all.find((one) => one.site === site && one.connection === connection);
        return toView({ site, connection, destination }, grant?.account && parseClickCheck(grant.clickCheck));
      });
    },

    'POST /api/sites/:site/connections/:connection/paid-clicks/check': async ({ site, connection }) => {
      if (!registry.entry(site)) return new ApiErrorResult('no-such-site');
      const grant = await accounts.findGrant(site, connection);
      if (!grant?.account) return new ApiErrorResult('not-connected');
      if (admitTrial(site) !== undefined) return new ApiErrorResult('rate-limited');
      await clickChecks.step(grant);
      return { ok: true };
    },
  };
}

const emptyReport: Pick<ClickReport, 'days' | 'campaigns' | 'otherCampaigns' | 'pages' | 'otherPages' | 'unknownPage'> = {
  ...{ days: [], campaigns: [], otherCampaigns: { paid: 0, captured: 0 }, pages: [], otherPages: 0, unknownPage: 0 },
};

function toView(
  at: Pick<PaidClicksView, 'site' | 'connection' | 'destination'>,
  stored: StoredClickCheck | undefined,
): PaidClicksView {
  const { report, checkedAt, pending, failure } = stored ?? {};
  const { days, campaigns, otherCampaigns, pages, otherPages, unknownPage } = report ?? emptyReport;
  const { notes, ...summary } = describeClicks(stored);
  return {
    ...at,
    ...summary,
    ...(checkedAt !== undefined && { checkedAt }),
    ...(pending && { requestedAt: pending.at }),
    ...(failure && { failure: toFailure(failure) }),
    ...(report && { since: report.since, until: report.until }),
    ...{ days: [...days], campaigns: [...campaigns], otherCampaigns, pages: [...pages], otherPages, unknownPage },
    notes: [...notes],
  };
}

function toFailure({
  isUnreached,
  ...failure
}: NonNullable<StoredClickCheck['failure']>): NonNullable<PaidClicksView['failure']> {
  return { ...failure, kind: isUnreached ? 'not-reached' : 'refused' };
}
