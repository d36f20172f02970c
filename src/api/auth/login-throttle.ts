import QuickLRU from 'quick-lru';
import { dayMs, minuteMs, secondMs, type UnixMs } from '../../event/units.ts';
import { limitedNetworks, limitFactors } from '../../net/ip-address.ts';
import {
  type FailureKey,
  maxFailureKeys,
  type SignInFailureStore,
  type SignInFailures,
} from '../../storage/ports/sign-in-failures.ts';
import { createTaskQueue } from '../http/task-queue.ts';
import { hashToken } from './token.ts';

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
 * use the local socket. An IPv6 /56 and /48 may fail 4 and 16 times as often as an address.
 * @source https://cheatsheetseries.owasp.org/cheatsheets/Authentication_Cheat_Sheet.html (2026-11-24): by account, exponential,
 * and no way to lock an account permanently
 */
const backoff = {
  address: { free: 10, maxMs: 15 * minuteMs },
  account: { free: 5, maxMs: minuteMs },
} as const satisfies Record<string, Backoff>;

/**
 * The attempts of this process that begin at the same time. They take one connection of the store, so that a flood of them does not delay
 * the other work on it.
 */
const maxQueueLength = 64;

/** All failures of a key are forgotten after this time without a failure. */
const forgetAfterMs = dayMs;

export interface LoginAttempt {
  /** Seconds until the next attempt is allowed. If set, this attempt must not be made and does not count. */
  readonly waitSeconds?: number;
  /** Reports that the password was right: the attempt does not count, and the account's failures are forgotten. */
  succeeded(): Promise<void>;
  /** Reports that the password was not checked: the attempt does not count. */
  withdrawn(): Promise<void>;
}

/** Begins an attempt to sign in, from the network of an address. @throws QueueFullError */
export type LoginThrottle = (address: string, account?: string) => Promise<LoginAttempt>;

/**
 * Creates a limit on failed sign-ins, per account and per address. An attempt counts as a failure from its beginning, so concurrent
 * attempts are limited too, and those of all processes on the store together.
 */
export function createLoginThrottle(store: SignInFailureStore): LoginThrottle {
  const { free, maxMs } = backoff.address;
  const enqueue = createTaskQueue(maxQueueLength);
  return async (address, account) => {
    const limits = new Map<FailureKey, Backoff>();
    for (const [index, { network }] of limitedNetworks(address).entries()) {
      const factor = limitFactors[index] ?? 1;
      limits.set(toKey('network', `${index} ${network}`), { free: free * factor, maxMs: maxMs / factor });
    }
    const accountKey = account === undefined ? undefined : toKey('account', account);
    if (accountKey !== undefined) limits.set(accountKey, backoff.account);
    const keys = [...limits.keys()];

    let waitMs = 0;
    let before: ReadonlyMap<FailureKey, SignInFailures> = new Map();
    let added: ReadonlyMap<FailureKey, SignInFailures> = new Map();
    const begin = () =>
      store.update(keys, (stored, now) => {
        before = stored;
        waitMs = Math.max(...[...limits].map(([key, limit]) => getWaitMs(stored.get(key), limit, now)));
        if (waitMs > 0) return new Map();
        added = new Map(
          [...limits].map(([key, limit]) => [key, { count: countFailures(stored.get(key), limit, now) + 1, lastAt: now }]),
        );
        return added;
      });
    await enqueue(begin);
    if (waitMs > 0) return { waitSeconds: Math.ceil(waitMs / secondMs), async succeeded() {}, async withdrawn() {} };

    const takeBack = (stored: ReadonlyMap<FailureKey, SignInFailures>) =>
      new Map(keys.map((key) => [key, withoutAttempt(stored.get(key), added.get(key), before.get(key))]));
    return {
      withdrawn: () => store.update(keys, takeBack),
      succeeded: () =>
        store.update(keys, (stored) => {
          const rest = takeBack(stored);
          if (accountKey !== undefined) rest.set(accountKey, noFailures);
          return rest;
        }),
    };
  };
}

const noFailures: SignInFailures = { count: 0, lastAt: 0 };

function toKey(kind: 'account' | 'network', value: string): FailureKey {
  return `${kind}:${hashToken(value)}`;
}

function countFailures(stored: SignInFailures | undefined, { maxMs }: Backoff, now: UnixMs): number {
  if (!stored || now - stored.lastAt >= forgetAfterMs) return 0;
  const forgotten = Math.max(0, Math.floor((now - stored.lastAt) / maxMs));
  return Math.max(0, stored.count - forgotten);
}

function getWaitMs(stored: SignInFailures | undefined, limit: Backoff, now: UnixMs): number {
  const count = countFailures(stored, limit, now);
  if (!stored || count < limit.free) return 0;
  const delay = Math.min(limit.maxMs, secondMs * 2 ** (count - limit.free));
  // The first bound covers a clock that was set back.
  return Math.min(delay, Math.max(0, stored.lastAt + delay - now));
}

/** Returns the failures without one attempt: those before it, unless others followed. */
function withoutAttempt(
  stored: SignInFailures = noFailures,
  added: SignInFailures = noFailures,
  before: SignInFailures = noFailures,
): SignInFailures {
  const isLast = stored.count === added.count && stored.lastAt === added.lastAt;
  return isLast ? before : { ...stored, count: Math.max(0, stored.count - 1) };
}

/** Creates the failures of a process that is alone on its store. A restart forgets them. */
export function createFailureMemory(now: () => UnixMs): SignInFailureStore {
  // QuickLRU holds up to twice its `maxSize`.
  const createKeys = () => new QuickLRU<FailureKey, SignInFailures>({ maxSize: maxFailureKeys / 2 });
  const kinds = { account: createKeys(), network: createKeys() };
  const find = (key: FailureKey) => kinds[key.startsWith('account:') ? 'account' : 'network'];
  return {
    async update(keys, change) {
      const stored = new Map<FailureKey, SignInFailures>();
      for (const key of keys) {
        const failures = find(key).get(key);
        if (failures) stored.set(key, failures);
      }
      for (const [key, failures] of change(stored, now())) {
        if (failures.count > 0) find(key).set(key, failures);
        else find(key).delete(key);
      }
    },
  };
}
