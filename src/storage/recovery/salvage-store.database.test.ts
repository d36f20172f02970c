import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openWithoutMigrating } from '../sqlite/open.ts';
import { openSqliteStore } from '../store/sqlite/sqlite-store.ts';
import { salvageStore } from './salvage-store.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'convey-salvage-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

it('a salvaged store finds links and events without the entries of the damaged file, and gives no lost visitor to another', async () => {
  const [file, to] = ['state.db', 'new.db'].map((name) => join(dir, name)) as [string, string];
  const store = await openSqliteStore(file, { now: Date.now });
  const lease = await store.acquireLease('identity:shop', 'one', 60_000);
  if (!lease) throw new Error('a new store has no other owner');
  const links = Array.from({ length: 30 }, (_, index) => ({ key: `email:${index % 10}`, visitor: `v${index}`, at: index }));
  const report = {
    offset: '0000000000000001',
    at: 1,
    name: 'Purchase',
    id: 'order-1',
    reporter: 'browser',
    keepUntil: 9,
  } as const;
  await store.commitIdentity(lease, { site: 'shop', cursor: report.offset, reports: [report], links, now: 1 });
  await store.close();
  const db = openWithoutMigrating(file);
  db.exec(`DELETE FROM link_keys_recent; DELETE FROM report_keys_recent; DELETE FROM link_visitors WHERE visitor = 'v29'`);
  db.close();

  expect(salvageStore(file, to, true)).toMatchObject({ damaged: [], beginsAnew: false });
  const salvaged = await openSqliteStore(to, { now: Date.now });
  const read = async () => ({
    links: (await salvaged.findLinks('shop', ['email:3', 'email:9'])).map(({ visitor }) => visitor),
    ofVisitor: (await salvaged.listVisitorLinks('shop', ['v3', 'v29'])).map(({ key }) => key),
    events: await salvaged.findEvents('shop', 'order-1'),
  });
  expect(await read()).toEqual({ links: ['v23', 'v19', 'v13', 'v9', 'v3'], ofVisitor: ['email:3'], events: [report.offset] });
  const again = await salvaged.acquireLease('identity:shop', 'two', 60_000);
  const next = again ?? (await salvaged.acquireLease('identity:shop', 'one', 60_000));
  if (!next) throw new Error('the salvaged store has no lease');
  const fresh = [{ key: 'order:1', visitor: 'new', at: 99 }];
  await salvaged.commitIdentity(next, { site: 'shop', cursor: report.offset, reports: [], links: fresh, now: 1 });
  expect((await salvaged.listVisitorLinks('shop', ['new'])).map(({ key }) => key)).toEqual(['order:1']);
  await salvaged.close();
});
