import { randomBytes } from 'node:crypto';
import type { Context, Hono } from 'hono';
import { minuteMs, type UnixMs } from '../../event/units.ts';
import { isLoopback } from '../../net/ip-address.ts';
import type { AccountRecord, AccountStore } from '../../storage/ports/accounts.ts';
import { sendError } from './error-response.ts';
import { createPasswordHasher } from './password-hash.ts';
import { type DashboardEnv, getSessionToken, openSession, type SignInDeps } from './sign-in.ts';
import { hashToken, newToken } from './token.ts';

/** The time in which a link can be used. */
export const linkLifeMs = 10 * minuteMs;

/** The path of a link, before its token. */
export const linkPath = '/demo-sign-in/';

/** Sign-in links of the demo's account. Each can be used once. */
export interface SignInLinks {
  /** Creates the token of a link. Invalidates the previous one. */
  issue(): string;
  /** Returns the account if the token is that of the current link, and invalidates the link. */
  redeem(token: string): AccountRecord | undefined;
}

/**
 * Creates the demo's owner account, and its links. Its password is random and unknown, so there is no other way to sign in. The store must
 * have no account.
 * @throws Error if it has one
 */
export async function createSignInLinks(store: AccountStore, name: string, now: () => UnixMs): Promise<SignInLinks> {
  if ((await store.listAccounts()).length > 0) throw new Error("the demo's account must be the first");
  // A password of 256 random bits needs no slow hash.
  const password = await createPasswordHasher({ logN: 4, r: 8, p: 1 }).hash(randomBytes(32).toString('base64url'));
  const account = { name, role: 'owner', sites: [], password, createdAt: now() } as const;
  const change = await store.addAccount(account);
  if (change !== 'done') throw new Error(`the demo's account could not be added: ${change}`);
  let current: { readonly hash: string; readonly until: UnixMs } | undefined;
  return {
    issue() {
      const { plain, hash } = newToken();
      current = { hash, until: now() + linkLifeMs };
      return plain;
    },
    redeem(token) {
      if (current?.hash !== hashToken(token)) return undefined;
      const isExpired = now() >= current.until;
      current = undefined;
      return isExpired ? undefined : account;
    },
  };
}

const usedUp = 'This link was used, or is older than 10 minutes. Press Enter in the terminal of the demo for a new one.';

/** Adds the page of a sign-in link, for browsers on this machine only. It opens a session and then the dashboard. */
export function mountSignInLink(
  app: Hono<DashboardEnv>,
  deps: SignInDeps & { readonly getPeer: (c: Context) => string | undefined },
  links: SignInLinks,
): void {
  app.get(`${linkPath}:token`, async (c) => {
    const peer = deps.getPeer(c)?.replace(/^::ffff:/i, '');
    const isLocal = peer !== undefined && isLoopback(peer) && isLoopback(new URL(c.get('host').origin).hostname);
    // A browser that only prepares the page must not use up the link.
    const isPrepared = /prefetch|prerender/.test(c.req.header('sec-purpose') ?? '');
    if (!isLocal || isPrepared || c.req.method !== 'GET') return sendError(c, 'not-found');
    const account = links.redeem(c.req.param('token'));
    if (account && (await openSession(c, deps, account))) return c.redirect('/', 303);
    const session = getSessionToken(c);
    const isSignedIn = session !== undefined && (await deps.sessions.find(session)) !== undefined;
    return isSignedIn ? c.redirect('/', 303) : c.text(usedUp, 410);
  });
}
