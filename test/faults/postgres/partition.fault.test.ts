import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { secondMs } from '../../../src/event/units.ts';
import { eventually } from '../../gateway.fixture.ts';
import { addFaultRow, pickByScale, scale } from '../fault-scale.ts';
import { type ClusterNode, startCluster } from './cluster.ts';
import { type Cut, type Line, startLine } from './line.ts';
import { createDatabaseOrSkip } from './postgres-or-skip.ts';

const cuts: readonly Cut[] = ['requests', 'replies', 'both'];
const rounds = pickByScale({ part: 0, whole: 1, nightly: 20 });
/** A lease of 30 s, which requests may renew for 10 s more if only their replies are lost. */
const maxTakeOverMs = 45 * secondMs;
const databaseCutMs = 55 * secondMs;
/** Longer than the time that a platform has for its answer. */
const platformCutMs = 15 * secondMs;
const sites = ['shop-0', 'shop-1', 'shop-2'];

it.skipIf(scale === 'part')(
  'a gateway that is cut off from the database sends nothing, others take its sites, and nothing is lost',
  {
    timeout: 180_000 + rounds * cuts.length * (databaseCutMs + 60_000),
  },
  async (context) => {
    const database = await createDatabaseOrSkip(context, 'M2');
    const { port } = new URL(database.url);
    const lines: Line[] = [];
    for (let index = 0; index < 3; index += 1) lines.push(await startLine(Number(port)));
    context.onTestFinished(async () => {
      await Promise.all(lines.map((line) => line.close()));
    });
    const cluster = await startCluster(context, {
      nodes: lines.length,
      sites,
      url: database.url,
      port: (node) => lines[node]?.port ?? 0,
    });
    const endLoad = cluster.startLoad(2);
    let longestTakeOverMs = 0;
    for (let round = 0; round < rounds * cuts.length; round += 1) {
      await cluster.waitForMore();
      const findLine = (node: ClusterNode) => lines[cluster.nodes.indexOf(node)];
      const { node, ms } = await cluster.measureTakeOver(sites[round % sites.length] ?? '', (one) =>
        findLine(one)?.cut(cuts[round % cuts.length] ?? 'both'),
      );
      longestTakeOverMs = Math.max(longestTakeOverMs, ms);
      await sleep(Math.max(0, databaseCutMs - ms));
      findLine(node)?.mend();
    }
    await cluster.waitForMore();
    await endLoad();
    expect(longestTakeOverMs).toBeLessThanOrEqual(maxTakeOverMs);
    addFaultRow(context, {
      fault: 'M2',
      scenario: 'one gateway of three is cut off from the database',
      amount: `${rounds * cuts.length} cuts of ${databaseCutMs / secondMs} s: requests, replies, both`,
      expected: 'nothing sent without an attempt; none lost; sites taken over within 45 s',
      observed: `${(await cluster.check(150_000)).summary}, taken over in ${(longestTakeOverMs / secondMs).toFixed(1)} s`,
    });
  },
);

it.skipIf(scale === 'part')(
  'gateways that are cut off from the platform lose nothing, and count what they repeat as in doubt',
  {
    timeout: 180_000 + rounds * cuts.length * (platformCutMs + 60_000),
  },
  async (context) => {
    const database = await createDatabaseOrSkip(context, 'M2');
    const line = await startLine(0);
    context.onTestFinished(() => line.close());
    const cluster = await startCluster(context, { nodes: 3, sites, url: database.url, platform: line });
    const endLoad = cluster.startLoad(2);
    for (let round = 0; round < rounds * cuts.length; round += 1) {
      await cluster.waitForMore();
      line.cut(cuts[round % cuts.length] ?? 'both');
      await sleep(platformCutMs);
      line.mend();
      line.reset();
      const before = cluster.vendor.acceptedEvents.size;
      expect(await eventually(() => cluster.vendor.acceptedEvents.size > before, 60_000)).toBe(true);
    }
    await cluster.waitForMore();
    await endLoad();
    addFaultRow(context, {
      fault: 'M2',
      scenario: 'three gateways are cut off from the platform',
      amount: `${rounds * cuts.length} cuts of ${platformCutMs / secondMs} s: requests, replies, both`,
      expected: 'nothing sent without an attempt; none lost; repeats are counted as in doubt',
      observed: (await cluster.check(150_000)).summary,
    });
  },
);
