import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { expect, it } from 'vitest';
import { connectToGateway } from '../../src/cli/cli-context.ts';
import { eventually, makeFolder, startGatewayProcess } from '../gateway.fixture.ts';
import { type PostgresServer, startPostgresServer } from '../postgres-server.fixture.ts';
import { addFaultRow, pickByScale, skipWithoutTool } from './fault-scale.ts';
import { countInDoubt, countRepeats, createDriver, findViolations, noViolations, waitUntilDelivered } from './oracle.ts';
import { startVendor } from './scripted-vendor.ts';

const kills = pickByScale({ part: 1, whole: 10, nightly: 100 });

it(`loses no acknowledged event to kill -9 of PostgreSQL under load, and goes on by itself`, {
  timeout: 120_000 + kills * 15_000,
}, async (context) => {
  let server: PostgresServer;
  try {
    server = await startPostgresServer();
  } catch {
    return skipWithoutTool(context, 'M3', 'PostgreSQL');
  }
  const folder = makeFolder();
  const vendor = await startVendor();
  const driver = createDriver('p');
  context.onTestFinished(async () => {
    await Promise.all([driver.close(), vendor.close(), server.stop()]);
    folder.remove();
  });
  const store = `${server.url}/postgres`;
  const gateway = await startGatewayProcess(folder.writeConfig(vendor.url, { store }), {
    env: { CONVEY_SECRETS_KEY: randomBytes(32).toString('hex') },
  });
  context.onTestFinished(() => gateway.kill());

  let isOver = false;
  const load = driver.load(gateway.url, 4, () => isOver);
  for (let round = 0; round < kills; round += 1) {
    const acknowledged = driver.obligations.size;
    await eventually(() => driver.obligations.size > acknowledged + 100);
    server.kill();
    await sleep(300);
    await eventually(() =>
      server.restart().then(
        () => true,
        () => false,
      ),
    );
  }
  const acknowledged = driver.obligations.size;
  await eventually(() => driver.obligations.size > acknowledged + 100);
  isOver = true;
  await load;
  await waitUntilDelivered({ driver, vendor });
  const inDoubt = await countInDoubt(connectToGateway({ dataDir: folder.dataDir }));
  expect(findViolations({ driver, vendor, inDoubt })).toEqual(noViolations);

  const client = new pg.Client({ connectionString: store });
  await client.connect();
  const { rows } = await client.query<{ records: number; keys: number }>(
    `SELECT count(*)::integer AS records, count(DISTINCT key)::integer AS keys FROM records WHERE partition = 'shop'`,
  );
  await client.end();
  expect(rows[0]?.keys).toBe(rows[0]?.records);
  expect(rows[0]?.records).toBeGreaterThanOrEqual(driver.obligations.size);
  addFaultRow(context, {
    fault: 'M3',
    scenario: 'kill -9 of PostgreSQL under load',
    amount: `${kills} kills`,
    expected: 'no acknowledged event lost; none stored twice; repeats are counted as in doubt',
    observed: `0 of ${driver.obligations.size} lost, ${countRepeats(vendor)} requests repeated, ${inDoubt} in doubt`,
  });
});
