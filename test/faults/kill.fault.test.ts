import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { connectToGateway } from '../../src/cli/cli-context.ts';
import { makeFolder, startGatewayProcess } from '../gateway.fixture.ts';
import { createRandom } from '../random.fixture.ts';
import { sized, tell } from './fault-scale.ts';
import { freshEvent, inDoubtOf, judge, makeDriver, nothingWrong, repeats, settled } from './oracle.ts';
import { startVendor } from './scripted-vendor.ts';

const kills = sized({ part: 5, whole: 25, nightly: 500 });
const senders = 16;

const ending: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end();
});

it(`loses no acknowledged event to ${kills} kill -9 at random moments under load, and repeats only whole requests that it counts as in doubt`, {
  timeout: 120_000 + kills * 10_000,
}, async (context) => {
  const folder = makeFolder();
  const vendor = await startVendor();
  const driver = makeDriver('o');
  ending.push(folder.remove, vendor.close, driver.close);
  const config = folder.writeConfig(vendor.url);
  const random = createRandom(context);

  for (let round = 0; round < kills; round += 1) {
    const gateway = await startGatewayProcess(config);
    let up = true;
    const load = driver.load(gateway.url, senders, () => !up);
    await sleep(700 + random.integer(1_200));
    await gateway.kill();
    up = false;
    await load;
  }
  expect(driver.obligations.size).toBeGreaterThan(kills * 100);

  const last = await startGatewayProcess(config);
  ending.push(() => last.kill());
  await settled({ driver, vendor });
  const inDoubt = await inDoubtOf(connectToGateway({ dataDir: folder.dataDir }));
  expect(judge({ driver, vendor, inDoubt })).toEqual(nothingWrong);
  expect(inDoubt).toBeLessThanOrEqual(kills);
  const freshMs = await freshEvent(driver, vendor, last.url);
  expect(freshMs).toBeLessThan(10_000);
  tell(context, {
    fault: 'F2',
    what: 'kill -9 at random moments under load',
    times: `${kills} kills`,
    holds: 'no acknowledged event lost; repeats are counted as in doubt',
    seen: `0 of ${driver.obligations.size} lost, ${repeats(vendor)} requests repeated, ${inDoubt} in doubt, fresh in ${freshMs} ms`,
  });
});
