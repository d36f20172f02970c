import QuickLRU from 'quick-lru';
import { dayMs, minuteMs, secondMs, type UnixMs } from '../../event/units.ts';
import { limitedNetworks, limitFactors } from '../../net/ip-address.ts';

/**
 * The delay after failures of one key. The first `free` failures cost nothing. Each further failure doubles the delay, from one
 * second up to `maxMs`. One failure is forgotten per `maxMs` without a failure.
 */
interface Backoff {
  readonly free: number;
  readonly maxMs: number;
}

/**
 * An account waits at most a minute after each failure. An attacker with many addresses can keep an account waiting; its owner can then
 * restart the gateway behind another address, or use the local socket. An IPv6 /56 and /48 may fail 4 and 16 times as often as an address.
 * @source https://cheatsheetseries.owasp.org/cheatsheets/Authentication_Cheat_Sheet.html (2026-11-24): by account, exponential,
 * and no way to lock an account permanently
 */
const backoff = {
  address: { free: 10, maxMs: 15 * minuteMs },
  account: { free: 5, maxMs: minuteMs },
} as const satisfies Record<string, Backoff>;

/** All failures of a key are forgotten after this time without a failure. */
const forgetAfterMs = dayMs;
/** The number of remembered keys of a kind. QuickLRU holds up to twice its `maxSize`. */
const maxKeys = 10_000;

export interface LoginAttempt {
  /** Seconds until the next attempt is allowed. If set, this attempt must not be made and does not count. */
  readonly waitSeconds?: number;
  /** Reports that the password was right: the attempt does not count, and the account's failures are forgotten. */
  succeeded(): void;
  /** Reports that the password was not checked: the attempt does not count. */
  withdrawn(): void;
}

/**
 * Creates a limit on failed sign-ins, per account and per address. An attempt counts as a failure from its beginning, so concurrent
 * attempts are limited too. The counts are in memory only.
 */
export function createLoginThrottle(now: () => UnixMs): (address: string, account?: string) => LoginAttempt {
  const { free, maxMs } = backoff.address;
  const addresses = limitFactors.map((factor) => createFailureCounter({ free: free * factor, maxMs: maxMs / factor }, now));
  const accounts = createFailureCounter(backoff.account, now);
  return (address, account) => {
    const counts = [
      ...limitedNetworks(address).map(({ network }, index) => ({ counter: addresses[index], key: network })),
      ...(account === undefined ? [] : [{ counter: accounts, key: account }]),
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
        if (account !== undefined) accounts.forget(account);
      },
    };
  };
}

interface Failures {
  count: number;
  lastAt: UnixMs;
}

function createFailureCounter({ free, maxMs }: Backoff, now: () => UnixMs) {
  const failures = new QuickLRU<string, Failures>({ maxSize: maxKeys / 2 });
  const getFailures = (key: string): Failures => {
    const stored = failures.get(key);
    if (!stored || now() - stored.lastAt >= forgetAfterMs) return { count: 0, lastAt: 0 };
    const forgotten = Math.max(0, Math.floor((now() - stored.lastAt) / maxMs));
    return { count: Math.max(0, stored.count - forgotten), lastAt: stored.lastAt };
  };
  return {
    waitMs(key: string): number {
      const { count, lastAt } = getFailures(key);
      if (count < free) return 0;
      const delay = Math.min(maxMs, secondMs * 2 ** (count - free));
      // The first bound covers a clock that was set back.
      return Math.min(delay, Math.max(0, lastAt + delay - now()));
    },
    /** Counts a failure. Returns a function that takes it back. */
    count(key: string): () => void {
      const before = failures.get(key);
      const added = { count: getFailures(key).count + 1, lastAt: now() };
      failures.set(key, added);
      return () => {
        const stored = failures.get(key);
        if (!stored) return;
        if (stored !== added) stored.count = Math.max(0, stored.count - 1);
        else if (before) failures.set(key, before);
        else failures.delete(key);
      };
    },
    forget(key: string): void {
      failures.delete(key);
    },
  };
}
