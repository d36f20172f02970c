import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { connectToGateway } from '../../src/cli/cli-context.ts';
import { minuteMs, secondMs } from '../../src/event/units.ts';
import { makeFolder, startGatewayProcess } from '../gateway.fixture.ts';
import { addFaultRow, pickByScale, scale } from './fault-scale.ts';
import { countInDoubt, createDriver, findViolations, measureFreshEvent, noViolations, waitUntilDelivered } from './oracle.ts';
import { startVendor } from './scripted-vendor.ts';

const backlog = pickByScale({ part: 0, whole: 200_000, nightly: 1_000_000 });
const soakMs = pickByScale({ part: 0, whole: 4 * minuteMs, nightly: 120 * minuteMs });
const heapMebibytes = 192;
/** Share of the soak that is ignored, while caches fill and the garbage collector adapts. */
const warmUpShare = 0.25;
const eventsPerRequest = 50;
const intervalMs = 100;

const cleanups: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanups.splice(0).reverse()) await cleanUp();
});

interface Sample {
  readonly mebibytes: number;
  readonly descriptors: number;
}

function readSample(pid: number): Sample {
  const [, kibibytes] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return { mebibytes: Number(kibibytes) / 1_024, descriptors: readdirSync(`/proc/${pid}/fd`).length };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

it.runIf(scale !== 'part' && process.platform === 'linux')(
  'with a small heap drains a long backlog, and neither memory nor descriptors grow while events keep coming',
  { timeout: 30 * minuteMs + 2 * soakMs },
  async (context) => {
    const folder = makeFolder();
    const vendor = await startVendor();
    const driver = createDriver('o');
    cleanups.push(folder.remove, vendor.close, driver.close);
    const ask = connectToGateway({ dataDir: folder.dataDir });
    const gateway = await startGatewayProcess(folder.writeConfig(vendor.url), {
      command: [process.execPath, `--max-old-space-size=${heapMebibytes}`],
    });
    cleanups.push(() => gateway.kill());

    vendor.react = () => ({ status: 503 });
    while (driver.obligations.size < backlog) await driver.send(gateway.url, 500);
    vendor.react = undefined;
    const drainedFrom = performance.now();
    expect(await waitUntilDelivered({ driver, vendor }, 20 * minuteMs)).toBe(true);
    const drainSeconds = Math.round((performance.now() - drainedFrom) / secondMs);

    const samples: Sample[] = [];
    for (const until = performance.now() + soakMs; performance.now() < until; ) {
      await driver.send(gateway.url, eventsPerRequest);
      samples.push(readSample(gateway.pid));
      await sleep(intervalMs);
    }
    const warmSamples = samples.slice(Math.floor(samples.length * warmUpShare));
    const third = Math.floor(warmSamples.length / 3);
    const [early, late] = [warmSamples.slice(0, third), warmSamples.slice(-third)];
    const growth = median(late.map(({ mebibytes }) => mebibytes)) / median(early.map(({ mebibytes }) => mebibytes)) - 1;
    const newDescriptors =
      median(late.map(({ descriptors }) => descriptors)) - median(early.map(({ descriptors }) => descriptors));

    expect(await waitUntilDelivered({ driver, vendor })).toBe(true);
    expect(findViolations({ driver, vendor, inDoubt: await countInDoubt(ask) })).toEqual(noViolations);
    expect(await measureFreshEvent(driver, vendor, gateway.url)).toBeLessThan(10_000);
    expect(growth).toBeLessThanOrEqual(0.1);
    expect(newDescriptors).toBeLessThanOrEqual(0);
    const peak = Math.max(...samples.map(({ mebibytes }) => mebibytes));
    addFaultRow(context, {
      fault: 'F20',
      scenario: `heap of ${heapMebibytes} MB, a backlog of ${backlog}, then a soak`,
      amount: `${soakMs / minuteMs} min`,
      expected: 'memory grows by at most 10%, file descriptors do not grow',
      observed: `${(growth * 100).toFixed(1)} %, ${newDescriptors} descriptors; peak ${Math.round(peak)} MiB; drained in ${drainSeconds} s; 0 of ${driver.obligations.size} lost`,
    });
  },
);
