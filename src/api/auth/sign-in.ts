import type { Context, Hono } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';
import { z } from 'zod';
import type { Role, SessionRecord } from '../../storage/store/accounts.ts';
import { isName, newName, newPassword, passwordIsName } from '../http/account-schema.ts';
import type { AccountParts } from './account-handlers.ts';
import { sendError, sendTooManyRequests } from './error-response.ts';
import type { TrustedHost } from './host-guard.ts';
import type { LoginAttempt } from './login-throttle.ts';
import { readBody } from './read-body.ts';
import { type Sessions, sessionLife } from './sessions.ts';
import { hashOf } from './token.ts';

export interface SignInParts extends AccountParts {
  readonly sessions: Sessions;
  readonly attempt: (address: string, account?: string) => LoginAttempt;
  /** Whom a request counts for: the address of one household or firm. */
  readonly networkOf: (c: Context) => string;
}

/** What the door knows of a request. */
export interface DashboardEnv {
  readonly Variables: { nonce: string; own: TrustedHost; session: SessionRecord };
}

/** Who is signed in. */
export interface CurrentUser {
  readonly name: string;
  readonly role: Role;
}

const signIn = z.object({
  name: z.string('the name of an account').trim().toLowerCase(),
  password: z.string('the password'),
});
const setup = z.object({ token: z.string('the setup token'), name: newName, password: newPassword });

/** Over https the browser takes the first name from this very host alone; plain http is for loopback. */
const cookieName = (isSecure: boolean) => (isSecure ? '__Host-convey' : 'convey');

/** The token that the request brings, if it may be one. */
export function getSessionToken(c: Context<DashboardEnv>): string | undefined {
  const value = getCookie(c, cookieName(c.get('own').isSecure));
  return value !== undefined && /^[\w-]{43}$/.test(value) ? value : undefined;
}

function giveCookie(c: Context<DashboardEnv>, value: string, maxAge: number): void {
  const { isSecure } = c.get('own');
  setCookie(c, cookieName(isSecure), value, { path: '/', httpOnly: true, sameSite: 'Strict', secure: isSecure, maxAge });
}

/** What needs no session: to sign in, and to make the first account with the setup token. */
export function signInRoutes(door: Hono<DashboardEnv>, parts: SignInParts): void {
  const { store, passwords, sessions, now, logger } = parts;
  const open = async (c: Context<DashboardEnv>, account: Parameters<Sessions['open']>[0]): Promise<Response> => {
    const token = await sessions.open(account, getSessionToken(c));
    if (token === undefined) return sendError(c, 'sign-in-refused');
    giveCookie(c, token, sessionLife.wholeMs / 1_000);
    logger.info({ account: account.name }, 'signed in');
    return c.json({ name: account.name, role: account.role } satisfies CurrentUser);
  };

  door.post('/api/session', async (c) => {
    const read = await readBody(c, signIn);
    if ('issues' in read) return sendError(c, 'parameter-invalid', read.issues);
    const { name, password } = read.value;
    // Whatever was typed in as a name, however long, is remembered as a hash.
    const attempt = parts.attempt(parts.networkOf(c), hashOf(name));
    if (attempt.waitSeconds !== undefined) return sendTooManyRequests(c, attempt.waitSeconds);
    const account = await store.findAccount(name);
    const verdict = await undecided(attempt, passwords.check(password, account?.password));
    if (!account || !verdict.right) {
      // A name that nobody has may be a password in the wrong field.
      logger.warn(account ? { account: account.name } : {}, 'sign-in refused');
      return sendError(c, 'sign-in-refused');
    }
    attempt.succeeded();
    if (!verdict.isOutdated) return open(c, account);
    const stretched = await passwords.stretch(password);
    await store.rehashPassword(account.name, account.password, stretched);
    return open(c, { ...account, password: stretched });
  });

  door.post('/api/setup', async (c) => {
    const attempt = parts.attempt(parts.networkOf(c));
    if (attempt.waitSeconds !== undefined) return sendTooManyRequests(c, attempt.waitSeconds);
    const read = await readBody(c, setup);
    if ('issues' in read) {
      attempt.withdrawn();
      return sendError(c, 'parameter-invalid', read.issues);
    }
    const { token, name, password } = read.value;
    const offer = hashOf(token);
    if (offer !== (await store.getSetupOffer())) return sendError(c, 'setup-refused');
    attempt.withdrawn();
    if (isName(password, name)) return sendError(c, 'parameter-invalid', [passwordIsName]);
    const account = { name, role: 'owner', password: await passwords.stretch(password), createdAt: now() } as const;
    if (!(await store.claimSetup(offer, account))) return sendError(c, 'setup-refused');
    logger.info({ account: name }, 'first account made');
    return open(c, account);
  });
}

/** What a check that could not be made does not count for. */
async function undecided<T>(attempt: LoginAttempt, checking: Promise<T>): Promise<T> {
  try {
    return await checking;
  } catch (error) {
    attempt.withdrawn();
    throw error;
  }
}

/** What every session may do, of whatever role. */
export function sessionRoutes(door: Hono<DashboardEnv>, { sessions }: SignInParts): void {
  door.get('/api/me', (c) => {
    const { account, role } = c.get('session');
    return c.json({ name: account, role } satisfies CurrentUser);
  });

  door.delete('/api/session', async (c) => {
    if (c.req.query('everywhere') === '1') await sessions.endAll(c.get('session').account);
    else await sessions.end(getSessionToken(c) ?? '');
    giveCookie(c, '', 0);
    return c.body(null, 204);
  });
}
