import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { openSqliteLog, type SqliteEventLog } from './sqlite-log.ts';

/** The logs that no test file has, each with its folder for temporary files. */
const free = new Set<EmptiedLog>();

/**
 * One event log for many tests of a worker, each of which finds it empty. Opening a log starts a thread, which takes longer than most tests.
 * Its offsets continue, and its clock must not go back.
 */
export class EmptiedLog {
  readonly log: SqliteEventLog;
  /** The log's clock. Other threads that append to the log need the same. */
  readonly now: () => number;
  readonly #clock: { now: () => number; latest: number };

  private constructor(log: SqliteEventLog, now: () => number, clock: { now: () => number; latest: number }) {
    this.log = log;
    this.now = now;
    this.#clock = clock;
  }

  /** Returns an empty log that no other test file has, until it is closed. */
  static async open(now: () => number): Promise<EmptiedLog> {
    const emptied = [...free].find((one) => one.#canFollow(now)) ?? (await EmptiedLog.#create());
    free.delete(emptied);
    emptied.#clock.now = now;
    await emptied.empty();
    return emptied;
  }

  /** Removes all records and keys, and the counts of their sites. */
  async empty(): Promise<void> {
    for (const [partition, head] of await this.log.heads()) {
      await this.log.trim(partition, head);
      await this.log.removeConsentCounts(partition, Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
    }
  }

  /** Gives the log back. It stays open for the worker's next file. */
  close(): void {
    free.add(this);
  }

  static async #create(): Promise<EmptiedLog> {
    const clock = { now: () => 0, latest: 0 };
    const now = () => {
      const time = clock.now();
      clock.latest = Math.max(clock.latest, time);
      return time;
    };
    return new EmptiedLog(await openSqliteLog(join(mkdtempSync(join(tmpdir(), 'convey-log-')), 'log.db'), { now }), now, clock);
  }

  /** Returns whether the log is in the file's folder for temporary files, and has no time after `now`. */
  #canFollow(now: () => number): boolean {
    return dirname(dirname(this.log.file)) === tmpdir() && this.#clock.latest <= now();
  }
}
