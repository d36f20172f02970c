import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { expect, it } from 'vitest';
import { readCpuMs } from '../../../scripts/process-cpu.ts';
import { runStatement } from '../../../scripts/run-statement.ts';
import { minuteMs, secondMs } from '../../../src/event/units.ts';
import { serverTime } from '../../../src/storage/postgres/server-time.ts';
import { eventually, post, purchase } from '../../gateway.fixture.ts';
import { addFaultRow, scale } from '../fault-scale.ts';
import { getSecretKey, startCluster } from './cluster.ts';
import { startServerOrSkip } from './postgres-or-skip.ts';

const siteCount = 5_000;
/** Two rounds of everything that a gateway does once a minute. */
const measuredMs = 2 * minuteMs;
/** Of one core. */
const maxShare = 0.05;
/** A node gives sites away after 10 s in which none came or went. */
const calmMs = 20 * secondMs;
const sendersAtOnce = 16;

it.runIf(scale !== 'part' && process.platform === 'linux')(
  `${siteCount} idle sites on two gateways cost the database under 5% of a core`,
  {
    timeout: 20 * minuteMs,
  },
  async (context) => {
    const server = await startServerOrSkip(context, 'M9');
    const url = `${server.url}/postgres`;
    const sites = Array.from({ length: siteCount }, (_, index) => `shop-${index}`);
    const { balancer, vendor } = await startCluster(context, { nodes: 2, sites, activeSites: [], url });
    const rest = [...sites];
    const send = async () => {
      for (let site = rest.pop(); site !== undefined; site = rest.pop())
        await post(balancer.url, [purchase(site)], getSecretKey(site));
    };
    await Promise.all(Array.from({ length: sendersAtOnce }, send));
    expect(await eventually(() => vendor.acceptedEvents.size === siteCount, 5 * minuteMs)).toBe(true);
    await waitUntilIdle(url);
    const from = readCpuMs(server.pid());
    await sleep(measuredMs);
    const share = (readCpuMs(server.pid()) - from) / measuredMs;
    expect(share).toBeLessThan(maxShare);
    addFaultRow(context, {
      fault: 'M9',
      scenario: 'idle sites',
      amount: `${siteCount} sites, gateways: 2`,
      expected: `the database uses under ${100 * maxShare} % of a core`,
      observed: `${(100 * share).toFixed(1)} %`,
    });
  },
);

interface Activity {
  /** The number of nodes that hold sites, and of the sites that they hold, with the one lease of all former sites. */
  readonly nodes: number;
  readonly held: number;
  /** Increases with each lease that a node acquires. */
  readonly acquired: number;
  /** The number of sites from which the first sweep after a start removed old data. */
  readonly swept: number;
}

const selectActivity = `
  SELECT (SELECT count(DISTINCT owner)::integer FROM leases WHERE consumer LIKE 'site:%' AND until > ${serverTime}) AS nodes,
    (SELECT count(*)::integer FROM leases WHERE consumer LIKE 'site:%' AND until > ${serverTime}) AS held,
    (SELECT sum(epoch)::integer FROM leases) AS acquired, (SELECT count(*)::integer FROM sweeps) AS swept`;

/** Resolves when both nodes hold their shares of the sites, and neither acquired or swept one lately. The test's time bounds the wait. */
async function waitUntilIdle(url: string): Promise<void> {
  for (let before: Activity | undefined; ; ) {
    const [now] = await runStatement<Activity & Record<string, unknown>>(url, selectActivity);
    if (now?.nodes === 2 && now.held === siteCount + 1 && isDeepStrictEqual(now, before)) return;
    before = now;
    await sleep(calmMs);
  }
}
