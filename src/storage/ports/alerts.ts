import type { Json } from '../../event/issue.ts';
import type { UnixMs } from '../../event/units.ts';
import type { StoredConfig } from './dashboard-sites.ts';

/** The alert settings of the dashboard. */
export interface StoredAlertSettings {
  /** The settings in the form of the config file, without secrets; null if the dashboard has none. */
  readonly config: StoredConfig | null;
  /** Encrypted secrets by channel and setting. */
  readonly secrets: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** The muted connections, which the dashboard sets even if the config file has the settings. */
  readonly mutes: readonly AlertMute[];
  /** Counts the changes. Absent before the first one. */
  readonly version?: number | undefined;
  /** When each channel last changed, and the digest of its settings, also of those in the config file. Absent before the first change. */
  readonly channels?: Readonly<Record<string, ChannelVersion>> | undefined;
}

interface ChannelVersion {
  /** SHA-256 of the settings without a password, which could be guessed from it. */
  readonly digest: string;
  /** Attempts before this time do not count for the channel. */
  readonly changedAt: UnixMs;
}

export interface AlertMute {
  readonly site: string;
  readonly connection: string;
  /** Absent: until it is removed. */
  readonly until?: UnixMs | undefined;
}

/** An alert that began and has not ended. */
export interface OpenAlert {
  /** The condition and its site and connection. Unique among the open alerts. */
  readonly key: string;
  /** The id of the messages of this alert, without their ending. Names the hour at which it began. */
  readonly id: string;
  readonly beganAt: UnixMs;
  /** The content of the message with which it began. */
  readonly content: Json;
  /** The channels that receive its messages. */
  readonly channels: readonly string[];
}

/**
 * `waiting`: due at a time. `sending`: claimed by a process. `sent`: the channel accepted it. `failed`: not sent, and not tried again.
 * `unclear`: the process ended while it was sending, or no response arrived, and the channel cannot recognize a repetition.
 */
export type AlertMessageState = 'waiting' | 'sending' | 'sent' | 'failed' | 'unclear';

/** A message to one channel. Its id and channel are unique, so a message is stored once. */
export interface AlertMessage {
  readonly id: string;
  readonly channel: string;
  readonly createdAt: UnixMs;
  /** Not sent before this time. */
  readonly dueAt: UnixMs;
  readonly content: Json;
}

export interface StoredAlertMessage extends AlertMessage {
  readonly state: AlertMessageState;
  readonly tries: number;
  /** The time of the last attempt. */
  readonly triedAt?: UnixMs;
  /** The reason why the last attempt failed, or did not reach all receivers. */
  readonly problem?: string;
}

/** A message that was tried, and that its channel has not accepted, or not for all receivers. */
export interface MissedAlertMessage extends Pick<StoredAlertMessage, 'channel' | 'createdAt' | 'tries' | 'problem'> {
  readonly state: AlertMessageState;
  readonly triedAt: UnixMs;
  readonly title: string;
}

/** The results of all stored messages, without their contents. */
export interface AlertAttempts {
  /** The time at which each channel last accepted a message for all receivers. */
  readonly sentAt: ReadonlyMap<string, UnixMs>;
  readonly missed: readonly MissedAlertMessage[];
}

/** The result of an attempt to send a message. */
export interface MessageResult {
  readonly state: AlertMessageState;
  readonly claimedAt: UnixMs;
  readonly dueAt: UnixMs;
  readonly problem?: string;
}

/** Counters of what a site received: of events and purchases without duplicates, and of all reports of browsers. */
export const receivedKinds = ['events', 'orders', 'browserEvents'] as const;
export type ReceivedKind = (typeof receivedKinds)[number];

/** Alerts, their messages and settings. Each call is atomic. Its contract: `alerts.contract.ts`. */
export interface AlertStore {
  getAlertSettings(): Promise<StoredAlertSettings>;
  /**
   * Saves the settings, whose version follows the stored one. Returns false, and changes nothing, if another process has changed them since.
   * Messages that the changed channels did not accept are due at once, as if they had not been tried.
   */
  saveAlertSettings(
    settings: StoredAlertSettings,
    changed?: { readonly channels: readonly string[]; readonly now: UnixMs },
  ): Promise<boolean>;

  listOpenAlerts(): Promise<readonly OpenAlert[]>;
  /**
   * Opens an alert, and stores its messages. Returns false, and changes nothing, if an alert with this key is open, or if messages with this
   * id are stored: of its beginning or of its end.
   */
  beginAlert(alert: OpenAlert, messages: readonly AlertMessage[]): Promise<boolean>;
  /**
   * Adds channels to an open alert, and stores their messages. Returns false, and changes nothing, if no alert with this key and id is open.
   */
  addAlertChannels(alert: Pick<OpenAlert, 'key' | 'id'>, messages: readonly AlertMessage[]): Promise<boolean>;
  /** Replaces the content of an open alert, and none of its messages. Changes nothing if no alert with this key and id is open. */
  changeAlertContent(alert: Pick<OpenAlert, 'key' | 'id'>, content: Json): Promise<void>;
  /**
   * Closes an alert, removes the messages of its beginning that still wait, and stores the messages of its end. Messages that were tried are
   * kept as failed. Returns false, and changes nothing, if the alert is not open.
   */
  endAlert(key: string, messages: readonly AlertMessage[]): Promise<boolean>;
  /** Stores messages, except for those that are stored already. */
  addAlertMessages(messages: readonly AlertMessage[]): Promise<void>;
  /** Stores a message that its channel accepted. */
  addSentAlertMessage(message: AlertMessage): Promise<void>;
  /** Claims a waiting message. Returns false if another process claimed it. */
  claimAlertMessage(id: string, channel: string, now: UnixMs): Promise<boolean>;
  /**
   * Records the result of the attempt that was claimed at `claimedAt`. Changes nothing if it is settled. `waiting` with `dueAt`: the message
   * is tried again, unless its alert ended meanwhile.
   */
  settleAlertMessage(id: string, channel: string, result: MessageResult): Promise<void>;
  /** Postpones a waiting message. */
  postponeAlertMessage(id: string, channel: string, dueAt: UnixMs): Promise<void>;
  hasAlertMessage(id: string): Promise<boolean>;
  /** Lists waiting messages that are due at `now`, the oldest first. A channel that fails for long does not displace those of others. */
  listDueAlertMessages(now: UnixMs, limitByChannel: number): Promise<readonly StoredAlertMessage[]>;
  /** Lists messages that a process claimed before `claimedBefore`, and never settled. */
  listUnsettledAlertMessages(claimedBefore: UnixMs): Promise<readonly StoredAlertMessage[]>;
  /** Lists messages, the newest first, without the figures of digests. */
  listAlertMessages(limit: number): Promise<readonly StoredAlertMessage[]>;
  /** Lists the alerts that began from `since` to before `until`, by their messages. */
  listBegunAlerts(since: UnixMs, until: UnixMs): Promise<readonly { readonly id: string; readonly site?: string }[]>;
  readAlertAttempts(): Promise<AlertAttempts>;
  removeAlertMessages(createdBefore: UnixMs): Promise<void>;

  /** Sums a counter over the buckets from `since` to before `until`. */
  sumReceived(site: string, kind: ReceivedKind, since: UnixMs, until: UnixMs): Promise<number>;
  /** Returns the first and the last bucket from `since` on in which a counter is above 0. */
  getReceivedRange(
    site: string,
    kind: ReceivedKind,
    since: UnixMs,
  ): Promise<{ readonly first: UnixMs; readonly last: UnixMs } | undefined>;
}
