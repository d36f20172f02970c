import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, type TestContext } from 'vitest';
import { runStatement } from '../../../scripts/run-statement.ts';
import { secondMs } from '../../../src/event/units.ts';
import { eventually } from '../../gateway.fixture.ts';
import { addFaultRow, pickByScale, scale, skipWithoutTool } from '../fault-scale.ts';
import { type Cluster, type ClusterNode, startCluster } from './cluster.ts';
import { createNetwork, type Machine } from './network.ts';
import { startServerOrSkip } from './postgres-or-skip.ts';

/** Each round has each of the faults once. */
const rounds = pickByScale({ part: 0, whole: 2, nightly: 20 });
const maxTakeOverMs = { lost: 35 * secondMs, cutOff: 45 * secondMs };
const databaseCutMs = 55 * secondMs;
/** Longer than the time that a platform has for its answer. */
const worldCutMs = 15 * secondMs;
/** The platform has answered all that reached it. */
const inFlightMs = secondMs;
/** The database probes a silent connection for a minute. */
const maxConnectionMs = 80 * secondMs;
const connectionsOf = 'SELECT 1 FROM pg_stat_activity WHERE application_name = $1';
const sites = ['shop-0', 'shop-1', 'shop-2'];

it.skipIf(scale === 'part')(
  'three machines lose nothing when one of them goes, or a cable to the database or to the platform is cut',
  { timeout: 180_000 + rounds * 6 * 60_000 },
  async (context) => {
    const { cluster, url, machineOf } = await startMachines(context);
    const endLoad = cluster.startLoad(2);
    const longest = { lost: 0, cutOff: 0 };
    for (let round = 0; round < rounds; round += 1) {
      const site = sites[round % sites.length] ?? '';
      await cluster.waitForMore();
      // The processes end after the links, so that nobody is told.
      const lost = await cluster.measureTakeOver(site, async (node) => {
        machineOf(node).cut('database', 'world');
        await node.kill();
      });
      longest.lost = Math.max(longest.lost, lost.ms);
      const hasEnded = async () => (await runStatement(url, connectionsOf, [lost.node.name])).length === 0;
      expect(await eventually(hasEnded, maxConnectionMs), 'the database keeps connections of a lost machine').toBe(true);
      machineOf(lost.node).mend('database', 'world');
      await lost.node.start();

      await cluster.waitForMore();
      const cutOff = await cluster.measureTakeOver(site, (node) => machineOf(node).cut('database'));
      longest.cutOff = Math.max(longest.cutOff, cutOff.ms);
      await sleep(Math.max(0, databaseCutMs - cutOff.ms));
      machineOf(cutOff.node).mend('database');

      await cluster.waitForMore();
      const holder = (await cluster.witness.listHolders()).get(site);
      const node = cluster.nodes.find(({ name }) => name === holder);
      if (!node) throw new RangeError(`no node runs ${site}`);
      const issued = cluster.drivers[sites.indexOf(site)]?.issued;
      const countAccepted = () => [...cluster.vendor.acceptedEvents.keys()].filter((id) => issued?.has(id)).length;
      machineOf(node).cut('world');
      await sleep(inFlightMs);
      const accepted = countAccepted();
      await sleep(worldCutMs - inFlightMs);
      expect(countAccepted(), 'another node sent events of the site').toBe(accepted);
      machineOf(node).mend('world');
      expect(await eventually(() => countAccepted() > accepted, 60_000)).toBe(true);
    }
    await cluster.waitForMore();
    await endLoad();
    const { summary } = await cluster.check(150_000);
    expect(longest.lost).toBeLessThanOrEqual(maxTakeOverMs.lost);
    expect(longest.cutOff).toBeLessThanOrEqual(maxTakeOverMs.cutOff);
    const seconds = (ms: number) => (ms / secondMs).toFixed(1);
    addFaultRow(context, {
      fault: 'M2',
      scenario:
        'of three machines in network namespaces, one is lost, or a cable is cut: to the database, to the platform and the balancer',
      amount: `${rounds} of each; ${databaseCutMs / secondMs} s, ${worldCutMs / secondMs} s`,
      expected: 'nothing sent without an attempt; none lost; sites taken over within 35 s of a loss, 45 s of a cut',
      observed: `${summary}, taken over in ${seconds(longest.lost)} s and ${seconds(longest.cutOff)} s`,
    });
  },
);

/** Starts a gateway on each of three machines, and a database that they reach. */
async function startMachines(
  context: TestContext,
): Promise<{ readonly cluster: Cluster; readonly url: string; readonly machineOf: (node: ClusterNode) => Machine }> {
  const network = createNetwork(3);
  if (!network) return skipWithoutTool(context, 'M2', 'network namespaces');
  context.onTestFinished(() => network.remove());
  const server = await startServerOrSkip(context, 'M2', {
    settings: { listen_addresses: `127.0.0.1,${network.hosts.database}` },
    clients: network.databaseSubnet,
  });
  const url = `${server.url}/postgres`;
  const cluster = await startCluster(context, { nodes: network.machines.length, sites, url, network });
  return {
    cluster,
    url,
    machineOf(node) {
      const machine = network.machines[cluster.nodes.indexOf(node)];
      if (!machine) throw new RangeError(`no machine of ${node.name}`);
      return machine;
    },
  };
}
