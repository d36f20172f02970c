import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type PostgresServer, startPostgresServer } from '../../../scripts/postgres-server.ts';
import { eventually } from '../../../test/gateway.fixture.ts';
import { systemClock } from '../../clock/clock.ts';
import { createLogger } from '../../logger.ts';
import { type NewRecord, startOffset } from '../log/event-log.ts';
import { openSqliteLog } from '../log/sqlite-log.ts';
import { openPostgresStorage } from '../open-postgres.ts';
import { Spool } from './spool.ts';
import { SpooledIntake } from './spooled-intake.ts';

const partitions = ['shop', 'other', 'third', 'fourth'];

it('every event is acknowledged, and stored once and in order, when PostgreSQL is killed under load', {
  timeout: 60_000,
}, async (context) => {
  let server: PostgresServer;
  try {
    server = await startPostgresServer();
  } catch {
    return context.skip('PostgreSQL cannot run');
  }
  const folder = mkdtempSync(join(tmpdir(), 'convey-spool-'));
  const storage = await openPostgresStorage(`${server.url}/postgres`);
  const file = await openSqliteLog(join(folder, 'log.db'), { now: Date.now });
  const spool = await Spool.open(file, systemClock);
  const spooled: string[] = [];
  const append = spool.append.bind(spool);
  spool.append = (records) => {
    for (const { partition, key } of records) spooled.push(`${partition} ${key}`);
    return append(records);
  };
  const { spools } = storage.shared;
  const logger = createLogger('silent', process.stderr);
  const intake = new SpooledIntake({
    log: storage.log,
    spool,
    getExpiry: async () => 0,
    async report({ records, forMs }) {
      await spools.reportSpool({ node: 'a', host: 'h', ...(records === 0 && { emptyForMs: forMs }) });
    },
    onFault: () => {},
    outage: storage.watchOutages({ logger, monotonic: () => performance.now() }),
    clock: systemClock,
    logger,
  });
  await intake.start();
  context.onTestFinished(async () => {
    await intake.stop();
    await storage.close();
    await server.stop();
    rmSync(folder, { recursive: true });
  });

  const acknowledged: string[] = [];
  let isOver = false;
  const write = async (partition: string) => {
    for (let number = 0; !isOver; number += 1) {
      const record: NewRecord = { partition, key: String(number), bytes: Buffer.from(`{"v":1,"number":${number}}`) };
      await intake.append([record]);
      acknowledged.push(`${partition} ${record.key}`);
    }
  };
  const load = Promise.all(partitions.map(write));
  const isAfter = (more: number) => {
    const { length } = acknowledged;
    return eventually(() => acknowledged.length > length + more);
  };
  await isAfter(50);
  server.kill();
  await isAfter(200);
  expect(await intake.health()).toEqual({ writable: true, appendsTo: 'spool' });
  await eventually(() =>
    server.restart().then(
      () => true,
      () => false,
    ),
  );
  await eventually(() => spool.getState().records === 0);
  await isAfter(50);
  isOver = true;
  await load;
  await eventually(() => spool.getState().records === 0);

  expect(spooled.length).toBeGreaterThan(200);
  const stored: string[] = [];
  for (const partition of partitions) {
    const { records } = await storage.log.read(partition, startOffset, { records: 1e6, bytes: 1e9 });
    stored.push(...records.map(({ key }) => `${partition} ${key}`));
  }
  expect(stored.toSorted()).toEqual(acknowledged.toSorted());
  const isSpooled = new Set(spooled);
  const ofPartition = (names: readonly string[], partition: string) => names.filter((name) => name.startsWith(`${partition} `));
  for (const partition of partitions)
    expect(ofPartition(stored, partition).filter((name) => isSpooled.has(name))).toEqual(ofPartition(spooled, partition));
});
