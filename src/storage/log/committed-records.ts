import type { CommittedBatch } from './commit-feed.ts';
import type { LogPage, LogRecord, Offset } from './event-log.ts';
import { toOffset } from './offsets.ts';

/**
 * Bounds of the records in memory: more than an identity step takes, and a minute of a site that is quiet. Beyond them the records are read
 * from the file.
 */
export const committedBounds = { bytes: 8 * 1024 * 1024, ageMs: 60_000 } as const;

/**
 * The newest records of the event log in memory, as its writer committed them. They need no read and no checksum. A record that an erasure
 * has redacted since may still be here with its body: the store's `findErasedRecords` knows it, like that of a record in the file.
 */
export class CommittedRecords {
  readonly #now: () => number;
  readonly #partitions = new Map<string, Partition>();
  /** The newest record that was added, of any partition. Before the first message it is unknown. */
  #last: Offset | undefined;
  #bytes = 0;
  #oldestAt = 0;

  /** @param now milliseconds of a monotonic clock */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Begins after a record: every later one will be added. */
  start(seq: number): void {
    this.#last = toOffset(seq);
    this.#clear();
  }

  /** Keeps the records of a partition from now on. */
  open(partition: string): void {
    this.#partitions.set(partition, { from: this.#last, records: [] });
  }

  /** Forgets all records after one could not be added: they are read from the file for a while. Returns the open partitions. */
  forget(): readonly string[] {
    this.#last = undefined;
    this.#clear();
    return [...this.#partitions.keys()];
  }

  close(partition: string): void {
    for (const record of this.#partitions.get(partition)?.records ?? []) this.#bytes -= byteLength(record);
    this.#partitions.delete(partition);
  }

  /** Adds the records of open partitions, and returns these partitions. */
  add({ partitions, seqs, keys, ats, bytes, ends }: CommittedBatch): ReadonlySet<string> {
    if (this.#isOver()) this.#clear();
    if (this.#bytes === 0) this.#oldestAt = this.#now();
    const woken = new Set<string>();
    for (const [index, partition] of partitions.entries()) {
      const open = this.#partitions.get(partition);
      if (!open) continue;
      woken.add(partition);
      const [begin, end] = [ends[index - 1] ?? 0, ends[index] ?? 0];
      const body = { bytes: bytes.subarray(begin, end) };
      open.records.push({ offset: toOffset(seqs[index] ?? 0), key: keys[index] ?? '', at: ats[index] ?? 0, body });
      this.#bytes += end - begin;
    }
    this.#last = toOffset(seqs.at(-1) ?? 0);
    if (this.#bytes > committedBounds.bytes) this.#clear();
    return woken;
  }

  /** Returns the records after an offset; `undefined` if there may be others in the file. Removes the earlier ones. */
  read(partition: string, after: Offset, max: { readonly records: number; readonly bytes: number }): LogPage | undefined {
    if (this.#isOver()) this.#clear();
    const open = this.#partitions.get(partition);
    if (!open) return undefined;
    const left = open.records.findIndex(({ offset }) => offset > after);
    for (const record of open.records.splice(0, left < 0 ? open.records.length : left)) this.#bytes -= byteLength(record);
    if (open.from === undefined || after < open.from) return undefined;
    const records: LogRecord[] = [];
    let bytes = 0;
    for (const record of open.records) {
      bytes += byteLength(record);
      if (records.length > 0 && (records.length >= max.records || bytes > max.bytes)) break;
      records.push(record);
    }
    return { records, lastOffset: records.at(-1)?.offset ?? after };
  }

  /** Returns whether a record waits for so long that retention may have removed or changed it. */
  #isOver(): boolean {
    return this.#bytes > 0 && this.#now() - this.#oldestAt > committedBounds.ageMs;
  }

  #clear(): void {
    for (const partition of this.#partitions.keys()) this.open(partition);
    this.#bytes = 0;
  }
}

interface Partition {
  /** The offset after which every record is here, or was removed by a reader; undefined if no record may be. */
  readonly from: Offset | undefined;
  readonly records: LogRecord[];
}

function byteLength({ body }: LogRecord): number {
  return 'bytes' in body ? body.bytes.byteLength : 0;
}
