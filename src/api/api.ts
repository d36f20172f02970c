import type { Hono } from 'hono';
import type { ActivityRecorder } from '../activity/activity-recorder.ts';
import type { Connection, Site } from '../event/site.ts';
import { type AccountLinkDeps, createAccountLinkHandlers } from './account-links/handlers.ts';
import { type AccuracyDeps, createAccuracyHandlers } from './accuracy/handlers.ts';
import { type ActivityDeps, createActivityHandlers } from './activity/handlers.ts';
import { type AlertRouteDeps, createAlertHandlers } from './alerts/handlers.ts';
import { type AccountDeps, createAccountHandlers } from './auth/handlers.ts';
import { describeProblem } from './connections/connection-health.ts';
import { connectionView } from './connections/connection-view.ts';
import { type ConnectionDeps, createConnectionHandlers } from './connections/handlers.ts';
import { type ConsentDeps, createConsentHandlers } from './consent/handlers.ts';
import { createEventHandlers, type EventDeps } from './events/handlers.ts';
import { createGatewayHandlers, type GatewayDeps } from './gateway/handlers.ts';
import { createHookHandlers, type HookDeps } from './hooks/handlers.ts';
import type { DatabaseWatch } from './http/database-guard.ts';
import type { AdminEnv, RouteHandlers } from './http/handler.ts';
import { createImportHandlers, type ImportDeps } from './imports/handlers.ts';
import { createIssueHandlers, type IssueRouteDeps } from './issues/handlers.ts';
import { createPeopleHandlers, type PeopleDeps } from './people/handlers.ts';
import { createPlatformAccountHandlers, type PlatformAccountDeps } from './platform-accounts/handlers.ts';
import { createRouteRecorder } from './record-routes.ts';
import { createOpenApiDocument } from './reference/openapi.ts';
import { createRouter } from './router.ts';
import { type Routes, routes } from './routes.ts';
import { createRuleHandlers, type RuleDeps } from './rules/handlers.ts';
import { createSiteHandlers, type SiteDeps } from './sites/handlers.ts';

export interface ApiDeps
  extends GatewayDeps,
    ConnectionDeps,
    EventDeps,
    AccuracyDeps,
    ConsentDeps,
    ImportDeps,
    Omit<IssueRouteDeps, 'issues'>,
    AlertRouteDeps,
    PeopleDeps {
  readonly settings: SiteDeps & HookDeps & AccountLinkDeps & PlatformAccountDeps & RuleDeps;
  readonly accounts: AccountDeps;
  readonly recorder: ActivityRecorder;
  readonly checkCheckpoint: ActivityDeps['checkCheckpoint'];
  /** The database, if the gateway has one. */
  readonly database?: DatabaseWatch | undefined;
}

/** Creates the HTTP API behind the CLI and the dashboard. */
export function createAdminApi(deps: ApiDeps): Hono<AdminEnv> {
  const readHealth = (site: Site, connection: Connection) => connectionView(site, connection, deps);
  const findSite = (id: string) => deps.settings.registry.sites().find((site) => site.id === id);
  const handlers: RouteHandlers<Routes> = {
    ...createSiteHandlers(deps.settings),
    ...createHookHandlers(deps.settings),
    ...createRuleHandlers(deps.settings, deps.now),
    ...createAccountLinkHandlers(deps.settings),
    ...createPlatformAccountHandlers(deps.settings),
    ...createConnectionHandlers(deps),
    ...createAccuracyHandlers(deps, async (...of) => describeProblem(await readHealth(...of))),
    ...createConsentHandlers(deps),
    ...createIssueHandlers(deps),
    ...createAlertHandlers(deps),
    ...createActivityHandlers(deps),
    ...createEventHandlers(deps, readHealth),
    ...createImportHandlers(deps),
    ...createPeopleHandlers(deps),
    ...createAccountHandlers(deps.accounts, () => deps.settings.registry.entries().map(({ site }) => site.id)),
    ...createGatewayHandlers(deps, () => ({ ...createOpenApiDocument(routes, deps.version) })),
  };
  return createRouter(routes, handlers, {
    database: deps.database,
    onFault: (fault) => deps.onFault?.(fault),
    onChange: (entry) => {
      deps.issues.refresh();
      deps.accounts.logger.info(entry, 'admin action');
    },
    record: createRouteRecorder({
      recorder: deps.recorder,
      activity: deps.store,
      readSite: (id) => omitConnections(findSite(id)),
      readConnection: (site, id) => findSite(site)?.connections.find((one) => one.id === id),
      readAlerts: () => deps.alertSettings.current(),
    }),
  });
}

/** Connections have entries of their own. */
function omitConnections(site: Site | undefined): unknown {
  return site && { ...site, connections: undefined };
}
