import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { runningGateway } from '../../src/cli/context.ts';
import { makeFolder, startGatewayProcess } from '../gateway.fixture.ts';
import { type Driver, judge, makeDriver, nothingWrong, settled } from './oracle.ts';
import { sized, tell } from './scale.ts';
import { startVendor, type Vendor } from './vendor.ts';

const ending: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end();
});

const rounds = sized({ part: 4, whole: 10, nightly: 60 });
/** Requests of a round, over all sites. */
const perRound = sized({ part: 80, whole: 300, nightly: 600 });
const everyMs = 20;
const connections = 4;
const aim = 1.2;
/** Only a real defect is that much slower on a machine that does other things as well. */
const worst = { ratio: 3, ms: 2_000 };

interface Stand {
  readonly url: string;
  /** By connection: who sends to it, and its platform. */
  readonly lines: readonly { readonly driver: Driver; readonly vendor: Vendor }[];
  readonly inDoubt: () => Promise<readonly number[]>;
}

/** One gateway with four connections, each to a platform of its own: all of one site, or each of another. */
async function openStand(of: 'one site' | 'four sites'): Promise<Stand> {
  const folder = makeFolder();
  ending.push(folder.remove);
  const vendors: Vendor[] = [];
  for (let index = 0; index < connections; index += 1) vendors.push(await startVendor());
  const site = (id: string, over: readonly (readonly [Vendor, number])[]) => ({
    id,
    domains: [`${id}.example`],
    writeKey: `wk_test_${id}_0123`,
    secretKeys: [secretKeyOf(id)],
    defaultCountry: 'US',
    defaultCurrency: 'USD',
    connections: over.map(([{ url }, index]) => ({
      id: `to-${index}`,
      destination: 'microsoft',
      settings: { tagId: `18701234${index}`, token: 'good-token', endpoint: url },
    })),
  });
  const each = [...vendors.entries()].map(([index, vendor]) => [vendor, index] as const);
  const sites = of === 'one site' ? [site('shop', each)] : each.map((one) => site(`shop-${one[1]}`, [one]));
  const drivers = sites.map(({ id }, index) => makeDriver(`o${index}`, secretKeyOf(id)));
  ending.push(...vendors.map(({ close }) => close), ...drivers.map(({ close }) => close));
  const file = join(folder.dir, 'four.json');
  const door = { host: '127.0.0.1', port: 0 };
  const config = { dataDir: folder.dataDir, collector: door, dashboard: door, allowPrivateDestinations: true, sites };
  writeFileSync(file, JSON.stringify(config));
  const gateway = await startGatewayProcess(file);
  ending.push(gateway.kill);
  const ask = runningGateway({ dataDir: folder.dataDir });
  return {
    url: gateway.url,
    lines: each.map(([vendor, index]) => ({ vendor, driver: drivers[index] ?? drivers[0] ?? neverHere() })),
    inDoubt: async () => (await ask('GET /api/connections', {})).map(({ inDoubt }) => inDoubt),
  };
}

const secretKeyOf = (site: string) => `sk_test_${site}_0123456789abcdef`;

function neverHere(): never {
  throw new Error('there is a driver');
}

/** Milliseconds from each acknowledgement to the platform, over the connections that are well. */
async function latencies({ url, lines }: Stand): Promise<readonly number[]> {
  const well = lines.slice(1);
  const acknowledged = new Map<string, number>();
  const drivers = [...new Set(lines.map(({ driver }) => driver))];
  const arrived = (vendor: Vendor, from: number) =>
    new Map(
      vendor.requests.slice(from).flatMap(({ ids, at, processed }) => (processed ? ids.map((id) => [id, at] as const) : [])),
    );
  const from = well.map(({ vendor }) => vendor.requests.length);
  await Promise.all(
    drivers.map(async (driver) => {
      for (let sent = 0; sent < perRound / drivers.length; sent += 1) {
        const known = driver.obligations.size;
        expect(await driver.send(url)).toBe(true);
        for (const id of [...driver.obligations].slice(known)) acknowledged.set(id, Date.now());
        await sleep(everyMs * drivers.length);
      }
    }),
  );
  for (const { driver, vendor } of well) expect(await settled({ driver, vendor })).toBe(true);
  return well.flatMap(({ driver, vendor }, index) => {
    const came = arrived(vendor, from[index] ?? 0);
    return [...acknowledged].flatMap(([id, at]) =>
      driver.issued.has(id) ? [(came.get(id) ?? Number.POSITIVE_INFINITY) - at] : [],
    );
  });
}

function p99(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length * 0.99)] ?? 0;
}

it.for(['one site', 'four sites'] as const)(
  'of the four connections of %s, one whose platform never answers slows no other',
  {
    timeout: 120_000 + rounds * perRound * everyMs * 10,
  },
  async (of, context) => {
    const stand = await openStand(of);
    const hanging = stand.lines[0] ?? neverHere();
    await latencies(stand);
    const [before, under]: [number[], number[]] = [[], []];
    for (let round = 0; round < rounds; round += 1) {
      const isDown = round % 2 === 1;
      hanging.vendor.react = isDown ? () => 'hang' : undefined;
      (isDown ? under : before).push(...(await latencies(stand)));
      if (!isDown) continue;
      expect(hanging.vendor.requests.at(-1)?.processed).toBe(false);
      // What hangs is cut, so that the next round begins with a platform that is well.
      hanging.vendor.react = undefined;
      hanging.vendor.cut();
      expect(await settled(hanging)).toBe(true);
    }
    const [quiet, loud] = [p99(before), p99(under)];
    expect(loud).toBeLessThan(Math.max(worst.ms, worst.ratio * quiet));
    const inDoubt = await stand.inDoubt();
    for (const [index, { driver, vendor }] of stand.lines.entries()) {
      expect(await settled({ driver, vendor })).toBe(true);
      expect(judge({ driver, vendor, inDoubt: inDoubt[index] ?? 0 })).toEqual(nothingWrong);
      expect(vendor.mostAtOnce).toBeLessThanOrEqual(2);
    }
    expect(inDoubt[0]).toBeGreaterThan(0);
    expect(inDoubt.slice(1)).toEqual([0, 0, 0]);
    tell(context, {
      fault: 'F8',
      what: `1 of 4 connections of ${of} hangs every request`,
      times: `${rounds} rounds in turn, ${before.length + under.length} arrivals`,
      holds: `the others' p99 within ${aim}× (fails beyond ${worst.ratio}× and ${worst.ms / 1_000} s)`,
      seen: `p99 ${quiet} ms without, ${loud} ms with: ${(loud / quiet).toFixed(2)}×`,
    });
  },
);
