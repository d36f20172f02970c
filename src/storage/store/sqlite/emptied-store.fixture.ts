import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Store } from '../../ports/store.ts';
import { openWithoutMigrating } from '../../sqlite/open.ts';
import { isKeyTable } from './rebuild-keys.ts';
import { openSqliteStore } from './sqlite-store.ts';

/**
 * One store for many tests, each of which finds it empty. Opening a store starts a thread and runs every migration, which takes longer
 * than most tests.
 */
export class EmptiedStore {
  readonly store: Store;
  readonly file: string;
  readonly #dir: string;
  readonly #clock: { now: () => number };

  private constructor(store: Store, dir: string, file: string, clock: { now: () => number }) {
    this.store = store;
    this.#dir = dir;
    this.file = file;
    this.#clock = clock;
  }

  static async open(): Promise<EmptiedStore> {
    const dir = mkdtempSync(join(tmpdir(), 'convey-store-'));
    const file = join(dir, 'state.db');
    const clock = { now: Date.now };
    return new EmptiedStore(await openSqliteStore(file, { now: () => clock.now() }), dir, file, clock);
  }

  /** Removes all rows except those that the migrations inserted, and sets the store's clock. */
  empty(now: () => number = Date.now): void {
    this.#clock.now = now;
    const db = openWithoutMigrating(this.file);
    const tables = db.prepare<[], string>("SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'counting'").pluck();
    db.transaction(() => {
      for (const table of tables.all()) {
        const isOfRuns = isKeyTable(table) && table.endsWith('_runs');
        const lastRun = isOfRuns ? (db.prepare<[], number>(`SELECT max(id) FROM ${table}`).pluck().get() ?? 0) : 0;
        db.prepare(`DELETE FROM ${table}`).run();
        // A new run, which is empty, makes readers read the recent entries anew.
        if (isOfRuns)
          db.prepare(`INSERT INTO ${table} (id, entries, bits, last, filter) VALUES (?, 0, 0, 0, x'')`).run(lastRun + 1);
      }
    }).immediate();
    db.close();
  }

  async close(): Promise<void> {
    await this.store.close();
    rmSync(this.#dir, { recursive: true });
  }
}
