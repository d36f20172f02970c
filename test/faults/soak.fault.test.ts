import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { connectToGateway } from '../../src/cli/cli-context.ts';
import { minuteMs, secondMs } from '../../src/event/units.ts';
import { makeFolder, startGatewayProcess } from '../gateway.fixture.ts';
import { scale, sized, tell } from './fault-scale.ts';
import { freshEvent, inDoubtOf, judge, makeDriver, nothingWrong, settled } from './oracle.ts';
import { startVendor } from './scripted-vendor.ts';

const backlog = sized({ part: 0, whole: 200_000, nightly: 1_000_000 });
const soakMs = sized({ part: 0, whole: 4 * minuteMs, nightly: 120 * minuteMs });
const heapMebibytes = 192;
/** Of the soak, while caches fill and the collector finds its pace. */
const warmUp = 0.25;
const eventsPerRequest = 50;
const everyMs = 100;

const ending: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end();
});

interface Sample {
  readonly mebibytes: number;
  readonly descriptors: number;
}

function look(pid: number): Sample {
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
    const driver = makeDriver('o');
    ending.push(folder.remove, vendor.close, driver.close);
    const ask = connectToGateway({ dataDir: folder.dataDir });
    const gateway = await startGatewayProcess(folder.writeConfig(vendor.url), {
      command: [process.execPath, `--max-old-space-size=${heapMebibytes}`],
    });
    ending.push(() => gateway.kill());

    vendor.react = () => ({ status: 503 });
    while (driver.obligations.size < backlog) await driver.send(gateway.url, 500);
    vendor.react = undefined;
    const drainedFrom = performance.now();
    expect(await settled({ driver, vendor }, 20 * minuteMs)).toBe(true);
    const drainSeconds = Math.round((performance.now() - drainedFrom) / secondMs);

    const samples: Sample[] = [];
    for (const until = performance.now() + soakMs; performance.now() < until; ) {
      await driver.send(gateway.url, eventsPerRequest);
      samples.push(look(gateway.pid));
      await sleep(everyMs);
    }
    const warm = samples.slice(Math.floor(samples.length * warmUp));
    const third = Math.floor(warm.length / 3);
    const [early, late] = [warm.slice(0, third), warm.slice(-third)];
    const grown = median(late.map(({ mebibytes }) => mebibytes)) / median(early.map(({ mebibytes }) => mebibytes)) - 1;
    const opened = median(late.map(({ descriptors }) => descriptors)) - median(early.map(({ descriptors }) => descriptors));

    expect(await settled({ driver, vendor })).toBe(true);
    expect(judge({ driver, vendor, inDoubt: await inDoubtOf(ask) })).toEqual(nothingWrong);
    expect(await freshEvent(driver, vendor, gateway.url)).toBeLessThan(10_000);
    expect(grown).toBeLessThanOrEqual(0.1);
    expect(opened).toBeLessThanOrEqual(0);
    const peak = Math.max(...samples.map(({ mebibytes }) => mebibytes));
    tell(context, {
      fault: 'F20',
      what: `heap of ${heapMebibytes} MB, a backlog of ${backlog}, then a soak`,
      times: `${soakMs / minuteMs} min`,
      holds: 'memory grows by no more than 10 %, descriptors by none',
      seen: `${(grown * 100).toFixed(1)} %, ${opened} descriptors; peak ${Math.round(peak)} MiB; drained in ${drainSeconds} s; 0 of ${driver.obligations.size} lost`,
    });
  },
);
