import { once } from 'node:events';
import { afterEach, expect, test } from 'vitest';
import { connectToGateway } from '../src/cli/cli-context.ts';
import { systemClock } from '../src/clock/clock.ts';
import { convey, parseJsonLines } from './cli.fixture.ts';
import { eventually, makeFolder, startSink } from './gateway.fixture.ts';
import { countReceived, listOrders, readImportLine, startImport, writeLines } from './import.fixture.ts';
import { startPacedGateway } from './paced-gateway.fixture.ts';
import { createTestDatabase, hasPostgres } from './postgres.fixture.ts';

const cleanups: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanups.splice(0).reverse()) await cleanUp();
});

const rows = 2_000;
const secretsKey = 'c7'.repeat(32);

/** Starts a gateway on a database that others share. */
async function startNode(database: string) {
  const folder = makeFolder();
  cleanups.push(() => folder.remove());
  const sink = await startSink();
  cleanups.push(() => sink.close());
  const site = { purchaseHoldSeconds: 0, consent: { policy: 'granted' } };
  const config = folder.writeConfig(sink.url, { site, store: `${database}?sslmode=disable` });
  const gateway = await startPacedGateway(config, systemClock, { env: { CONVEY_SECRETS_KEY: secretsKey } });
  cleanups.push(() => gateway.stop());
  return { folder, config, ask: connectToGateway({ dataDir: folder.dataDir }) };
}

test.skipIf(!hasPostgres)('an import that was killed at one node goes on at another', { timeout: 60_000 }, async () => {
  const database = await createTestDatabase();
  cleanups.push(() => database.drop());
  const [one, other] = [await startNode(database.url), await startNode(database.url)];
  // The command reads the config file, which needs the key.
  process.env.CONVEY_SECRETS_KEY = secretsKey;
  cleanups.push(() => delete process.env.CONVEY_SECRETS_KEY);
  const file = writeLines(one.folder, listOrders(rows));
  const child = startImport(file, one.config);
  expect(await eventually(async () => (await readImportLine(other.ask)) > 200)).toBe(true);
  child.kill('SIGKILL');
  await once(child, 'close');
  const { code, stdout, stderr } = await convey('import', file, '--config', other.config, '--json');
  expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringContaining('Goes on after line') });
  const [done] = parseJsonLines(stdout);
  expect(done).toMatchObject({ line: rows + 1, refused: 0 });
  expect(done.accepted + done.repeated).toBe(rows);
  expect(await eventually(async () => (await countReceived(one.ask)).received === rows)).toBe(true);
  expect(await readImportLine(one.ask)).toBe(rows + 1);
});
