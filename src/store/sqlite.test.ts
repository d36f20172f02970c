import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqliteStore } from './sqlite.ts';
import { type StoreHarness, storeContract } from './store.contract.ts';
import type { Store } from './store.ts';

function makeHarness(): Promise<StoreHarness> {
  const dir = mkdtempSync(join(tmpdir(), 'convey-store-'));
  let file = join(dir, 'state.db');
  let crashes = 0;
  let now = 0;
  const open: Store[] = [];
  return Promise.resolve({
    async open() {
      const store = await openSqliteStore(file, { now: () => now });
      open.push(store);
      return store;
    },
    // What the disk holds at this instant goes on elsewhere; test/faults kills whole processes.
    async crash() {
      const left = file;
      crashes += 1;
      file = join(dir, `state-${crashes}.db`);
      for (const part of ['', '-wal']) if (existsSync(left + part)) cpSync(left + part, file + part);
    },
    setTime: (time) => {
      now = time;
    },
    async dispose() {
      for (const store of open) await store.close();
      rmSync(dir, { recursive: true });
    },
  });
}

storeContract('SQLite', makeHarness);
