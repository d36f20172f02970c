import { getConnInfo } from '@hono/node-server/conninfo';
import type { ActivityRecorder } from '../activity/activity-recorder.ts';
import { createDashboardApp, issueSetupToken } from '../api/auth/dashboard-app.ts';
import { createFailureMemory, createLoginThrottle } from '../api/auth/login-throttle.ts';
import { createMetricsApp, type ScrapeDeps } from '../api/auth/metrics-endpoint.ts';
import { createPasswordHasher } from '../api/auth/password-hash.ts';
import { createSessions } from '../api/auth/sessions.ts';
import { createSignInLinks, linkPath, type SignInLinks } from '../api/auth/sign-in-link.ts';
import type { Metrics } from '../api/metrics/metrics.ts';
import { toLoopbackUrl } from '../api/sites/collector-url.ts';
import { createClientNetworkReader } from '../ingest/http/client-info.ts';
import { limitConnectionsPerNetwork } from '../ingest/http/connection-limit.ts';
import { dashboardConnectionLimits, startHttpServer } from '../ingest/http/http-server.ts';
import { isLoopback } from '../net/ip-address.ts';
import { readDashboard } from './built-assets.ts';
import type { GatewayContext } from './gateway-context.ts';
import type { GatewayStorage } from './open-gateway-storage.ts';
import type { RunningAdmin } from './start-admin.ts';
import { listenOrExplain, requestGraceMs } from './startup.ts';

/** The connections of one client network to the dashboard's port. A browser keeps up to 6, so an office of 40 people fits. */
const connectionsPerNetwork = 256;

interface DashboardStageDeps {
  readonly storage: GatewayStorage;
  readonly metrics: Metrics;
  /** Absent: the port has the metrics alone. */
  readonly admin: RunningAdmin | undefined;
  readonly recorder: ActivityRecorder;
}

export interface RunningDashboard {
  /** The URL of the dashboard's port. */
  readonly url: string;
  /** Lets each connection end with its next response. */
  readonly drain: () => void;
  /** The origin under which browsers open the dashboard. */
  readonly origin: string;
  /** Creates the first account. Undefined once an account exists, or if another gateway offers it. */
  readonly setupUrl?: string;
  /** Creates a link that signs in once. Absent unless the gateway was started with `demoAccount`. */
  readonly createSignInLink?: () => string;
}

/** The routes of the port, with the tokens that open the dashboard. */
interface PortApp {
  readonly fetch: ReturnType<typeof createDashboardApp>['fetch'];
  readonly setupToken?: string | undefined;
  readonly signInLinks?: SignInLinks | undefined;
}

/**
 * Starts the dashboard's port: metrics, and with the role `admin` dashboard and admin API.
 * @param demoAccount the account of `GatewayOptions`.
 * @throws ConveyError
 */
export async function startDashboard(
  context: GatewayContext,
  { storage, metrics, admin, recorder }: DashboardStageDeps,
  demoAccount: string | undefined,
): Promise<RunningDashboard> {
  const { config, now, logger, onShutdown } = context;
  const scrape: ScrapeDeps = {
    listening: config.dashboard,
    scrape: metrics.scrape,
    getPeer: (c) => getConnInfo(c).remote.address,
  };
  const app: PortApp = admin
    ? await createAdminPort(context, { storage, scrape, admin, recorder }, demoAccount)
    : createMetricsApp(scrape);
  const perPeer = limitConnectionsPerNetwork(
    {
      listener: 'dashboard',
      connectionsPerAddress: connectionsPerNetwork,
      trustedProxies: config.collector.trustedProxies,
    },
    now,
    logger,
  );
  const server = await listenOrExplain(config, 'dashboard', () =>
    startHttpServer(app, { ...config.dashboard, limits: dashboardConnectionLimits, perPeer }),
  );
  onShutdown(() => server.close(requestGraceMs));

  const { host, publicUrl = toLoopbackUrl(server.url) } = config.dashboard;
  if (admin && !isLoopback(host) && !publicUrl.startsWith('https:'))
    logger.warn({ url: server.url }, 'dashboard without TLS: passwords cross the network in clear text, see dashboard.publicUrl');
  const { origin } = new URL(publicUrl);
  const { setupToken, signInLinks } = app;
  return {
    url: server.url,
    drain: server.drain,
    origin,
    ...(setupToken !== undefined && { setupUrl: `${origin}/setup#${setupToken}` }),
    ...(signInLinks && { createSignInLink: () => `${origin}${linkPath}${signInLinks.issue()}` }),
  };
}

async function createAdminPort(
  { config, now, logger, passwordCost }: GatewayContext,
  {
    storage,
    scrape,
    admin,
    recorder,
  }: {
    readonly storage: GatewayStorage;
    readonly scrape: ScrapeDeps;
    readonly admin: RunningAdmin;
    readonly recorder: ActivityRecorder;
  },
  demoAccount: string | undefined,
): Promise<PortApp> {
  const { store } = storage;
  if (demoAccount !== undefined && (!isLoopback(config.dashboard.host) || config.dashboard.publicUrl !== undefined))
    throw new Error('a sign-in link is for a dashboard on this machine');
  const signInLinks = demoAccount === undefined ? undefined : await createSignInLinks(store, demoAccount, now);
  // Issued before the port opens, so that the token of an earlier start is void.
  const setupToken = await issueSetupToken(store, storage.leaseOwner);
  const readNetwork = createClientNetworkReader(config.collector.trustedProxies);
  const app = createDashboardApp({
    ...scrape,
    store,
    recorder,
    now,
    logger,
    // A queue of its own: password guesses on this port do not delay the admin socket.
    passwords: createPasswordHasher(passwordCost),
    admin: admin.api,
    pages: readDashboard(),
    sessions: createSessions(store, now),
    attempt: createLoginThrottle(storage.shared?.signInFailures ?? createFailureMemory(now)),
    getNetwork: (c) => readNetwork(getConnInfo(c).remote.address, (name) => c.req.header(name)),
    onFault: admin.onFault,
    database: admin.database,
    signInLinks,
  });
  return { fetch: app.fetch, setupToken, signInLinks };
}
