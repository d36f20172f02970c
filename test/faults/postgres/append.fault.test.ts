import { expect, it } from 'vitest';
import { runStatement } from '../../../scripts/run-statement.ts';
import { openPostgresStorage } from '../../../src/storage/open-postgres.ts';
import { scale } from '../fault-scale.ts';
import { startServerOrSkip } from './postgres-or-skip.ts';

const appends = 200;

// `kill-database.fault.test.ts` has a part for every run.
it.skipIf(scale === 'part')('every append that was acknowledged before a kill -9 of PostgreSQL is stored', async (context) => {
  // A commit that does not wait for the disk is there after 10 s at the latest.
  const server = await startServerOrSkip(context, 'P2', { settings: { wal_writer_delay: '10s' } });
  const url = `${server.url}/postgres`;
  const storage = await openPostgresStorage(url);
  context.onTestFinished(() => storage.close());
  const keys = Array.from({ length: appends }, (_, index) => `key-${index}`);
  for (const key of keys) await storage.log.append([{ partition: 'shop', key, bytes: Buffer.from('{}') }]);
  server.kill();
  await expect.poll(() => server.restart().then(() => 'runs'), { timeout: 10_000 }).toBe('runs');
  const rows = await runStatement<{ key: string }>(url, 'SELECT key FROM records ORDER BY seq');
  expect(rows.map(({ key }) => key)).toEqual(keys);
});
