import type { ActivityHead } from '../../activity/activity-chain.ts';
import type { ActivityCheckpoint } from '../../activity/activity-checkpoint.ts';
import type { ActivityEntry } from '../../activity/activity-entry.ts';
import type { ChainRow } from '../../activity/verify-chain.ts';
import type { UnixMs } from '../../event/units.ts';

/** Selects entries. All conditions hold together. */
export interface ActivityFilter {
  readonly since?: UnixMs | undefined;
  /** Entries before this time. */
  readonly until?: UnixMs | undefined;
  /** One of these sites, and then no entry without a site. */
  readonly sites?: readonly string[] | undefined;
  /** The connection that changed. */
  readonly connection?: string | undefined;
  readonly kinds?: readonly string[] | undefined;
  readonly actor?: string | undefined;
}

/** The id of an account, with its present name. */
export interface AccountId {
  /** Random, 16 hexadecimal digits. Stays when the account changes, and says nothing about its name. */
  readonly id: string;
  readonly name: string;
  readonly createdAt: UnixMs;
}

/** The activity of a deployment: one chain of entries, which only grows, and whose oldest part retention replaces. Its contract: `activity.contract.ts`. */
export interface ActivityStore {
  /** Appends an entry to the chain, under one lock. Returns the head after it. A gateway that only collects may append `config-changed` alone. */
  appendActivity(entry: ActivityEntry): Promise<ActivityHead>;
  /** Lists entries before a number, the newest first. */
  listActivity(filter: ActivityFilter, before: number | undefined, limit: number): Promise<readonly ChainRow[]>;
  /** Reads the chain after a number, the oldest first. */
  readActivity(after: number, limit: number): Promise<readonly ChainRow[]>;
  getActivityHead(): Promise<ActivityHead>;
  /** Returns what replaces the removed entries, if any were. */
  getActivityCheckpoint(): Promise<ActivityCheckpoint | undefined>;
  /** Finds the last entry of those at the beginning of the chain that are all older than a time. */
  findActivityBefore(at: UnixMs): Promise<ChainRow | undefined>;
  /** Stores a checkpoint and removes the entries up to it. Returns false, and changes nothing, if the stored one is newer. */
  replaceActivityPrefix(checkpoint: ActivityCheckpoint): Promise<boolean>;
  /** Lists the ids of the accounts. */
  listAccountIds(): Promise<readonly AccountId[]>;
}
