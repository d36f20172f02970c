/**
 * A place in the log. Opaque; offsets of one log compare as strings in log order, and the empty string stands before all.
 */
export type Offset = string;

/** Before the first record of any partition. */
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

export interface NewRecord {
  /** A site's id, `^[a-z0-9][a-z0-9-]{0,62}$`, or its `rejectedPartition`. */
  readonly partition: string;
  /** Deduplicates within the partition for as long as the record is retained, at least 8 days. */
  readonly key: string;
  /** UTF-8 JSON with `"v":1`. */
  readonly bytes: Uint8Array;
}

export type AppendResult = { readonly offset: Offset } | { readonly duplicate: true };

export interface LogRecord {
  readonly offset: Offset;
  readonly key: string;
  /** UNIX milliseconds at which the log took it. */
  readonly at: number;
  /**
   * The bytes exactly as appended, or as `shorten` left them; or `redacted`: erased, only the key is left; or `corrupt`: the checksum does not match,
   * and `raw` is what the disk holds.
   */
  readonly body:
    | { readonly bytes: Uint8Array }
    | { readonly redacted: true }
    | { readonly corrupt: true; readonly raw: Uint8Array };
}

export interface LogPage {
  /** In log order. */
  readonly records: readonly LogRecord[];
  /** Read on after this: the last record's offset, or the offset asked for when there is none. */
  readonly lastOffset: Offset;
}

export interface LogHealth {
  readonly writable: boolean;
  /** Why not, in one sentence with the remedy. */
  readonly problem?: string;
  /** Why the log takes events of servers and webhooks alone, in one sentence with the remedy; absent where it takes all or none. */
  readonly browserProblem?: string;
  readonly records: number;
  readonly bytes: number;
}

/** The append failed: disk full, engine gone, or no answer within 5 s. The caller must not acknowledge, and may try again. */
export class LogUnavailableError extends Error {
  override readonly name = 'LogUnavailableError';
}

/**
 * The durable event log: append-only, partitioned by site, read by cursors. Its laws are `log.contract.ts`, and every
 * adapter keeps them: durable before resolve; a stable prefix; deduplication atomic with append; reads byte-identical and
 * checksummed until redacted or shortened; a rejection within 5 s rather than a hang or a silent drop.
 */
export interface EventLog {
  /**
   * Resolves once durable; per record its offset, or `duplicate` when its key is retained already, or stands earlier in
   * the same call. @throws LogUnavailableError when nothing of this call may be acknowledged.
   */
  append(records: readonly NewRecord[]): Promise<readonly AppendResult[]>;
  /** A stable prefix: once an offset was returned, nothing at or before it can appear later. At least one record if there is any. */
  read(partition: string, after: Offset, max: { readonly records: number; readonly bytes: number }): Promise<LogPage>;
  /** These records, in log order; those that were trimmed or never were are left out. */
  get(partition: string, offsets: readonly Offset[]): Promise<readonly LogRecord[]>;
  /** The newest `count` records, or the newest of those before an offset, in log order. */
  latest(partition: string, count: number, before?: Offset): Promise<LogPage>;
  /** The last offset that the log took before `at`; `beginning` when there is none. */
  findOffsetAt(partition: string, at: Date): Promise<Offset>;
  /** How many records stand after `after` up to `through`, without those whose key begins with `butKeys`. */
  count(partition: string, after: Offset, through: Offset, butKeys?: string): Promise<number>;
  /** The newest offset of each partition that has records, so that only pumps with news wake. */
  heads(): Promise<ReadonlyMap<string, Offset>>;
  /** Erasure: the body goes and cannot be read again, the key stays and keeps deduplicating. */
  redact(partition: string, offsets: readonly Offset[]): Promise<void>;
  /** Puts a shorter body in the place of one that holds what has grown too old; JSON alone may stand there. What was redacted stays so. */
  truncate(partition: string, records: readonly { readonly offset: Offset; readonly bytes: Uint8Array }[]): Promise<void>;
  /** Forgets the records at or before `through`, keys included. */
  trim(partition: string, through: Offset): Promise<void>;
  /** Gives a bounded part of the free space back to the disk; whether there is more. */
  reclaimDiskSpace(): Promise<boolean>;
  health(): Promise<LogHealth>;
  /** Every offset from now on stands after this one, which somebody knows already. Answers the last that was given out before. */
  ensureOffsetsAfter(offset: Offset): Promise<Offset>;
  /** Flushes what is queued, checkpoints, closes. */
  close(): Promise<void>;
}
