import type { Context, Hono } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';
import { z } from 'zod';
import type { ActivityRecorder } from '../../activity/activity-recorder.ts';
import type { Access, AccountRecord, Role, SessionRecord } from '../../storage/ports/accounts.ts';
import { accountName, newPassword } from '../http/account-schema.ts';
import { ApiErrorResult } from '../http/api-errors.ts';
import { readBody } from '../http/read-request.ts';
import { sendError, sendTooManyRequests } from './error-response.ts';
import { isGuessable, newPasswordIsGuessable, passwordIsGuessable } from './guessable-password.ts';
import type { AccountDeps } from './handlers.ts';
import type { TrustedHost } from './host-guard.ts';
import type { LoginAttempt, LoginThrottle } from './login-throttle.ts';
import { type Sessions, sessionLife } from './sessions.ts';
import { hashToken } from './token.ts';

export interface SignInDeps extends AccountDeps {
  readonly sessions: Sessions;
  readonly attempt: LoginThrottle;
  readonly recorder: ActivityRecorder;
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
  /** Absent unless `role` is `per-site`. */
  readonly sites?: Access['sites'];
}

function toCurrentUser(name: string, { role, sites }: Access): CurrentUser {
  return { name, role, ...(role === 'per-site' && { sites }) };
}

const signIn = z.object({
  name: z.string('the name of an account').trim().toLowerCase(),
  password: z.string('the password'),
});
const setup = z.object({ token: z.string('the token of the link'), name: accountName, password: newPassword });
const ownPassword = z.object({ password: z.string('your current password'), newPassword });

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
  { sessions, logger, recorder }: Pick<SignInDeps, 'sessions' | 'logger' | 'recorder'>,
  account: AccountRecord,
): Promise<boolean> {
  const token = await sessions.open(account, getSessionToken(c));
  if (token === undefined) return false;
  setSessionCookie(c, token, sessionLife.maxMs / 1_000);
  logger.info({ account: account.name }, 'signed in');
  await recorder.recordAs(account.name, () => ({ kind: 'signed-in' }));
  return true;
}

/** Adds the routes that need no session: to sign in, and to create the first account with the setup token. */
export function mountSignInRoutes(app: Hono<DashboardEnv>, deps: SignInDeps): void {
  const { store, passwords, now, logger, recorder } = deps;
  const recordNew = (name: string, role: Role) =>
    recorder.recordAs(name, (account) => ({ kind: 'account-added', account, role }));
  const open = async (c: Context<DashboardEnv>, account: AccountRecord): Promise<Response> => {
    if (!(await openSession(c, deps, account))) return sendError(c, 'sign-in-refused');
    return c.json(toCurrentUser(account.name, account));
  };

  app.post('/api/session', async (c) => {
    const body = await readBody(signIn, c);
    if (body instanceof ApiErrorResult) return sendError(c, 'parameter-invalid', body.issues);
    const { name, password } = body;
    // The hash bounds the size of the key, because the name can be any text.
    const attempt = await deps.attempt(deps.getNetwork(c), hashToken(name));
    if (attempt.waitSeconds !== undefined) return sendTooManyRequests(c, attempt.waitSeconds);
    const account = await store.findAccount(name);
    const verdict = await withdrawOnError(attempt, passwords.check(password, account?.password));
    if (!account || !verdict.right) {
      // An unknown name is not logged: it may be a password in the wrong field.
      logger.warn(account ? { account: account.name } : {}, 'sign-in refused');
      recorder.countFailedSignIn();
      return sendError(c, 'sign-in-refused');
    }
    await attempt.succeeded();
    if (!verdict.isOutdated) return open(c, account);
    const hashed = await passwords.hash(password);
    await store.rehashPassword(account.name, account.password, hashed);
    return open(c, { ...account, password: hashed });
  });

  /**
   * Reads the name and the password that the holder of a link chose. Each use that creates no account counts as a failed attempt, so a link
   * neither reveals the names of accounts nor occupies the process.
   * @param isOffered returns whether a token with this hash is valid.
   */
  const readLinkBody = async (
    c: Context<DashboardEnv>,
    isOffered: (tokenHash: string) => Promise<boolean>,
    refusal: 'setup-refused' | 'invitation-refused',
  ) => {
    const attempt = await deps.attempt(deps.getNetwork(c));
    if (attempt.waitSeconds !== undefined) return sendTooManyRequests(c, attempt.waitSeconds);
    const body = await readBody(setup, c);
    if (body instanceof ApiErrorResult) {
      await attempt.withdrawn();
      return sendError(c, 'parameter-invalid', body.issues);
    }
    const { token, name, password } = body;
    const tokenHash = hashToken(token);
    if (!(await isOffered(tokenHash))) return sendError(c, refusal);
    if (await store.findAccount(name)) return sendError(c, 'account-exists');
    if (await isGuessable(password, name)) return sendError(c, 'parameter-invalid', [passwordIsGuessable]);
    const hashed = await withdrawOnError(attempt, passwords.hash(password));
    return { attempt, tokenHash, account: { name, password: hashed, createdAt: now() } };
  };

  app.post('/api/setup', async (c) => {
    const read = await readLinkBody(c, async (hash) => hash === (await store.getSetupOffer()), 'setup-refused');
    if (read instanceof Response) return read;
    const account = { ...read.account, role: 'owner', sites: [] } as const;
    if (!(await store.claimSetup(read.tokenHash, account))) return sendError(c, 'setup-refused');
    await read.attempt.withdrawn();
    logger.info({ account: account.name }, 'first account created');
    await recordNew(account.name, 'owner');
    return open(c, account);
  });

  app.post('/api/invitations/accept', async (c) => {
    const isValid = async (hash: string) => ((await store.findInvitation(hash))?.expiresAt ?? 0) > now();
    const read = await readLinkBody(c, isValid, 'invitation-refused');
    if (read instanceof Response) return read;
    const change = await store.acceptInvitation(read.tokenHash, read.account);
    if (change === 'exists') return sendError(c, 'account-exists');
    const account = change === 'done' ? await store.findAccount(read.account.name) : undefined;
    if (!account) return sendError(c, 'invitation-refused');
    await read.attempt.withdrawn();
    logger.info({ account: account.name }, 'invitation accepted');
    await recordNew(account.name, account.role);
    return open(c, account);
  });
}

/** Withdraws the attempt if the check or the hash throws. */
async function withdrawOnError<T>(attempt: LoginAttempt, hashing: Promise<T>): Promise<T> {
  try {
    return await hashing;
  } catch (error) {
    await attempt.withdrawn();
    throw error;
  }
}

/** Adds the routes that every session may use. */
export function mountSessionRoutes(app: Hono<DashboardEnv>, deps: SignInDeps): void {
  const { sessions, store, passwords, logger, recorder } = deps;
  app.get('/api/me', (c) => {
    const session = c.get('session');
    return c.json(toCurrentUser(session.account, session));
  });

  app.put('/api/me/password', async (c) => {
    const { account: name } = c.get('session');
    const body = await readBody(ownPassword, c);
    if (body instanceof ApiErrorResult) return sendError(c, 'parameter-invalid', body.issues);
    const attempt = await deps.attempt(deps.getNetwork(c), hashToken(name));
    if (attempt.waitSeconds !== undefined) return sendTooManyRequests(c, attempt.waitSeconds);
    const account = await store.findAccount(name);
    const verdict = await withdrawOnError(attempt, passwords.check(body.password, account?.password));
    if (!account || !verdict.right) {
      logger.warn({ account: name }, 'password change refused');
      recorder.countFailedSignIn();
      return sendError(c, 'password-refused');
    }
    if (await isGuessable(body.newPassword, name)) return sendError(c, 'parameter-invalid', [newPasswordIsGuessable]);
    const hashed = await withdrawOnError(attempt, passwords.hash(body.newPassword));
    if (!(await store.replacePassword(name, account.password, hashed, hashToken(getSessionToken(c) ?? ''))))
      return sendError(c, 'password-refused');
    await attempt.succeeded();
    logger.info({ account: name }, 'own password changed');
    await recorder.recordAs(name, (account) => ({ kind: 'account-password-changed', account }));
    return c.json({ ok: true });
  });

  app.delete('/api/session', async (c) => {
    if (c.req.query('everywhere') === '1') {
      await sessions.endAll(c.get('session').account);
      await recorder.recordAs(c.get('session').account, () => ({ kind: 'sessions-ended' }));
    } else await sessions.end(getSessionToken(c) ?? '');
    setSessionCookie(c, '', 0);
    return c.body(null, 204);
  });
}
