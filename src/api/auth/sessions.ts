import { dayMs, hourMs, minuteMs, type UnixMs } from '../../event/units.ts';
import type { AccountRecord, AccountStore, SessionRecord } from '../../storage/store/accounts.ts';
import { hashOf, newToken } from './token.ts';

/** Without a request for so long, or so long after it began, a session is over. */
export const sessionLife = { idleMs: 12 * hourMs, wholeMs: 30 * dayMs };
/** Not every look at a page is worth a write. */
const touchEveryMs = 5 * minuteMs;

export function isSessionActive({ createdAt, usedAt }: Pick<SessionRecord, 'createdAt' | 'usedAt'>, now: UnixMs): boolean {
  return now - usedAt < sessionLife.idleMs && now - createdAt < sessionLife.wholeMs;
}

/** Who is signed in, by the token of their cookie. A token is told once, and kept as its hash. */
export function createSessions(store: AccountStore, now: () => UnixMs) {
  return {
    /** The token; `undefined` where the account was removed or its password changed meanwhile. Ends the session that it replaces. */
    async open({ name, password }: AccountRecord, replaces?: string): Promise<string | undefined> {
      const { plain, hash } = newToken();
      const at = now();
      await store.removeExpiredSessions(at - sessionLife.wholeMs, at - sessionLife.idleMs);
      const replaced = replaces === undefined ? {} : { replaces: hashOf(replaces) };
      return (await store.openSession({ hash, account: name, password, at, ...replaced })) ? plain : undefined;
    },
    async find(token: string): Promise<SessionRecord | undefined> {
      const hash = hashOf(token);
      const session = await store.findSession(hash);
      const at = now();
      if (!session || !isSessionActive(session, at)) return undefined;
      // A disk that is full must not keep people from seeing that it is.
      if (at - session.usedAt >= touchEveryMs) await store.touchSession(hash, at).catch(() => undefined);
      return session;
    },
    end: (token: string) => store.endSession(hashOf(token)),
    endAll: (account: string) => store.endSessions(account),
  };
}

export type Sessions = ReturnType<typeof createSessions>;
