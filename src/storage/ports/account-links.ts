import type { UnixMs } from '../../event/units.ts';

/** An attempt to connect an account of a platform. Any gateway on the store can finish it. */
export interface StoredAccountLink {
  readonly id: string;
  readonly site: string;
  /** The hash of the session that began it. */
  readonly session: string;
  /** Draft, exchange and result, encrypted. */
  readonly secret: string;
  readonly expiresAt: UnixMs;
}

/** The attempts to connect accounts. Each call is atomic. Their contract: `account-links.contract.ts`. */
export interface AccountLinkStore {
  /**
   * Adds an attempt, and removes those that expired and the oldest beyond `most`.
   * @param consent the hash of the state with which the platform's answer is accepted, once and until a time.
   */
  addAccountLink(
    link: StoredAccountLink,
    consent: { readonly state: string; readonly until: UnixMs },
    limits: { readonly now: UnixMs; readonly most: number },
  ): Promise<void>;
  /** Returns the attempt of a state in its own session, and forgets the state. */
  takeConsent(session: string, state: string, now: UnixMs): Promise<StoredAccountLink | undefined>;
  findAccountLink(session: string, id: string, now: UnixMs): Promise<StoredAccountLink | undefined>;
  /** Replaces the content of an attempt that still exists. */
  saveAccountLink(link: Pick<StoredAccountLink, 'id' | 'secret' | 'expiresAt'>): Promise<void>;
  removeAccountLink(id: string): Promise<void>;
  /** Removes the attempts that have expired. */
  removeExpiredAccountLinks(now: UnixMs): Promise<void>;
}
