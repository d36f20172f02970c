import type { Context, Hono } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';
import { z } from 'zod';
import type { AccountRecord, Role, SessionRecord } from '../../storage/store/accounts.ts';
import { newName, newPassword } from '../http/account-schema.ts';
import { ApiErrorResult } from '../http/api-errors.ts';
import { readBody } from '../http/read-request.ts';
import { sendError, sendTooManyRequests } from './error-response.ts';
import { isGuessable, passwordIsGuessable } from './guessable-password.ts';
import type { AccountDeps } from './handlers.ts';
import type { TrustedHost } from './host-guard.ts';
import type { LoginAttempt } from './login-throttle.ts';
import { type Sessions, sessionLife } from './sessions.ts';
import { hashToken } from './token.ts';

export interface SignInDeps extends AccountDeps {
  readonly sessions: Sessions;
  readonly attempt: (address: string, account?: string) => LoginAttempt;
  /** Returns the network prefix of the client. */
  readonly getNetwork: (c: Context) => string;
}

export interface DashboardEnv {
  readonly Variables: { nonce: string; host: TrustedHost; session: SessionRecord };
}

/** The signed-in account. */
export interface CurrentUser {
  readonly name: string;
  readonly role: Role;
}

const signIn = z.object({
  name: z.string('the name of an account').trim().toLowerCase(),
  password: z.string('the password'),
});
const setup = z.object({ token: z.string('the setup token'), name: newName, password: newPassword });

/** Browsers accept the prefix `__Host-` only over HTTPS and from this host. Plain HTTP is for loopback. */
const cookieName = (isSecure: boolean) => (isSecure ? '__Host-convey' : 'convey');

/** Returns the session token of the request, if it has the right form. */
export function getSessionToken(c: Context<DashboardEnv>): string | undefined {
  const value = getCookie(c, cookieName(c.get('host').isSecure));
  return value !== undefined && /^[\w-]{43}$/.test(value) ? value : undefined;
}

function setSessionCookie(c: Context<DashboardEnv>, value: string, maxAge: number): void {
  const { isSecure } = c.get('host');
  setCookie(c, cookieName(isSecure), value, { path: '/', httpOnly: true, sameSite: 'Strict', secure: isSecure, maxAge });
}

/** Opens a session and sets its cookie. Returns false if the account was deleted or its password changed in the meantime. */
export async function openSession(
  c: Context<DashboardEnv>,
  { sessions, logger }: Pick<SignInDeps, 'sessions' | 'logger'>,
  account: AccountRecord,
): Promise<boolean> {
  const token = await sessions.open(account, getSessionToken(c));
  if (token === undefined) return false;
  setSessionCookie(c, token, sessionLife.maxMs / 1_000);
  logger.info({ account: account.name }, 'signed in');
  return true;
}

/** Adds the routes that need no session: to sign in, and to create the first account with the setup token. */
export function mountSignInRoutes(app: Hono<DashboardEnv>, deps: SignInDeps): void {
  const { store, passwords, now, logger } = deps;
  const open = async (c: Context<DashboardEnv>, account: AccountRecord): Promise<Response> => {
    if (!(await openSession(c, deps, account))) return sendError(c, 'sign-in-refused');
    return c.json({ name: account.name, role: account.role } satisfies CurrentUser);
  };

  app.post('/api/session', async (c) => {
    const body = await readBody(signIn, c);
    if (body instanceof ApiErrorResult) return sendError(c, 'parameter-invalid', body.issues);
    const { name, password } = body;
    // The hash bounds the size of the key, because the name can be any text.
    const attempt = deps.attempt(deps.getNetwork(c), hashToken(name));
    if (attempt.waitSeconds !== undefined) return sendTooManyRequests(c, attempt.waitSeconds);
    const account = await store.findAccount(name);
    const verdict = await withdrawOnError(attempt, passwords.check(password, account?.password));
    if (!account || !verdict.right) {
      // An unknown name is not logged: it may be a password in the wrong field.
      logger.warn(account ? { account: account.name } : {}, 'sign-in refused');
      return sendError(c, 'sign-in-refused');
    }
    attempt.succeeded();
    if (!verdict.isOutdated) return open(c, account);
    const hashed = await passwords.hash(password);
    await store.rehashPassword(account.name, account.password, hashed);
    return open(c, { ...account, password: hashed });
  });

  app.post('/api/setup', async (c) => {
    const attempt = deps.attempt(deps.getNetwork(c));
    if (attempt.waitSeconds !== undefined) return sendTooManyRequests(c, attempt.waitSeconds);
    const body = await readBody(setup, c);
    if (body instanceof ApiErrorResult) {
      attempt.withdrawn();
      return sendError(c, 'parameter-invalid', body.issues);
    }
    const { token, name, password } = body;
    const tokenHash = hashToken(token);
    if (tokenHash !== (await store.getSetupOffer())) return sendError(c, 'setup-refused');
    attempt.withdrawn();
    if (await isGuessable(password, name)) return sendError(c, 'parameter-invalid', [passwordIsGuessable]);
    const account = { name, role: 'owner', password: await passwords.hash(password), createdAt: now() } as const;
    if (!(await store.claimSetup(tokenHash, account))) return sendError(c, 'setup-refused');
    logger.info({ account: name }, 'first account created');
    return open(c, account);
  });
}

/** Withdraws the attempt if the check throws. */
async function withdrawOnError<T>(attempt: LoginAttempt, checking: Promise<T>): Promise<T> {
  try {
    return await checking;
  } catch (error) {
    attempt.withdrawn();
    throw error;
  }
}

/** Adds the routes that every session may use. */
export function mountSessionRoutes(app: Hono<DashboardEnv>, { sessions }: SignInDeps): void {
  app.get('/api/me', (c) => {
    const { account, role } = c.get('session');
    return c.json({ name: account, role } satisfies CurrentUser);
  });

  app.delete('/api/session', async (c) => {
    if (c.req.query('everywhere') === '1') await sessions.endAll(c.get('session').account);
    else await sessions.end(getSessionToken(c) ?? '');
    setSessionCookie(c, '', 0);
    return c.body(null, 204);
  });
}
