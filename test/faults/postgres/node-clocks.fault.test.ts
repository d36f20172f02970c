import { join } from 'node:path';
import { expect, it } from 'vitest';
import { dayMs, hourMs, secondMs } from '../../../src/event/units.ts';
import { addFaultRow, scale } from '../fault-scale.ts';
import { startCluster } from './cluster.ts';
import { createDatabaseOrSkip } from './postgres-or-skip.ts';

/** The difference of each node's clock. */
const clockErrors = [
  { name: 'an hour ahead and an hour behind', ms: [hourMs, -hourMs] },
  { name: '8 days ahead and 8 days behind', ms: [8 * dayMs, -8 * dayMs] },
] as const;

for (const { name, ms } of scale === 'part' ? clockErrors.slice(1) : clockErrors) {
  it(`gateways whose clocks are ${name} deliver all, date nothing wrongly and keep their leases`, {
    timeout: 240_000,
  }, async (context) => {
    const database = await createDatabaseOrSkip(context, 'M5');
    const sites = ['shop-0', 'shop-1'];
    const wrongDate = join(import.meta.dirname, 'wrong-date.ts');
    const cluster = await startCluster(context, {
      nodes: ms.length,
      sites,
      url: database.url,
      processOptions: (node) => ({
        command: [process.execPath, '--import', wrongDate],
        env: { CONVEY_CLOCK_OFFSET_MS: String(ms[node]) },
      }),
    });
    let mostWrongMs = 0;
    cluster.vendor.react = ({ events }) => {
      for (const { eventTime } of events) mostWrongMs = Math.max(mostWrongMs, Math.abs(eventTime * secondMs - Date.now()));
      return undefined;
    };
    const endLoad = cluster.startLoad(2);
    await cluster.waitForMore();
    const jump = () => {
      for (const { running } of cluster.nodes) if (running) process.kill(running.pid, 'SIGUSR2');
    };
    // The clocks are set right under load, and wrong again.
    jump();
    await cluster.waitForMore();
    jump();
    await cluster.waitForMore();
    let takeOverMs = 0;
    if (scale !== 'part') {
      const { node, ms: tookMs } = await cluster.measureTakeOver('shop-0', (one) => one.kill());
      takeOverMs = tookMs;
      await node.start();
    }
    await endLoad();
    const { summary } = await cluster.check();
    const [living] = cluster.nodes;
    for (const site of sites)
      expect(await living?.ask('GET /api/sites/:site/dead-letters', { site, limit: 1 })).toMatchObject({ deadLetters: [] });
    expect(mostWrongMs).toBeLessThan(60 * secondMs);
    expect(takeOverMs).toBeLessThanOrEqual(35 * secondMs);
    addFaultRow(context, {
      fault: 'M5',
      scenario: `the clocks of two gateways are ${name}`,
      amount: '2 jumps each',
      expected: 'nothing lost, expired or dated wrongly; sites taken over within 35 s',
      observed: `${summary}, event times off by ${(mostWrongMs / secondMs).toFixed(1)} s, taken over in ${(takeOverMs / secondMs).toFixed(1)} s`,
    });
  });
}

it.skipIf(scale === 'part')(
  'a gateway that is stopped past its leases and continues is refused, and nothing is lost',
  {
    timeout: 300_000,
  },
  async (context) => {
    const database = await createDatabaseOrSkip(context, 'M5');
    const sites = ['shop-0', 'shop-1', 'shop-2'];
    const cluster = await startCluster(context, { nodes: 3, sites, url: database.url });
    const endLoad = cluster.startLoad(2);
    await cluster.waitForMore();
    const { node, ms } = await cluster.measureTakeOver('shop-0', ({ running }) => {
      if (running) process.kill(running.pid, 'SIGSTOP');
    });
    await cluster.waitForMore();
    if (node.running) process.kill(node.running.pid, 'SIGCONT');
    await expect.poll(() => node.running?.output()).toMatch(/site lease lost/);
    await cluster.waitForMore();
    await endLoad();
    const { summary } = await cluster.check();
    expect(ms).toBeLessThanOrEqual(35 * secondMs);
    addFaultRow(context, {
      fault: 'M5',
      scenario: 'SIGSTOP of the gateway of a site under load, SIGCONT after others took it',
      amount: '1 stop',
      expected: 'its stale epochs are refused; nothing lost; sites taken over within 35 s',
      observed: `${summary}, taken over in ${(ms / secondMs).toFixed(1)} s`,
    });
  },
);
