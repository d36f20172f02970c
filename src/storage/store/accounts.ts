import type { UnixMs } from '../../event/units.ts';

/** `viewer` may look at everything; `owner` may also change things, and says who has an account. */
export type Role = 'owner' | 'viewer';

/** Who may sign in to the dashboard. */
export interface Account {
  /** Its own among all accounts. */
  readonly name: string;
  readonly role: Role;
  readonly createdAt: UnixMs;
}

export interface AccountRecord extends Account {
  /** Salted and stretched; never the password itself. */
  readonly password: string;
}

export interface SessionRecord {
  readonly account: string;
  /** The account's present one. */
  readonly role: Role;
  readonly createdAt: UnixMs;
  readonly usedAt: UnixMs;
}

export interface NewSession {
  /** SHA-256 of the token. */
  readonly hash: string;
  readonly account: string;
  /** The record that the password was checked against: where it changed meanwhile, nothing is opened. */
  readonly password: string;
  readonly at: UnixMs;
  /** Ends with it. */
  readonly replaces?: string;
}

/** `owner-needed`: nobody would be left who can change anything, so nothing was changed. */
export type AccountChange = 'done' | 'absent' | 'exists' | 'owner-needed';

/** Who may use the dashboard, as far as it is kept. Each call is one atomic step. */
export interface AccountStore {
  /** By name. */
  listAccounts(): Promise<readonly Account[]>;
  findAccount(name: string): Promise<AccountRecord | undefined>;
  /** The first must be an owner. Ends the offer of a setup. */
  addAccount(account: AccountRecord): Promise<AccountChange>;
  setRole(name: string, role: Role): Promise<AccountChange>;
  /** Ends the account's sessions. */
  setPassword(name: string, password: string): Promise<AccountChange>;
  /** The same password in another form: sessions go on. Nothing happens where it changed meanwhile. */
  rehashPassword(name: string, before: string, after: string): Promise<void>;
  /** Ends its sessions. */
  removeAccount(name: string): Promise<AccountChange>;

  /** Lets whoever has the token of this hash make the first account, in place of any offer before; nobody without a hash. */
  offerSetup(hash: string | undefined): Promise<void>;
  /** The hash that is offered. */
  getSetupOffer(): Promise<string | undefined>;
  /** Makes the first account; false where the offer is another by now or somebody has an account. */
  claimSetup(hash: string, account: AccountRecord): Promise<boolean>;

  /** False where the account is gone or its password changed. Of one account the newest 100 sessions are kept. */
  openSession(session: NewSession): Promise<boolean>;
  findSession(hash: string): Promise<SessionRecord | undefined>;
  touchSession(hash: string, at: UnixMs): Promise<void>;
  endSession(hash: string): Promise<void>;
  /** All of the account's. */
  endSessions(account: string): Promise<void>;
  /** Forgets sessions that began, or were used last, before these times. */
  removeExpiredSessions(createdBefore: UnixMs, usedBefore: UnixMs): Promise<void>;
}
