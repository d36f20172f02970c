import type { UnixMs } from '../../event/units.ts';

/** A role on one site. Each role includes those after it: an owner is also an editor, an editor is also a viewer. */
export type SiteRole = 'owner' | 'editor' | 'viewer';

/** A role on all sites, or `per-site`: the account has the listed roles and no others. */
export type Role = SiteRole | 'per-site';

/** The roles of an account. */
export interface Access {
  readonly role: Role;
  /** Sorted by site, each site once. Empty unless `role` is `per-site`. */
  readonly sites: readonly { readonly site: string; readonly role: SiteRole }[];
}

/** An account of the dashboard. */
export interface Account extends Access {
  /** Unique. */
  readonly name: string;
  readonly createdAt: UnixMs;
}

export interface AccountRecord extends Account {
  /** A salted hash; never the password itself. */
  readonly password: string;
}

/** A session, with the current roles of its account. */
export interface SessionRecord extends Access {
  readonly account: string;
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

/** An invitation to create an account. */
export interface Invitation extends Access {
  readonly id: string;
  /** A note for the owners; may be empty. */
  readonly label: string;
  readonly createdAt: UnixMs;
  readonly expiresAt: UnixMs;
}

export interface InvitationRecord extends Invitation {
  /** SHA-256 of the token. */
  readonly hash: string;
  /** The account that created it, if one did. Its invitations end when its roles change, and with the account. */
  readonly inviter?: string;
}

/** `owner-needed`: no owner of all sites would be left, so nothing was changed. */
export type AccountChange = 'done' | 'absent' | 'exists' | 'owner-needed';

/** Accounts, sessions, invitations and the setup token of the dashboard. Each call is atomic. Its contract: `accounts.contract.ts`. */
export interface AccountStore {
  /** Lists accounts by name. */
  listAccounts(): Promise<readonly Account[]>;
  findAccount(name: string): Promise<AccountRecord | undefined>;
  /** Adds an account. The first must be an owner. Ends the offer of a setup. */
  addAccount(account: AccountRecord): Promise<AccountChange>;
  /** Sets the roles and ends the account's invitations. */
  setAccess(name: string, access: Access): Promise<AccountChange>;
  /** Sets the hash and ends the account's sessions. */
  setPassword(name: string, password: string): Promise<AccountChange>;
  /** Sets the hash and ends the account's other sessions. Returns false, and changes nothing, if the hash is no longer `before`. */
  replacePassword(name: string, before: string, after: string, keptSession: string): Promise<boolean>;
  /** Replaces the hash of the same password; sessions stay open. Does nothing if the hash is no longer `before`. */
  rehashPassword(name: string, before: string, after: string): Promise<void>;
  /** Removes an account and ends its sessions and invitations. */
  removeAccount(name: string): Promise<AccountChange>;

  /**
   * Lets the holder of the token with this hash create the first account. Replaces an earlier offer, unless another node that is alive made
   * it, and returns whether it did; `undefined` only removes the offer.
   */
  offerSetup(hash: string | undefined, node?: string): Promise<boolean>;
  /** Returns the offered hash. */
  getSetupOffer(): Promise<string | undefined>;
  /** Creates the first account. Returns false if the offer changed or an account exists. */
  claimSetup(hash: string, account: AccountRecord): Promise<boolean>;

  /** Lists invitations by time of creation, the oldest first. */
  listInvitations(): Promise<readonly Invitation[]>;
  addInvitation(invitation: InvitationRecord): Promise<void>;
  findInvitation(hash: string): Promise<Invitation | undefined>;
  /** Returns false if there is no such invitation. */
  removeInvitation(id: string): Promise<boolean>;
  removeExpiredInvitations(now: UnixMs): Promise<void>;
  /**
   * Creates an account with the roles of the invitation, and ends the invitation. `absent`: the invitation was used, revoked or has
   * expired. If the name exists, the invitation stays.
   */
  acceptInvitation(hash: string, account: Omit<AccountRecord, keyof Access>): Promise<AccountChange>;

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
