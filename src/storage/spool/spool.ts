import { Mutex } from 'async-mutex';
import type { Clock } from '../../clock/clock.ts';
import { errorMessage } from '../../errors.ts';
import type { UnixMs } from '../../event/units.ts';
import { type AppendResult, type EventLog, type LogRecord, type NewRecord, type Offset, startOffset } from '../log/event-log.ts';

/** Bounds of the records that are forwarded in one append. */
const batchBounds = { records: 500, bytes: 1024 * 1024 } as const;

export interface SpoolState {
  readonly records: number;
  /** How long the spool has been empty, or not empty. */
  readonly forMs: number;
}

/** The records that left the spool since it was opened. */
export interface SpoolTotals {
  /** Into the event log, which may have had some of them already. */
  readonly forwarded: number;
  /** Expired, damaged on the disk, or refused by the database. */
  readonly lost: number;
}

/** The part of an event log that a spool uses. */
export type SpoolLog = Pick<
  EventLog,
  'append' | 'read' | 'heads' | 'count' | 'findOffsetAt' | 'trim' | 'purge' | 'reclaimDiskSpace' | 'health' | 'close'
>;

/** The oldest records of one partition. */
export interface SpooledPage {
  readonly partition: string;
  /** In the order of their appends. */
  readonly records: readonly LogRecord[];
  readonly lastOffset: Offset;
}

/**
 * The embedded event log as a spool: it accepts events while the database is away, and keeps each until it is forwarded. It is a file of the
 * data folder, so the next process forwards the rest.
 */
export class Spool {
  readonly #log: SpoolLog;
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #trims = new Mutex();
  /** The partitions of failed appends and removals, which may have taken effect all the same, or do later. */
  readonly #inDoubt = new Set<string>();
  /** The numbers of appends that began, and that ended. */
  #begun = 0;
  #ended = 0;
  /** Without those of failed appends that were stored. */
  #records: number;
  #changedAt: number;
  #totals: SpoolTotals = { forwarded: 0, lost: 0 };

  private constructor(log: SpoolLog, clock: Pick<Clock, 'monotonic'>, records: number) {
    this.#log = log;
    this.#clock = clock;
    this.#records = records;
    this.#changedAt = clock.monotonic();
  }

  /** Counts the records that an earlier process left. The spool closes the event log. */
  static async open(log: SpoolLog, clock: Pick<Clock, 'monotonic'>): Promise<Spool> {
    let records = 0;
    for (const [partition, head] of await log.heads()) records += await log.count(partition, startOffset, head);
    return new Spool(log, clock, records);
  }

  /** Resolves when the records are on the disk. A record whose key is spooled already is a duplicate. @throws LogUnavailableError */
  async append(records: readonly NewRecord[]): Promise<readonly AppendResult[]> {
    this.#begun += 1;
    try {
      // The database counts when the records are forwarded, so that a record that it has already is not counted twice.
      const results = await this.#log.append(records.map(({ tally: _tally, ...record }) => record));
      this.#change(() => {
        this.#records += results.filter((one) => 'offset' in one).length;
      });
      return results;
    } catch (error) {
      this.#change(() => {
        for (const { partition } of records) this.#inDoubt.add(partition);
      });
      throw error;
    } finally {
      this.#ended += 1;
    }
  }

  /** Returns at least one record while it is unknown whether the spool is empty. */
  getState(): SpoolState {
    return { records: this.#atLeast, forMs: this.#clock.monotonic() - this.#changedAt };
  }

  getTotals(): SpoolTotals {
    return this.#totals;
  }

  /** Counts records that are about to leave the spool. */
  countLeft({ forwarded = 0, lost = 0 }: Partial<SpoolTotals>): void {
    this.#totals = { forwarded: this.#totals.forwarded + forwarded, lost: this.#totals.lost + lost };
  }

  /** Returns the health of the spool's own event log. */
  health(): ReturnType<EventLog['health']> {
    return this.#log.health();
  }

  /** Returns the oldest records of some partitions, or none if the spool is empty. */
  async readBatch(): Promise<readonly SpooledPage[]> {
    const pages = await this.#readPages();
    const begun = this.#begun;
    if (pages.length > 0 || this.#inDoubt.size === 0 || begun > this.#ended) return pages;
    // The event log writes in the order of its calls: what failed before has taken effect by now, or never does.
    const isWritten = await this.#log.append([]).then(
      () => true,
      () => false,
    );
    const late = await this.#readPages();
    if (isWritten && late.length === 0 && begun === this.#begun)
      this.#change(() => {
        this.#records = 0;
        this.#inDoubt.clear();
      });
    return late;
  }

  async #readPages(): Promise<readonly SpooledPage[]> {
    const pages: SpooledPage[] = [];
    let { records: recordsLeft, bytes: bytesLeft }: { records: number; bytes: number } = batchBounds;
    for (const partition of await this.#listPartitions()) {
      if (recordsLeft <= 0 || bytesLeft <= 0) break;
      const { records, lastOffset } = await this.#log.read(partition, startOffset, { records: recordsLeft, bytes: bytesLeft });
      if (records.length === 0) continue;
      pages.push({ partition, records, lastOffset });
      recordsLeft -= records.length;
      for (const { body } of records) bytesLeft -= 'bytes' in body ? body.bytes.byteLength : 0;
    }
    return pages;
  }

  /** Removes records that need not be forwarded any more. @throws an error of the disk, which is no `LogUnavailableError` of the database */
  async remove(pages: readonly SpooledPage[]): Promise<void> {
    await Promise.all(pages.map(({ partition, lastOffset }) => this.#trim(partition, lastOffset)));
  }

  /** Removes the records that were appended before a time. Returns their number. */
  async removeBefore(at: UnixMs): Promise<number> {
    let removed = 0;
    for (const partition of await this.#listPartitions())
      removed += await this.#trim(partition, await this.#log.findOffsetAt(partition, new Date(at)));
    this.countLeft({ lost: removed });
    return removed;
  }

  /** Resolves when no removed record is left in the file, and gives its space to the disk. @throws if a long read keeps one */
  async purge(): Promise<void> {
    await this.#log.purge();
    while (await this.#log.reclaimDiskSpace());
  }

  close(): Promise<void> {
    return this.#log.close();
  }

  /** Trims a partition, and returns the number of records that it removed. Another trim may remove the same ones. */
  #trim(partition: string, through: Offset): Promise<number> {
    return this.#trims.runExclusive(async () => {
      const records = await this.#log.count(partition, startOffset, through);
      if (records === 0) return 0;
      try {
        await this.#log.trim(partition, through);
      } catch (error) {
        this.#change(() => this.#inDoubt.add(partition));
        throw new Error(`records cannot be removed from the spool: ${errorMessage(error)}. Check the disk`, { cause: error });
      }
      this.#change(() => {
        this.#records = Math.max(0, this.#records - records);
      });
      return records;
    });
  }

  /** The event log's heads leave out the records of a failed append. */
  async #listPartitions(): Promise<ReadonlySet<string>> {
    return new Set([...(await this.#log.heads()).keys(), ...this.#inDoubt]);
  }

  get #atLeast(): number {
    return Math.max(this.#inDoubt.size > 0 ? 1 : 0, this.#records);
  }

  #change(apply: () => void): void {
    const wasEmpty = this.#atLeast === 0;
    apply();
    if (wasEmpty !== (this.#atLeast === 0)) this.#changedAt = this.#clock.monotonic();
  }
}
