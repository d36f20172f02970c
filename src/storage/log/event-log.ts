import type { ConsentTally } from '../../event/consent-tally.ts';
import type { ConsentCountLog } from './consent-counts.ts';

/**
 * A position in the event log. Opaque; offsets of one event log compare as strings in log order, and the empty string is before all of
 * them.
 */
export type Offset = string;

/** The offset before the first record of any partition. */
export const startOffset: Offset = '';

const rejectedSuffix = '!rejected';

/** Returns the partition of a site's rejections. The partition of its events is the site's id. */
export function rejectedPartition(site: string): string {
  return `${site}${rejectedSuffix}`;
}

/** Returns the site of a partition, be it of events or of rejections. */
export function getPartitionSite(partition: string): string {
  return partition.endsWith(rejectedSuffix) ? partition.slice(0, -rejectedSuffix.length) : partition;
}

/** Passes the keys that do not begin with `excludedPrefix`, and have at most `maxSeparators` separators unless they end with `suffix`. */
export interface KeyFilter {
  readonly excludedPrefix: string;
  readonly separator: string;
  readonly maxSeparators: number;
  readonly suffix: string;
}

export interface NewRecord {
  /** A site's id, `^[a-z0-9][a-z0-9-]{0,62}$`, or its `rejectedPartition`. */
  readonly partition: string;
  /** Deduplicates within the partition for as long as the record is retained, at least 8 days. */
  readonly key: string;
  /** UTF-8 JSON with `"v":1`. */
  readonly bytes: Uint8Array;
  /** Counted if the record is stored. Not stored with the record. */
  readonly tally?: ConsentTally;
}

export type AppendResult = { readonly offset: Offset } | { readonly duplicate: true };

export interface LogRecord {
  readonly offset: Offset;
  readonly key: string;
  /** The append's time in UNIX milliseconds. */
  readonly at: number;
  /**
   * The bytes exactly as appended or truncated. `redacted`: the body was erased, and only the key is left. `corrupt`: the checksum does not
   * match, and `raw` holds the bytes on the disk.
   */
  readonly body:
    | { readonly bytes: Uint8Array }
    | { readonly redacted: true }
    | { readonly corrupt: true; readonly raw: Uint8Array };
}

export interface LogPage {
  /** In log order. */
  readonly records: readonly LogRecord[];
  /** The offset to continue after: that of the last record, or the `after` of the request if there are no records. */
  readonly lastOffset: Offset;
}

export interface LogHealth {
  readonly writable: boolean;
  /** The reason if it is not writable, with the remedy. */
  readonly problem?: string;
  /** The reason why events of browsers are refused and others are not, with the remedy. */
  readonly browserProblem?: string;
  readonly records: number;
  readonly bytes: number;
}

/** The append failed: disk full, writer stopped, or no reply within 5 s. The caller must not acknowledge, and may try again. */
export class LogUnavailableError extends Error {
  override readonly name: string = 'LogUnavailableError';
}

/** The append failed because of a value in its own records. Other appends succeed. */
export class RecordRefusedError extends LogUnavailableError {
  override readonly name = 'RecordRefusedError';
}

/**
 * The durable event log: append-only, partitioned by site, read by cursors. `event-log.contract.ts` tests its laws for every adapter:
 * an append is durable before it resolves, and rejects within 5 s instead of hanging; a read prefix is stable; deduplication is atomic with
 * the append; reads are checksummed and return the appended bytes until a record is redacted or truncated.
 */
export interface EventLog extends ConsentCountLog {
  /** Set if gateways have spools. A record's time may then be that of its forwarding, long after its event was accepted. */
  readonly isFedBySpools?: true;
  /**
   * Appends the records and resolves when they are durable. Returns each record's offset, or `duplicate` if the event log or an earlier
   * record of the call has its key. @throws LogUnavailableError if no record of the call may be acknowledged.
   */
  append(records: readonly NewRecord[]): Promise<readonly AppendResult[]>;
  /** Reads records after an offset, at least one if there is any. Later appends never appear at or before a returned offset. */
  read(partition: string, after: Offset, max: { readonly records: number; readonly bytes: number }): Promise<LogPage>;
  /** Returns these records in log order, without trimmed and unknown ones. */
  get(partition: string, offsets: readonly Offset[]): Promise<readonly LogRecord[]>;
  /** Returns the newest `count` records, or the newest ones before an offset, in log order. */
  latest(partition: string, count: number, before?: Offset): Promise<LogPage>;
  /** Returns the last offset appended before `at`, or `startOffset`. */
  findOffsetAt(partition: string, at: Date): Promise<Offset>;
  /** Returns the offset and the time of the first record at or after an offset, without its body. */
  findTime(partition: string, from: Offset): Promise<Pick<LogRecord, 'offset' | 'at'> | undefined>;
  /** Counts the records after `after` up to `through` whose key passes the filter. */
  count(partition: string, after: Offset, through: Offset, filter?: KeyFilter): Promise<number>;
  /** Returns the newest offset of each partition that has records. */
  heads(): Promise<ReadonlyMap<string, Offset>>;
  /** Erases the bodies for good. The keys stay and keep deduplicating. */
  redact(partition: string, offsets: readonly Offset[]): Promise<void>;
  /** Resolves when no erased body is left in the files of this process. @throws if a long read or the disk keeps one; try again. */
  purge(): Promise<void>;
  /** Replaces bodies by shorter ones without expired fields. A body must be JSON. Redacted records stay redacted. */
  truncate(partition: string, records: readonly { readonly offset: Offset; readonly bytes: Uint8Array }[]): Promise<void>;
  /** Removes the records up to `through`, with their keys. */
  trim(partition: string, through: Offset): Promise<void>;
  /** Returns a bounded part of the file's free space to the disk. Resolves to whether there is more. */
  reclaimDiskSpace(): Promise<boolean>;
  health(): Promise<LogHealth>;
  /** Makes every later offset greater than this one, because a cursor may have passed it. Returns the last offset given out before. */
  ensureOffsetsAfter(offset: Offset): Promise<Offset>;
  /** Flushes queued writes, checkpoints and closes the file. */
  close(): Promise<void>;
}
