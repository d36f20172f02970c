import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { AccountStore } from '../../storage/store/accounts.ts';
import type { AdminEnv } from '../router.ts';
import { isSameOriginRequest } from './csrf.ts';
import { sendError, sendTooManyRequests } from './error-response.ts';
import { createHostGuard } from './host-guard.ts';
import { mountMetricsRoute, type ScrapeParts } from './metrics-endpoint.ts';
import { PasswordQueueFullError } from './password-hash.ts';
import { requiresOwner } from './permissions.ts';
import { newNonce, secureHeaders } from './security-headers.ts';
import { type DashboardEnv, getSessionToken, type SignInParts, sessionRoutes, signInRoutes } from './sign-in.ts';
import { assetFolder, type Pages } from './static-files.ts';
import { hashOf, newToken } from './token.ts';

/** Another app, as far as a request is passed on to it. */
type Behind = Pick<Hono<AdminEnv>, 'fetch'>;

export interface DashboardAppDeps extends SignInParts, ScrapeParts {
  /** The admin API. */
  readonly admin: Behind;
  /** The dashboard, for whoever asks: it holds nothing that a session protects. */
  readonly pages: Pages;
  /** Where the dashboard is listened for, and under which address browsers know it. */
  readonly listening: ScrapeParts['listening'];
  /** Told of what an answer with `internal` stands for. */
  readonly onFault: (fault: unknown) => void;
}

const maxBodyBytes = 65_536;

/** The app of the dashboard's port: who may come in, as whom, and what each may do. In the order in which a request meets it. */
export function createDashboardApp(parts: DashboardAppDeps): Hono<DashboardEnv> {
  const door = new Hono<DashboardEnv>();
  const ownAddress = createHostGuard(parts.listening);

  // Before the `Host` is judged: who has the token may reach the port under any name.
  mountMetricsRoute(door, parts);
  door.use(async (c, next) => {
    c.set('nonce', newNonce());
    const own = ownAddress(c.req.header('host'));
    if (own) {
      c.set('own', own);
      await next();
    } else c.res = sendError(c, 'host-unknown');
    // `c.header` would copy the body of an answer that is ready.
    for (const [name, value] of Object.entries(secureHeaders(kindOf(c), c.get('nonce'), own?.isSecure ?? false)))
      c.res.headers.set(name, value);
  });
  door.use('/api/*', async (c, next) => {
    const asked = { method: c.req.method, header: (name: string) => c.req.header(name) };
    return isSameOriginRequest(asked, c.get('own').origin) ? next() : sendError(c, 'not-our-page');
  });
  door.use('/api/*', bodyLimit({ maxSize: maxBodyBytes, onError: (c) => sendError(c, 'request-too-large') }));
  signInRoutes(door, parts);

  door.use('/api/*', async (c, next) => {
    const token = getSessionToken(c);
    const session = token === undefined ? undefined : await parts.sessions.find(token);
    if (!session) return sendError(c, 'not-signed-in');
    c.set('session', session);
    return next();
  });
  sessionRoutes(door, parts);

  door.use('/api/*', async (c, next) => {
    const mayPass = c.get('session').role === 'owner' || !requiresOwner(c.req.method, c.req.path);
    return mayPass ? next() : sendError(c, 'owner-only');
  });
  door.all('/api/*', (c) =>
    parts.admin.fetch(c.req.raw, { account: c.get('session').account, session: hashOf(getSessionToken(c) ?? '') }),
  );
  door.get('*', (c) => parts.pages.answer(c, c.get('nonce')) ?? sendError(c, 'not-found'));

  door.notFound((c) => sendError(c, 'not-found'));
  door.onError((fault, c) => answerFault(c, fault, parts.onFault));
  return door;
}

/** While nobody has an account, a token that lets its holder make the first; the one before is void. */
export async function issueSetupToken(store: AccountStore): Promise<string | undefined> {
  const { plain, hash } = newToken();
  const isOpen = (await store.listAccounts()).length === 0;
  await store.offerSetup(isOpen ? hash : undefined);
  return isOpen ? plain : undefined;
}

function kindOf(c: Context): 'api' | 'reference' | 'asset' | 'page' {
  if (c.req.path === '/api') return 'reference';
  if (c.req.path.startsWith(assetFolder) && c.res.ok) return 'asset';
  return c.req.path.startsWith('/api/') ? 'api' : 'page';
}

function answerFault(c: Context, fault: unknown, onFault: (fault: unknown) => void): Response {
  if (fault instanceof PasswordQueueFullError) return sendTooManyRequests(c, 1);
  onFault(fault);
  return sendError(c, 'internal');
}
