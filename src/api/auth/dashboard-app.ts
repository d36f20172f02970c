import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { AccountStore } from '../../storage/ports/accounts.ts';
import { type DatabaseWatch, findDatabaseAway, guardDatabase } from '../http/database-guard.ts';
import type { AdminEnv } from '../http/handler.ts';
import { QueueFullError } from '../http/task-queue.ts';
import { timeHeader } from '../http/time-header.ts';
import { compressResponse } from './compress-response.ts';
import { isSameOriginRequest } from './csrf.ts';
import { sendError, sendTooManyRequests } from './error-response.ts';
import { createHostGuard } from './host-guard.ts';
import { mountMetricsRoute, type ScrapeDeps } from './metrics-endpoint.ts';
import { newNonce, secureHeaders } from './security-headers.ts';
import { type DashboardEnv, getSessionToken, mountSessionRoutes, mountSignInRoutes, type SignInDeps } from './sign-in.ts';
import { mountSignInLink, type SignInLinks } from './sign-in-link.ts';
import { assetFolder, type Pages } from './static-files.ts';
import { hashToken, newToken } from './token.ts';

type App = Pick<Hono<AdminEnv>, 'fetch'>;

export interface DashboardAppDeps extends SignInDeps, ScrapeDeps {
  /** The admin API. */
  readonly admin: App;
  /** The dashboard's files. They contain no protected data, so they need no session. */
  readonly pages: Pages;
  /** The listen address and the public URL of the dashboard. */
  readonly listening: ScrapeDeps['listening'];
  /** The database, if the gateway has one. */
  readonly database?: DatabaseWatch | undefined;
  /** Called with errors that are answered with `internal`. */
  readonly onFault: (fault: unknown) => void;
  /** The demo's sign-in links. Absent in every other gateway. */
  readonly signInLinks?: SignInLinks | undefined;
}

const maxBodyBytes = 65_536;

/** Creates the app of the dashboard's port: authentication and security headers. The admin API checks the rights of the account. */
export function createDashboardApp(deps: DashboardAppDeps): Hono<DashboardEnv> {
  const app = new Hono<DashboardEnv>();
  const findTrustedHost = createHostGuard(deps.listening);

  // Before the check of `Host`: a scraper with the token may use any host name.
  mountMetricsRoute(app, deps);
  app.use(async (c, next) => {
    c.set('nonce', newNonce());
    const host = findTrustedHost(c.req.header('host'));
    if (host) {
      c.set('host', host);
      await next();
    } else c.res = sendError(c, 'host-unknown');
    // `c.header` would copy the body of a finished response.
    for (const [name, value] of Object.entries(secureHeaders(getResponseKind(c), c.get('nonce'), host?.isSecure ?? false)))
      c.res.headers.set(name, value);
    if (getResponseKind(c) === 'api') c.res.headers.set(timeHeader, String(deps.now()));
  });
  app.use('/api/*', async (c, next) => {
    const head = { method: c.req.method, header: (name: string) => c.req.header(name) };
    return isSameOriginRequest(head, c.get('host').origin) ? next() : sendError(c, 'not-our-page');
  });
  app.use('/api/*', bodyLimit({ maxSize: maxBodyBytes, onError: (c) => sendError(c, 'request-too-large') }));
  if (deps.database) app.use('/api/*', guardDatabase(deps.database));
  mountSignInRoutes(app, deps);

  const findSession = async (c: Context<DashboardEnv>) => {
    const token = getSessionToken(c);
    return token === undefined ? undefined : deps.sessions.find(token);
  };
  app.use('/api/*', async (c, next) => {
    const session = await findSession(c);
    if (!session) return sendError(c, 'not-signed-in');
    c.set('session', session);
    return next();
  });
  mountSessionRoutes(app, deps);
  if (deps.signInLinks) mountSignInLink(app, deps, deps.signInLinks);

  app.all('/api/*', async (c) => {
    const response = await deps.admin.fetch(c.req.raw, {
      account: c.get('session').account,
      access: c.get('session'),
      readAccess: () => findSession(c),
      session: hashToken(getSessionToken(c) ?? ''),
      origin: c.get('host').origin,
    });
    return compressResponse(response, c.req.raw);
  });
  app.get('*', (c) => deps.pages.respond(c, c.get('nonce')) ?? sendError(c, 'not-found'));

  app.notFound((c) => sendError(c, 'not-found'));
  app.onError((fault, c) => sendFault(c, fault, deps));
  return app;
}

/**
 * Creates a token that permits creating the first account, if there is none. Invalidates the node's previous token. Returns `undefined` if
 * an account exists, or another node that runs has offered the setup.
 */
export async function issueSetupToken(store: AccountStore, node?: string): Promise<string | undefined> {
  const { plain, hash } = newToken();
  const isFirst = (await store.listAccounts()).length === 0;
  const isOffered = await store.offerSetup(isFirst ? hash : undefined, node);
  return isFirst && isOffered ? plain : undefined;
}

function getResponseKind(c: Context): 'api' | 'reference' | 'asset' | 'page' {
  if (c.req.path === '/api') return 'reference';
  if (c.req.path.startsWith(assetFolder) && c.res.ok) return 'asset';
  return c.req.path.startsWith('/api/') ? 'api' : 'page';
}

async function sendFault(
  c: Context,
  fault: unknown,
  { database, onFault }: Pick<DashboardAppDeps, 'database' | 'onFault'>,
): Promise<Response> {
  if (fault instanceof QueueFullError) return sendTooManyRequests(c, 1);
  const away = await findDatabaseAway(c, database);
  if (away) return away;
  onFault(fault);
  return sendError(c, 'internal');
}
