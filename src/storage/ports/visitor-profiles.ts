import type { UnixMs } from '../../event/units.ts';
import type { IdentityLink } from '../../visitors/identity-links.ts';
import { maxProfileBytes } from '../../visitors/profile-encoding.ts';
import type { VisitorProfile } from '../../visitors/visitor-profile.ts';

/** The requested profiles are larger than `maxResponseBytes`. Read fewer at once. */
export class ProfilesTooLargeError extends Error {
  override readonly name = 'ProfilesTooLargeError';
}

/** The most bytes of stored profiles that one read returns. */
export const maxResponseBytes = 4 * 1_024 * 1_024;
/** The number of visitors that one read may request regardless of the size of their profiles. */
export const visitorsAtOnce = maxResponseBytes / maxProfileBytes;

/** The additions to a site by browsers' reports in one day: see `event/browser-budget.ts`. */
export interface BrowserUse {
  /** In UTC, counted from 1970-01-01. */
  readonly day: number;
  readonly visitors: number;
  readonly links: number;
  /** The bytes that browsers' reports take in the event log. */
  readonly bytes: number;
}

/** The part of a day's budget that the purchases of a network's browsers use, without those that a trusted report confirms. */
export interface NetworkPurchases {
  /** A hash of the site, the day and the network. */
  readonly network: string;
  /** In UTC, counted from 1970-01-01. */
  readonly day: number;
  readonly purchases: number;
}

/** A stored profile in a listing. */
export interface ProfileRow {
  readonly visitor: string;
  readonly profile: VisitorProfile;
  /** The profile as it is stored, to detect a change. */
  readonly stored: string;
  /** Whether an earlier version wrote the profile. Its stored bytes may exceed the current bounds; `profile` does not. */
  readonly isOutdated: boolean;
}

/** A profile with the time when a value of it expires: 0 if an earlier version stored it. */
export interface ExpiringProfileRow extends ProfileRow {
  readonly expiresAt: UnixMs;
}

/** One visitor's profile, or every profile with more stored bytes than this. */
export type ProfilesToDrop = { readonly visitor: string } | { readonly largerThan: number };

/** The number of removed profiles and of their stored bytes. */
export interface DroppedProfiles {
  readonly profiles: number;
  readonly bytes: number;
}

/** Visitor profiles, identity links and the budget of browsers' reports. Its contract: `visitor-profiles.contract.ts`. */
export interface ProfileStore {
  /**
   * Returns the profiles of these visitors. Reads at most `maxResponseBytes` from the disk at a time, however large profiles of earlier versions
   * are, and lets other reads run in between.
   * @throws ProfilesTooLargeError if there are more than `visitorsAtOnce` and the result would be larger than `maxResponseBytes`.
   */
  getProfiles(site: string, visitors: readonly string[]): Promise<ReadonlyMap<string, VisitorProfile>>;
  /** Lists profiles after a visitor: fewer than `limit` if they are large, but at least one if one is left. */
  listSiteProfiles(site: string, after: string, limit: number): Promise<readonly ProfileRow[]>;
  /** Returns profiles with expired values and those that an earlier version stored, by the time of their expiry. */
  listExpiredProfiles(
    site: string,
    now: UnixMs,
    after: Pick<ExpiringProfileRow, 'expiresAt' | 'visitor'> | undefined,
    limit: number,
  ): Promise<readonly ExpiringProfileRow[]>;
  /**
   * Removes profiles, and their visitors' links except those to checkouts. Consent choices stay. Quiesce the site's identity consumer
   * first: otherwise it writes its buffered changes.
   * @param dryRun only counts.
   */
  dropProfiles(site: string, which: ProfilesToDrop, dryRun: boolean): Promise<DroppedProfiles>;
  /** Returns the links of these keys, the newest first; per key at most one more than may share it. */
  findLinks(site: string, keys: readonly string[]): Promise<readonly IdentityLink[]>;
  /** Returns each visitor's links to checkouts among the visitor's newest 256 links. */
  findCheckoutLinks(site: string, visitors: readonly string[]): Promise<readonly IdentityLink[]>;
  /** Returns every visitor with a link of one of these keys. */
  findLinkedVisitors(site: string, keys: readonly string[]): Promise<readonly string[]>;
  /** Returns every link of these visitors. */
  listVisitorLinks(site: string, visitors: readonly string[]): Promise<readonly IdentityLink[]>;
  /** Returns the value of the last commit that had one. */
  getBrowserUsage(site: string): Promise<BrowserUse | undefined>;
  /** Returns the used part of each of these networks, by the hash that was stored. */
  getNetworkPurchases(site: string, networks: readonly string[]): Promise<ReadonlyMap<string, number>>;
}
