import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { afterEach, expect, it } from 'vitest';
import { connectToGateway } from '../../src/cli/cli-context.ts';
import { eventually, makeFolder, startGatewayProcess, writeKey } from '../gateway.fixture.ts';
import { startLocalGateway } from '../paced-gateway.fixture.ts';
import { createRandom } from '../random.fixture.ts';
import {
  type CountedRow,
  choiceCollector,
  countedRowsSql,
  createChoiceDriver,
  findMiscounts,
  type StoredRecord,
  storedRecordsSql,
} from './choice-driver.ts';
import { addFaultRow, pickByScale } from './fault-scale.ts';
import {
  countInDoubt,
  countRepeats,
  createDriver,
  findViolations,
  measureFreshEvent,
  noViolations,
  waitUntilDelivered,
} from './oracle.ts';
import { startVendor } from './scripted-vendor.ts';

const kills = pickByScale({ part: 3, whole: 25, nightly: 500 });
const senders = 16;

/** Returns the counts of consent and the records that count. */
function readChoices(file: string): readonly [readonly CountedRow[], readonly StoredRecord[]] {
  const db = new Database(file, { readonly: true });
  const rows = db.prepare<[], CountedRow>(countedRowsSql).all();
  const records = db.prepare<[], StoredRecord>(storedRecordsSql).all();
  db.close();
  return [rows, records];
}

const cleanups: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanups.splice(0).reverse()) await cleanUp();
});

it(`loses no acknowledged event to ${kills} kill -9 at random moments under load, repeats only whole requests that it counts as in doubt, and counts the choice of each stored event once`, {
  timeout: 120_000 + kills * 10_000,
}, async (context) => {
  const folder = makeFolder();
  const vendor = await startVendor();
  const driver = createDriver('o');
  cleanups.push(folder.remove, vendor.close, driver.close);
  const choices = createChoiceDriver(writeKey);
  const config = folder.writeConfig(vendor.url, { collector: choiceCollector });
  const random = createRandom(context);

  for (let round = 0; round < kills; round += 1) {
    const gateway = await startGatewayProcess(config);
    const acknowledgedBefore = driver.obligations.size;
    let isUp = true;
    const load = Promise.all([driver.load(gateway.url, senders, () => !isUp), choices.load(gateway.url, () => !isUp)]);
    await sleep(700 + random.integer(1_200));
    await eventually(() => driver.obligations.size > acknowledgedBefore + 100);
    await gateway.kill();
    isUp = false;
    await load;
  }
  expect(driver.obligations.size).toBeGreaterThan(kills * 100);

  const last = await startLocalGateway(config);
  cleanups.push(last.stop);
  await waitUntilDelivered({ driver, vendor });
  const inDoubt = await countInDoubt(connectToGateway({ dataDir: folder.dataDir }));
  expect(findViolations({ driver, vendor, inDoubt })).toEqual(noViolations);
  expect(inDoubt).toBeLessThanOrEqual(kills);
  const [rows, records] = readChoices(join(folder.dataDir, 'log.db'));
  expect([findMiscounts(rows, records), choices.findUnstored(records)]).toEqual([[], []]);
  expect(choices.acknowledged.size).toBeGreaterThan(kills * 40);
  const freshMs = await measureFreshEvent(driver, vendor, last.url);
  expect(freshMs).toBeLessThan(10_000);
  addFaultRow(context, {
    fault: 'F2',
    scenario: 'kill -9 at random moments under load',
    amount: `${kills} kills`,
    expected: 'no acknowledged event lost; repeats are counted as in doubt',
    observed: `0 of ${driver.obligations.size} lost, ${countRepeats(vendor)} requests repeated, ${inDoubt} in doubt, fresh in ${freshMs} ms`,
  });
});
