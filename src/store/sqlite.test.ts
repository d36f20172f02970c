import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { nothingKnown } from '../identity/facts.ts';
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

it('what was erased stands in no file, wherever SQLite has moved its rows', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'convey-store-'));
  const file = join(dir, 'state.db');
  const store = await openSqliteStore(file, { now: Date.now });
  const lease = await store.acquire('identity:shop', 'one', 60_000);
  if (!lease) throw new Error('a new store has no other owner');
  const visitor = (index: number) => createHash('md5').update(`visitor ${index}`).digest('hex');
  for (let from = 0; from < 6_000; from += 200) {
    const facts = Array.from({ length: 200 }, (_, at) => {
      const value = 'x'.repeat(((from + at) * 7_919) % 900);
      return { visitor: visitor(from + at), facts: { ...nothingKnown, uetVids: [{ at: 1, by: visitor(from + at), value }] } };
    });
    const links = facts.map((one) => ({ key: `email:${visitor(-1 - from)}${one.visitor}`, visitor: one.visitor, at: 1 }));
    await store.commitIdentity(lease, { site: 'shop', cursor: '', seen: [], now: 1, facts, links });
  }
  const erased = Array.from({ length: 300 }, (_, index) => visitor(index * 20));
  await store.erase({ site: 'shop', offsets: [], visitors: erased.map((one) => ({ visitor: one })), now: 2 });
  await store.endErasure('shop');
  const bytes = ['', '-wal'].map((part) => readFileSync(file + part).toString('latin1')).join('');
  expect(erased.filter((one) => bytes.includes(one))).toEqual([]);
  expect(bytes).toContain(visitor(1));
  await store.close();
  rmSync(dir, { recursive: true });
});
