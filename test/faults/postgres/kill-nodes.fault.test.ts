import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { secondMs } from '../../../src/event/units.ts';
import { createRandom } from '../../random.fixture.ts';
import {
  type CountedRow,
  countedRowsSql,
  createChoiceDriver,
  findMiscounts,
  type StoredRecord,
  storedRecordsSql,
} from '../choice-driver.ts';
import { addFaultRow, pickByScale } from '../fault-scale.ts';
import { startCluster } from './cluster.ts';
import { createDatabaseOrSkip } from './postgres-or-skip.ts';

const kills = pickByScale({ part: 1, whole: 25, nightly: 500 });
/** Each of these times, the killed gateway stays away until others have its sites. */
const awayEvery = pickByScale({ part: Number.POSITIVE_INFINITY, whole: 5, nightly: 5 });
const sites = pickByScale({ part: 2, whole: 4, nightly: 4 });
const maxTakeOverMs = 35 * secondMs;

it(`three gateways lose no acknowledged event when ${kills} kill -9 hit them under load, and others take their sites`, {
  timeout: 120_000 + kills * 30_000,
}, async (context) => {
  const database = await createDatabaseOrSkip(context, 'M1');
  const random = createRandom(context);
  const cluster = await startCluster(context, {
    nodes: 3,
    sites: Array.from({ length: sites }, (_, index) => `shop-${index}`),
    url: database.url,
  });
  const choices = createChoiceDriver('wk_shop-0_0123');
  let isOver = false;
  const choiceLoad = choices.load(cluster.balancer.url, () => isOver);
  const endLoad = cluster.startLoad(2);
  let longestTakeOverMs = 0;
  for (let round = 0; round < kills; round += 1) {
    await sleep(random.integer(1_500));
    await cluster.waitForMore();
    if (round % awayEvery === awayEvery - 1) {
      const { node, ms } = await cluster.measureTakeOver(`shop-${random.integer(sites)}`, (one) => one.kill());
      longestTakeOverMs = Math.max(longestTakeOverMs, ms);
      await node.start();
    } else {
      const node = cluster.nodes[random.integer(cluster.nodes.length)];
      await node?.kill();
      await node?.start();
    }
  }
  await cluster.waitForMore();
  await endLoad();
  isOver = true;
  await choiceLoad;
  const { acknowledged, inDoubt, summary } = await cluster.check();
  expect(acknowledged).toBeGreaterThan(kills * 100);
  expect(inDoubt).toBeLessThanOrEqual(kills * sites);
  expect(longestTakeOverMs).toBeLessThanOrEqual(maxTakeOverMs);
  const rows = await database.run<CountedRow>(countedRowsSql);
  const records = await database.run<StoredRecord>(storedRecordsSql);
  expect([findMiscounts(rows, records), choices.findUnstored(records)]).toEqual([[], []]);
  expect(choices.acknowledged.size).toBeGreaterThan(kills * 40);
  addFaultRow(context, {
    fault: 'M1',
    scenario: 'kill -9 of one of three gateways under load',
    amount: `${kills} kills`,
    expected: 'no acknowledged event lost; one node a site; sites taken over within 35 s; repeats are counted as in doubt',
    observed: `${summary}, taken over in ${(longestTakeOverMs / secondMs).toFixed(1)} s`,
  });
});
