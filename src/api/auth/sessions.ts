import { dayMs, hourMs, minuteMs, type UnixMs } from '../../event/units.ts';
import type { AccountRecord, AccountStore, SessionRecord } from '../../storage/ports/accounts.ts';
import { hashToken, newToken } from './token.ts';

/** A session ends after `idleMs` without a request, and `maxMs` after it started. */
export const sessionLife = { idleMs: 12 * hourMs, maxMs: 30 * dayMs };
/** Limits the writes of `usedAt`. */
const touchEveryMs = 5 * minuteMs;

export function isSessionActive({ createdAt, usedAt }: Pick<SessionRecord, 'createdAt' | 'usedAt'>, now: UnixMs): boolean {
  return now - usedAt < sessionLife.idleMs && now - createdAt < sessionLife.maxMs;
}

/** Creates the sessions of the dashboard. Only the hashes of their tokens are stored. */
export function createSessions(store: AccountStore, now: () => UnixMs) {
  return {
    /**
     * Opens a session and ends the one that it replaces. Returns its token, or `undefined` if the account was deleted or its password
     * changed in the meantime.
     */
    async open({ name, password }: AccountRecord, replaces?: string): Promise<string | undefined> {
      const { plain, hash } = newToken();
      const at = now();
      await store.removeExpiredSessions(at - sessionLife.maxMs, at - sessionLife.idleMs);
      const replaced = replaces === undefined ? {} : { replaces: hashToken(replaces) };
      return (await store.openSession({ hash, account: name, password, at, ...replaced })) ? plain : undefined;
    },
    async find(token: string): Promise<SessionRecord | undefined> {
      const hash = hashToken(token);
      const session = await store.findSession(hash);
      const at = now();
      if (!session || !isSessionActive(session, at)) return undefined;
      // A full disk must not end sessions, because the dashboard reports it.
      if (at - session.usedAt >= touchEveryMs) await store.touchSession(hash, at).catch(() => undefined);
      return session;
    },
    end: (token: string) => store.endSession(hashToken(token)),
    endAll: (account: string) => store.endSessions(account),
  };
}

export type Sessions = ReturnType<typeof createSessions>;
