import { setTimeout as sleep } from 'node:timers/promises';
import { it } from 'vitest';
import { runStatement } from '../../../scripts/run-statement.ts';
import { eventually } from '../../gateway.fixture.ts';
import { addFaultRow, pickByScale, scale, skipWithoutTool } from '../fault-scale.ts';
import { startCluster } from './cluster.ts';
import { startLine } from './line.ts';
import { hasPatroni, startPatroni } from './patroni.ts';
import { startServerOrSkip } from './postgres-or-skip.ts';

const kills = pickByScale({ part: 1, whole: 10, nightly: 100 });
const nodes = pickByScale({ part: 1, whole: 3, nightly: 3 });
const promotions = pickByScale({ part: 0, whole: 3, nightly: 30 });
const failovers = pickByScale({ part: 0, whole: 2, nightly: 20 });

it('loses no acknowledged event when PostgreSQL is killed under load, and goes on by itself', {
  timeout: 120_000 + kills * 15_000,
}, async (context) => {
  const server = await startServerOrSkip(context, 'M3');
  const cluster = await startCluster(context, { nodes, sites: ['shop'], url: `${server.url}/postgres` });
  const endLoad = cluster.startLoad(4);
  for (let round = 0; round < kills; round += 1) {
    await cluster.waitForMore();
    server.kill();
    await sleep(300);
    await eventually(() =>
      server.restart().then(
        () => true,
        () => false,
      ),
    );
  }
  await cluster.waitForMore();
  await endLoad();
  addFaultRow(context, {
    fault: 'M3',
    scenario: 'kill -9 of PostgreSQL under load',
    amount: `${kills} kills, gateways: ${nodes}`,
    expected: 'no acknowledged event lost; none stored twice; repeats are counted as in doubt',
    observed: (await cluster.check()).summary,
  });
});

it.skipIf(scale === 'part')(
  'loses no acknowledged event when the primary is killed and its synchronous standby is promoted',
  {
    timeout: 120_000 + promotions * 60_000,
  },
  async (context) => {
    let primary = await startServerOrSkip(context, 'M3', { settings: { synchronous_standby_names: 'standby' } });
    const line = await startLine(primary.port);
    context.onTestFinished(() => line.close());
    const url = `postgres://postgres@127.0.0.1:${line.port}/postgres`;
    const startStandby = async () => {
      const started = await primary.startStandby();
      context.onTestFinished(() => started.stop());
      return started;
    };
    let standby = await startStandby();
    const cluster = await startCluster(context, { nodes, sites: ['shop'], url });
    const endLoad = cluster.startLoad(4);
    for (let round = 0; round < promotions; round += 1) {
      await cluster.waitForMore();
      primary.kill();
      line.target = undefined;
      await runStatement(`${standby.url}/postgres`, 'SELECT pg_promote()');
      line.target = standby.port;
      await cluster.waitForMore();
      if (round === promotions - 1) break;
      // The promoted server gets a standby, and from then on waits for it.
      primary = standby;
      standby = await startStandby();
      await runStatement(`${primary.url}/postgres`, `ALTER SYSTEM SET synchronous_standby_names = 'standby'`);
      await runStatement(`${primary.url}/postgres`, 'SELECT pg_reload_conf()');
    }
    await endLoad();
    addFaultRow(context, {
      fault: 'M3',
      scenario: 'kill -9 of the primary, promotion of the synchronous standby',
      amount: `${promotions} promotions, gateways: ${nodes}`,
      expected: 'no acknowledged event lost; none stored twice; repeats are counted as in doubt',
      observed: (await cluster.check()).summary,
    });
  },
);

it.skipIf(scale === 'part')(
  'loses no acknowledged event when Patroni hands the database over, or fails over',
  {
    timeout: 240_000 + failovers * 180_000,
  },
  async (context) => {
    if (!hasPatroni()) skipWithoutTool(context, 'M3', 'Patroni');
    const patroni = await startPatroni(context);
    const cluster = await startCluster(context, { nodes, sites: ['shop'], url: `${patroni.url}/postgres` });
    const endLoad = cluster.startLoad(4);
    for (let round = 0; round < failovers; round += 1) {
      for (const how of ['switchover', 'kill', 'partition'] as const) {
        await cluster.waitForMore();
        await patroni.endPrimary(how);
      }
    }
    await cluster.waitForMore();
    await endLoad();
    addFaultRow(context, {
      fault: 'M3',
      scenario: 'Patroni: a switchover, kill -9 of the primary, the primary cut off from etcd',
      amount: `${failovers} of each, gateways: ${nodes}`,
      expected: 'no acknowledged event lost; none stored twice; repeats are counted as in doubt',
      observed: (await cluster.check()).summary,
    });
  },
);
