import { getConnInfo } from '@hono/node-server/conninfo';
import { createDashboardApp, issueSetupToken } from '../api/auth/dashboard-app.ts';
import { isLoopback } from '../api/auth/host-guard.ts';
import { createLoginThrottle } from '../api/auth/login-throttle.ts';
import { createPasswordHasher } from '../api/auth/password-hash.ts';
import { createSessions } from '../api/auth/sessions.ts';
import { createSignInLinks, linkPath } from '../api/auth/sign-in-link.ts';
import type { Metrics } from '../api/metrics/metrics.ts';
import { toLoopbackUrl } from '../api/sites/collector-url.ts';
import { createClientNetworkReader } from '../ingest/http/client-info.ts';
import { limitConnectionsPerNetwork } from '../ingest/http/connection-limit.ts';
import { dashboardConnectionLimits, startHttpServer } from '../ingest/http/http-server.ts';
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
  readonly admin: RunningAdmin;
}

export interface RunningDashboard {
  /** The URL of the dashboard's port. */
  readonly url: string;
  /** The origin under which browsers open the dashboard. */
  readonly origin: string;
  /** Creates the first account. Undefined once an account exists. */
  readonly setupUrl?: string;
  /** Creates a link that signs in once. Absent unless the gateway was started with `demoAccount`. */
  readonly createSignInLink?: () => string;
}

/**
 * Starts the dashboard's port: dashboard, admin API and metrics.
 * @param demoAccount the account of `GatewayOptions`.
 * @throws ConveyError
 */
export async function startDashboard(
  { config, now, logger, onShutdown }: GatewayContext,
  { storage, metrics, admin }: DashboardStageDeps,
  demoAccount: string | undefined,
): Promise<RunningDashboard> {
  const { store } = storage;
  const { trustedProxies } = config.collector;
  if (demoAccount !== undefined && (!isLoopback(config.dashboard.host) || config.dashboard.publicUrl !== undefined))
    throw new Error('a sign-in link is for a dashboard on this machine');
  const signInLinks = demoAccount === undefined ? undefined : await createSignInLinks(store, demoAccount, now);
  // Issued before the port opens, so that the token of an earlier start is void.
  const setupToken = await issueSetupToken(store);
  const readNetwork = createClientNetworkReader(trustedProxies);
  const app = createDashboardApp({
    store,
    now,
    logger,
    // A queue of its own: password guesses on this port do not delay the admin socket.
    passwords: createPasswordHasher(),
    admin: admin.api,
    pages: readDashboard(),
    sessions: createSessions(store, now),
    attempt: createLoginThrottle(now),
    getNetwork: (c) => readNetwork(getConnInfo(c).remote.address, (name) => c.req.header(name)),
    listening: config.dashboard,
    scrape: metrics.scrape,
    getPeer: (c) => getConnInfo(c).remote.address,
    onFault: admin.onFault,
    signInLinks,
  });
  const perPeer = limitConnectionsPerNetwork(
    { listener: 'dashboard', connectionsPerAddress: connectionsPerNetwork, trustedProxies },
    now,
    logger,
  );
  const server = await listenOrExplain(config.dashboard, 'dashboard', () =>
    startHttpServer(app, { ...config.dashboard, limits: dashboardConnectionLimits, perPeer }),
  );
  onShutdown(() => server.close(requestGraceMs));

  const { host, publicUrl = toLoopbackUrl(server.url) } = config.dashboard;
  if (!isLoopback(host) && !publicUrl.startsWith('https:'))
    logger.warn({ url: server.url }, 'dashboard without TLS: passwords cross the network in clear text, see dashboard.publicUrl');
  const { origin } = new URL(publicUrl);
  return {
    url: server.url,
    origin,
    ...(setupToken !== undefined && { setupUrl: `${origin}/setup#${setupToken}` }),
    ...(signInLinks && { createSignInLink: () => `${origin}${linkPath}${signInLinks.issue()}` }),
  };
}
