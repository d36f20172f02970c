import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Store } from '../../ports/store.ts';
import { openWithoutMigrating } from '../../sqlite/open.ts';
import { isKeyTable } from './rebuild-keys.ts';
import { openSqliteStore } from './sqlite-store.ts';

/** The stores that no test file has, each with its folder for temporary files. */
const free = new Set<EmptiedStore>();

/**
 * One store for many tests of a worker, each of which finds it empty. Opening a store starts a thread, which takes longer than most tests.
 */
export class EmptiedStore {
  readonly store: Store;
  readonly file: string;
  readonly #clock: { now: () => number };

  private constructor(store: Store, file: string, clock: { now: () => number }) {
    this.store = store;
    this.file = file;
    this.#clock = clock;
  }

  /** Returns an empty store that no other test file has, until it is closed. */
  static async open(now?: () => number): Promise<EmptiedStore> {
    const emptied = [...free].find(({ file }) => dirname(dirname(file)) === tmpdir()) ?? (await EmptiedStore.#create());
    free.delete(emptied);
    emptied.empty(now);
    return emptied;
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

  /** Gives the store back. It stays open for the worker's next file. */
  close(): void {
    free.add(this);
  }

  static async #create(): Promise<EmptiedStore> {
    const file = join(mkdtempSync(join(tmpdir(), 'convey-store-')), 'state.db');
    const clock = { now: Date.now };
    return new EmptiedStore(await openSqliteStore(file, { now: () => clock.now() }), file, clock);
  }
}
