import { toStoredAccount } from '../../activity/stored-account.ts';
import type { Site } from '../../event/site.ts';
import type { Facts } from '../../issues/facts/facts.ts';
import type { IssueList } from '../../issues/issue-list.ts';
import { createBacklogReader } from '../../storage/ports/backlog.ts';
import { formatConsumerId } from '../../storage/ports/consumer-id.ts';
import { listPermitted } from '../auth/permissions.ts';
import { ApiErrorResult } from '../http/api-errors.ts';
import type { ApiCaller, RouteHandlers } from '../http/handler.ts';
import { withSite } from '../http/with-site.ts';
import { reportIssues } from '../issues/handlers.ts';
import { chooseIntervals } from './choose-intervals.ts';
import { type ConnectionViewDeps, connectionView } from './connection-view.ts';
import { getConnectionErrors } from './delivery-errors.ts';
import { matchDays, matchQuality, parseDayRange } from './match-quality.ts';
import { countOrdersByDay, getMoney } from './money.ts';
import { createReplayHandlers } from './replay-handlers.ts';
import { type RetryDeps, retryEvents } from './retry-events.ts';
import type { connectionRoutes } from './routes.ts';
import type { ConnectionView } from './schemas.ts';
import { compareTotals, getSeries, getTotals } from './totals-and-series.ts';

/** The facts of the issues, with the state of each enabled connection as they have it. */
export type PresentFacts = Facts & { readonly connections?: readonly ConnectionView[] };

export interface ConnectionDeps extends ConnectionViewDeps, RetryDeps {
  readonly issues: IssueList<PresentFacts>;
  readonly sites: () => readonly Site[];
  /** Accepts one synthetic event for the site. Returns its id. */
  readonly sendTest: (site: Site) => Promise<string>;
}

/**
 * Returns the state of each connection that the caller may see.
 * @param known states that were read a moment ago
 */
function readConnections(
  deps: ConnectionDeps,
  { access }: ApiCaller,
  known: readonly ConnectionView[] = [],
): Promise<readonly ConnectionView[]> {
  const { sites, isLive } = deps;
  const readBacklog = createBacklogReader(deps);
  const views = new Map(known.map((view) => [formatConsumerId(view.site, view.id), view]));
  return Promise.all(
    listPermitted(access, 'viewer', sites(), ({ id }) => id).flatMap((site) =>
      site.connections.map(async (connection) => {
        const view = connection.enabled ? views.get(formatConsumerId(site.id, connection.id)) : undefined;
        return view ? { ...view, isLive: isLive(connection) } : connectionView(site, connection, deps, readBacklog);
      }),
    ),
  );
}

export function createConnectionHandlers(deps: ConnectionDeps): RouteHandlers<typeof connectionRoutes> {
  const { sites, store, now, control, isLive, sendTest, getPlatform } = deps;
  const forSite = withSite(sites);
  const visibleSites = ({ access }: ApiCaller) => listPermitted(access, 'viewer', sites(), ({ id }) => id);
  return {
    'POST /api/sites/:site/events/retry': forSite(async (site, params, { dryRun }) =>
      selectConnections(site, params.connection)
        ? retryEvents(site, deps, params, dryRun)
        : new ApiErrorResult('no-such-connection'),
    ),

    'GET /api/connections': (_params, _body, caller) => readConnections(deps, caller),

    'GET /api/present': async (_params, _body, caller) => {
      const { issues, facts } = await deps.issues.readPresent();
      return {
        connections: await readConnections(deps, caller, facts.connections),
        issues: await reportIssues(issues, store, caller.access),
      };
    },

    'GET /api/totals': async ({ site: only, since, until, compare }, _body, caller) =>
      Promise.all(
        visibleSites(caller)
          .filter(({ id }) => only === undefined || id === only)
          .map((site) =>
            compare === undefined ? getTotals(site, deps, since, until, now()) : compareTotals(site, deps, since, until, now()),
          ),
      ),

    'GET /api/order-days': async ({ days }, _body, caller) =>
      Promise.all(visibleSites(caller).map((site) => countOrdersByDay(site, store, days, now()))),

    'GET /api/sites/:site/series': forSite(async (site, { connection, ...period }) => {
      const connections = selectConnections(site, connection);
      if (!connections) return new ApiErrorResult('no-such-connection');
      const intervals = chooseIntervals(site, period, now());
      return intervals instanceof ApiErrorResult
        ? intervals
        : getSeries({ ...site, connections }, deps, intervals, period.by !== undefined);
    }),

    'GET /api/sites/:site/money': forSite(async (site, { connection, ...period }) => {
      const connections = selectConnections(site, connection);
      if (!connections) return new ApiErrorResult('no-such-connection');
      const intervals = chooseIntervals(site, { range: period.since === undefined ? '30d' : undefined, ...period }, now());
      return intervals instanceof ApiErrorResult ? intervals : getMoney({ ...site, connections }, store, intervals, now());
    }),

    'GET /api/sites/:site/connections/:connection/errors': forSite(async ({ id, connections }, { connection, since, until }) =>
      connections.some((one) => one.id === connection)
        ? getConnectionErrors(formatConsumerId(id, connection), store, { since, until }, now())
        : new ApiErrorResult('no-such-connection'),
    ),

    'GET /api/sites/:site/match-quality': forSite(async (site, { connection: only, since, until }) => {
      const connections = selectConnections(site, only);
      if (!connections) return new ApiErrorResult('no-such-connection');
      const days = parseDayRange(since, until, now(), site.timeZone);
      const views = connections.map(async (connection) => {
        const { id } = connection;
        const { name, matching } = getPlatform(connection);
        const counts = await store.getMatchCounts(formatConsumerId(site.id, id), days.since, days.until);
        return {
          site: site.id,
          connection: id,
          platform: name,
          timeZone: site.timeZone,
          ...days,
          ...matchQuality(counts, matching.keys),
        };
      });
      return Promise.all(views);
    }),

    'GET /api/sites/:site/match-quality/days': forSite(async (site, { connection: only, event, since, until }) => {
      const connections = selectConnections(site, only);
      if (!connections) return new ApiErrorResult('no-such-connection');
      const days = parseDayRange(since, until, now(), site.timeZone);
      const views = connections.map(async (connection) => {
        const counts = await store.getMatchCounts(formatConsumerId(site.id, connection.id), days.since, days.until);
        const { keys } = getPlatform(connection).matching;
        return { site: site.id, connection: connection.id, ...days, ...matchDays(counts, keys, event) };
      });
      return Promise.all(views);
    }),

    'POST /api/sites/:site/send-test': forSite(async (site, { live }) => {
      const reachesPlatform = site.connections.some((connection) => connection.enabled && isLive(connection));
      return reachesPlatform && live !== '1' ? new ApiErrorResult('live-endpoint') : { eventId: await sendTest(site) };
    }),

    ...createReplayHandlers(deps),

    'POST /api/sites/:site/connections/:connection/:action': forSite(async ({ id }, { connection, action }, _, { account }) => {
      const controls = control(id, connection);
      if (!controls) return new ApiErrorResult('no-such-connection');
      switch (action) {
        case 'pause':
          await controls.pause(account === undefined ? undefined : toStoredAccount(await store.listAccountIds(), account));
          return { says: 'Paused.', ok: true };
        case 'resume':
          await controls.resume();
          return { says: 'Resumed.', ok: true };
        case 'probe': {
          const { state, says } = await controls.probe();
          return { says, ok: state === 'accepted', state };
        }
      }
    }),
  };
}

/** Returns one connection, or all of them if no id is given. Returns `undefined` if there is no connection with this id. */
function selectConnections({ connections }: Site, id: string | undefined): Site['connections'] | undefined {
  if (id === undefined) return connections;
  const selected = connections.filter((one) => one.id === id);
  return selected.length === 0 ? undefined : selected;
}
