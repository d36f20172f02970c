import { dayMs, minuteMs, secondMs, type UnixMs } from '../../event/units.ts';
import { limitedNetworks, limitFactors } from '../../net/ip-address.ts';

/**
 * How failures of one key slow it down: fewer than `free` cost nothing, that many a second, each further one twice as much, up to
 * `mostMs`. In each `mostMs` after the last, one is forgotten.
 */
interface Slowing {
  readonly free: number;
  readonly mostMs: number;
}

/**
 * An address is one household's or firm's; an account is somebody who must be able to get in, so it waits a minute at most.
 * An IPv6 /56 and /48 may fail 4 and 16 times as often as an address.
 * @source https://cheatsheetseries.owasp.org/cheatsheets/Authentication_Cheat_Sheet.html (2026-11-24): by account, exponential,
 * and no means to shut somebody out
 */
const slowing = {
  address: { free: 10, mostMs: 15 * minuteMs },
  account: { free: 5, mostMs: minuteMs },
} as const satisfies Record<string, Slowing>;

/** After so long without a failure a key begins anew. */
const forgottenMs = dayMs;
/** Keys of a kind that are remembered; beyond that whoever was quiet longest is forgotten. */
const maxKeys = 10_000;

export interface LoginAttempt {
  /** The seconds that it has to wait: it may not be tried now, and counts as nothing. */
  readonly waitSeconds?: number;
  /** The password was right: the attempt does not count, and the account begins anew. */
  succeeded(): void;
  /** It was not decided. */
  withdrawn(): void;
}

/**
 * Bounds how often a password may be guessed. An attempt counts as failed from its beginning, so many at once are as bounded as
 * one after another. Memory is bounded, and a restart forgets it all.
 */
export function createLoginThrottle(now: () => UnixMs): (address: string, account?: string) => LoginAttempt {
  const { free, mostMs } = slowing.address;
  const addresses = limitFactors.map((factor) => counter({ free: free * factor, mostMs: mostMs / factor }, now));
  const accounts = counter(slowing.account, now);
  /** Where an account was signed in from of late. Whoever tries it from elsewhere does not slow down these. */
  const homes = recent();
  return (address, account) => {
    const home = JSON.stringify([address, account]);
    const isHome = homes.has(home);
    const accountKey = isHome ? home : JSON.stringify([account]);
    const counts = [
      ...limitedNetworks(address).map(({ network }, index) => ({ counter: addresses[index], key: network })),
      { counter: account === undefined ? undefined : accounts, key: accountKey },
    ];
    const waitMs = Math.max(...counts.map(({ counter, key }) => counter?.waitMs(key) ?? 0));
    if (waitMs > 0) return { waitSeconds: Math.ceil(waitMs / secondMs), succeeded() {}, withdrawn() {} };
    const undo = counts.map(({ counter, key }) => counter?.count(key));
    const withdrawn = () => {
      for (const step of undo) step?.();
    };
    return {
      withdrawn,
      succeeded() {
        withdrawn();
        if (account === undefined) return;
        accounts.forget(accountKey);
        homes.add(home);
      },
    };
  };
}

interface Count {
  failures: number;
  at: UnixMs;
}

function counter({ free, mostMs }: Slowing, now: () => UnixMs) {
  const counts = new Map<string, Count>();
  const known = (key: string): Count => {
    const count = counts.get(key);
    if (!count || now() - count.at >= forgottenMs) return { failures: 0, at: 0 };
    const forgotten = Math.max(0, Math.floor((now() - count.at) / mostMs));
    return { failures: Math.max(0, count.failures - forgotten), at: count.at };
  };
  return {
    waitMs(key: string): number {
      const { failures, at } = known(key);
      if (failures < free) return 0;
      const asked = Math.min(mostMs, secondMs * 2 ** (failures - free));
      // A clock that was set back must not make the wait longer than it is.
      return Math.min(asked, Math.max(0, at + asked - now()));
    },
    /** Answers how to take it back. */
    count(key: string): () => void {
      const before = counts.get(key);
      const mine = { failures: known(key).failures + 1, at: now() };
      counts.delete(key);
      counts.set(key, mine);
      const [quietest] = counts.keys();
      if (counts.size > maxKeys && quietest !== undefined) counts.delete(quietest);
      return () => {
        const count = counts.get(key);
        if (!count) return;
        if (count !== mine) count.failures = Math.max(0, count.failures - 1);
        else if (before) counts.set(key, before);
        else counts.delete(key);
      };
    },
    forget(key: string): void {
      counts.delete(key);
    },
  };
}

function recent() {
  const keys = new Set<string>();
  return {
    has: (key: string) => keys.has(key),
    add(key: string): void {
      keys.delete(key);
      keys.add(key);
      const [oldest] = keys;
      if (keys.size > maxKeys && oldest !== undefined) keys.delete(oldest);
    },
  };
}
