import type { UnixMs } from '../../event/units.ts';

/** `viewer` may read everything; `owner` may also change settings and accounts. */
export type Role = 'owner' | 'viewer';

/** An account of the dashboard. */
export interface Account {
  /** Unique. */
  readonly name: string;
  readonly role: Role;
  readonly createdAt: UnixMs;
}

export interface AccountRecord extends Account {
  /** A salted hash; never the password itself. */
  readonly password: string;
}

export interface SessionRecord {
  readonly account: string;
  /** The account's current role. */
  readonly role: Role;
  readonly createdAt: UnixMs;
  readonly usedAt: UnixMs;
}

export interface NewSession {
  /** SHA-256 of the token. */
  readonly hash: string;
  readonly account: string;
  /** The hash that the password was checked against. If it changed since, no session is opened. */
  readonly password: string;
  readonly at: UnixMs;
  /** The hash of a session that ends when this one is opened. */
  readonly replaces?: string;
}

/** `owner-needed`: no owner would be left, so nothing was changed. */
export type AccountChange = 'done' | 'absent' | 'exists' | 'owner-needed';

/** Accounts, sessions and the setup token of the dashboard. Each call is atomic. Its contract: `accounts.contract.ts`. */
export interface AccountStore {
  /** Lists accounts by name. */
  listAccounts(): Promise<readonly Account[]>;
  findAccount(name: string): Promise<AccountRecord | undefined>;
  /** Adds an account. The first must be an owner. Ends the offer of a setup. */
  addAccount(account: AccountRecord): Promise<AccountChange>;
  setRole(name: string, role: Role): Promise<AccountChange>;
  /** Sets the hash and ends the account's sessions. */
  setPassword(name: string, password: string): Promise<AccountChange>;
  /** Replaces the hash of the same password; sessions stay open. Does nothing if the hash is no longer `before`. */
  rehashPassword(name: string, before: string, after: string): Promise<void>;
  /** Removes an account and ends its sessions. */
  removeAccount(name: string): Promise<AccountChange>;

  /** Lets the holder of the token with this hash create the first account. Replaces any earlier offer; `undefined` only removes it. */
  offerSetup(hash: string | undefined): Promise<void>;
  /** Returns the offered hash. */
  getSetupOffer(): Promise<string | undefined>;
  /** Creates the first account. Returns false if the offer changed or an account exists. */
  claimSetup(hash: string, account: AccountRecord): Promise<boolean>;

  /** Returns false if the account was removed or its password changed. An account keeps its newest 100 sessions. */
  openSession(session: NewSession): Promise<boolean>;
  findSession(hash: string): Promise<SessionRecord | undefined>;
  touchSession(hash: string, at: UnixMs): Promise<void>;
  endSession(hash: string): Promise<void>;
  /** Ends all sessions of the account. */
  endSessions(account: string): Promise<void>;
  /** Removes sessions that began, or were last used, before these times. */
  removeExpiredSessions(createdBefore: UnixMs, usedBefore: UnixMs): Promise<void>;
}
