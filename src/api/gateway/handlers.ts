import type { BudgetState } from '../../event/browser-budget.ts';
import type { Site } from '../../event/site.ts';
import type { UnixMs } from '../../event/units.ts';
import type { LogHealth } from '../../storage/log/event-log.ts';
import { listPermitted } from '../auth/permissions.ts';
import { describeNoDelivery } from '../connections/connection-health.ts';
import { ApiErrorResult } from '../http/api-errors.ts';
import { FileDownload, type RouteHandlers } from '../http/handler.ts';
import type { RouteResponse } from '../http/route.ts';
import type { Access } from '../http/site-roles.ts';
import type { gatewayRoutes } from './routes.ts';

type GatewayRoutes = typeof gatewayRoutes;

/** Returns the health of the log as an account may read it. An account on single sites gets no numbers of other sites or the disk. */
function redactHealth(health: StoredHealth, access: Access | undefined): HealthView {
  if (access?.role !== 'per-site') return health;
  const { writable, appendsTo, browserProblem } = health;
  const problem = 'The gateway cannot store them. Inform an owner of all sites.';
  return {
    writable,
    ...(appendsTo !== undefined && { appendsTo }),
    ...(!writable && { problem }),
    ...(browserProblem !== undefined && { browserProblem: problem }),
  };
}

/** Whether events are accepted, be it by the log or by a spool, and the size of the log. */
interface StoredHealth extends LogHealth {
  /** Where they are stored, if there is a spool. */
  readonly appendsTo?: 'database' | 'spool';
}

export interface GatewayDeps {
  readonly version: string;
  readonly startedAt: UnixMs;
  /** The public URL of the collector. */
  readonly collectorUrl: string;
  /** Returns the URL under which browsers open the dashboard. Undefined until its port is open. */
  readonly getDashboardUrl: () => string | undefined;
  /** The API reference in HTML, as `npm run build:reference` builds it. */
  readonly referencePage: string;
  readonly sites: () => readonly Site[];
  readonly readHealth: () => Promise<StoredHealth>;
  /** Returns since when no gateway with the role `deliver` runs. Absent if this is the only gateway. */
  readonly getUndeliveredSince?: (() => UnixMs | undefined) | undefined;
  /** Returns how much of its daily budget for browser events a site has used. */
  readonly browserBudget: (site: string) => Promise<BudgetState>;
  /** Copies all data to a tar file. */
  readonly backup: () => Promise<
    | { readonly stream: ReadableStream<Uint8Array>; readonly bytes: number }
    | 'backup-running'
    | 'backup-no-room'
    | 'backup-elsewhere'
  >;
}

type HealthView = RouteResponse<GatewayRoutes['GET /api/status']>['log'];
type OpenApiResponse = RouteResponse<GatewayRoutes['GET /api/openapi.json']>;

function describeDelivery(undeliveredSince: UnixMs | undefined): { readonly deliveryProblem?: string } {
  return undeliveredSince === undefined ? {} : { deliveryProblem: describeNoDelivery(undeliveredSince) };
}

function describeDashboard(dashboardUrl: string | undefined): { readonly dashboardUrl?: string } {
  return dashboardUrl === undefined ? {} : { dashboardUrl };
}

/** @param createDocument is called at the first request: the document would slow down each start. */
export function createGatewayHandlers(deps: GatewayDeps, createDocument: () => OpenApiResponse): RouteHandlers<GatewayRoutes> {
  const { version, startedAt, collectorUrl, getDashboardUrl, sites, readHealth, getUndeliveredSince } = deps;
  const { browserBudget, backup, referencePage } = deps;
  let document: OpenApiResponse | undefined;
  return {
    'GET /api/status': async (_params, _body, { access }) => ({
      version,
      startedAt,
      log: redactHealth(await readHealth(), access),
      ...describeDelivery(getUndeliveredSince?.()),
      collectorUrl,
      ...describeDashboard(getDashboardUrl()),
      sites: await Promise.all(
        listPermitted(access, 'viewer', sites(), ({ id }) => id).map(async ({ id, name, connections }) => ({
          id,
          name,
          connections: connections.map((one) => one.id),
          browserBudget: await browserBudget(id),
        })),
      ),
    }),

    'POST /api/backup': async () => {
      const result = await backup();
      return typeof result === 'string' ? new ApiErrorResult(result) : new FileDownload(result.stream, result.bytes);
    },

    'GET /api/openapi.json': async () => {
      document ??= createDocument();
      return document;
    },
    'GET /api': async () => referencePage,
  };
}
