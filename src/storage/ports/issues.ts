import type { Json } from '../../event/issue.ts';
import type { UnixMs } from '../../event/units.ts';

/** A change of an issue. `worsened`: its severity rose. */
export const issueChanges = ['began', 'returned', 'worsened', 'ended', 'acknowledged', 'snoozed', 'assigned', 'opened'] as const;
export type IssueChangeName = (typeof issueChanges)[number];

export interface IssueChange {
  readonly at: UnixMs;
  readonly change: IssueChangeName;
  /** The account that made the change (`toStoredAccount`); an earlier version stored its name. Absent for the command line, and for changes of the gateway. */
  readonly by?: string;
  /** The end of a snooze. */
  readonly until?: UnixMs;
  /** The account to which it was assigned. Absent if it is assigned to nobody. */
  readonly to?: string;
}

/** An issue with what people decided about it. */
export interface StoredIssue {
  readonly id: string;
  /** The kind and the subject. Unique among the issues that have not ended. */
  readonly key: string;
  readonly site?: string;
  readonly beganAt: UnixMs;
  /** Its last beginning: that of its return, if it ended and returned. */
  readonly openedAt: UnixMs;
  readonly endedAt?: UnixMs;
  /** 0 is the worst. */
  readonly rank: number;
  /** The texts and figures, as they were last stored. */
  readonly content: Json;
  /** When the facts of the last change of the texts and figures were read. */
  readonly changedAt?: UnixMs;
  readonly isAcknowledged: boolean;
  readonly snoozedUntil?: UnixMs;
  readonly assignee?: string;
  /** The last 100 changes, the oldest first. */
  readonly history: readonly IssueChange[];
}

export type NewIssue = Pick<StoredIssue, 'id' | 'key' | 'site' | 'beganAt' | 'rank' | 'content'>;

/** A decision of a person about an issue. */
export type IssueDecision =
  | { readonly change: 'acknowledged' | 'opened' }
  | { readonly change: 'snoozed'; readonly until: UnixMs }
  | { readonly change: 'assigned'; readonly to?: string };

/** An issue that ended this long ago at most returns as the same one. */
export const issueReturnMs = 3_600_000;
export const maxIssueHistory = 100;

/** The issues of the gateway. Each call is atomic. Its contract: `issues.contract.ts`. */
export interface IssueStore {
  listOpenIssues(): Promise<readonly StoredIssue[]>;
  /** Lists issues that have ended, the newest first. */
  listEndedIssues(limit: number): Promise<readonly StoredIssue[]>;
  getIssue(id: string): Promise<StoredIssue | undefined>;
  /**
   * Begins an issue, as of the time when its facts were read. Returns it, or the open one with its key. An issue that ended within the last
   * hour returns under its id, without its acknowledgement, and if it is worse without its snooze. Undefined if it ended after the facts were read.
   */
  beginIssue(issue: NewIssue, now: UnixMs): Promise<StoredIssue | undefined>;
  /**
   * Replaces the texts and figures of an open issue, unless those of later facts are stored. `now` is the time when the facts were read. A
   * lower rank, which is worse, ends its acknowledgement and its snooze.
   */
  changeIssue(id: string, content: Json, rank: number, now: UnixMs): Promise<void>;
  /** Ends an issue, unless it began after `now`, the time when the facts were read. Returns false if it did, or had ended. */
  endIssue(id: string, now: UnixMs): Promise<boolean>;
  /** Stores a decision about an open issue. Undefined if there is none with this id. */
  decideIssue(id: string, decision: IssueDecision, by: string | undefined, now: UnixMs): Promise<StoredIssue | undefined>;
  /** Removes issues that ended before a time. */
  removeIssues(endedBefore: UnixMs): Promise<void>;
}
