import type { UnixMs } from '../../event/units.ts';

/** The failed sign-ins of one key, such as an account or a network. */
export interface SignInFailures {
  /** Zero: the key is forgotten. */
  readonly count: number;
  readonly lastAt: UnixMs;
}

/** A key: its kind, a colon, and a hash. Each kind has a bound of its own, so that many networks do not displace an account. */
export type FailureKey = `${'account' | 'network'}:${string}`;

/** The number of remembered keys of a kind. */
export const maxFailureKeys = 10_000;

/** The failed sign-ins of all processes on the store. A key without failures for a day is forgotten. */
export interface SignInFailureStore {
  /** Reads the failures of keys and replaces those that `change` returns, in one step. `now` is the time of the store's clock. */
  update(
    keys: readonly FailureKey[],
    change: (stored: ReadonlyMap<FailureKey, SignInFailures>, now: UnixMs) => ReadonlyMap<FailureKey, SignInFailures>,
  ): Promise<void>;
}
