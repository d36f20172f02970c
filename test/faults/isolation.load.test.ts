import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { connectToGateway } from '../../src/cli/cli-context.ts';
import { makeFolder, startGatewayProcess } from '../gateway.fixture.ts';
import { scale, sized, tell } from './fault-scale.ts';
import { type Driver, judge, makeDriver, nothingWrong, settled } from './oracle.ts';
import { startVendor, type Vendor } from './scripted-vendor.ts';

const ending: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end();
});

const rounds = sized({ part: 4, whole: 10, nightly: 60 });
/** Requests of a round, over all sites. */
const perRound = sized({ part: 32, whole: 300, nightly: 600 });
const everyMs = 20;
const connections = 4;
const aim = 1.2;
/** Only a real defect is that much slower on a machine that does other things as well. */
const worst = { ratio: 3, ms: 2_000 };

interface Way {
  readonly driver: Driver;
  readonly vendor: Vendor;
  readonly tagId: string;
}

interface Stand {
  readonly url: string;
  /** By connection: who sends to it, and its platform. */
  readonly ways: readonly Way[];
  /** By connection. */
  readonly inDoubt: () => Promise<readonly number[]>;
}

const cases = {
  'of one site, each to a platform of its own': { sites: 1, platforms: connections },
  'of four sites, all to one platform': { sites: connections, platforms: 1 },
} as const;

/** Microsoft's connections all go to one platform. */
const usual = 'of four sites, all to one platform';
const asked = scale === 'part' ? ([usual] as const) : (['of one site, each to a platform of its own', usual] as const);

/** One gateway with four connections. */
async function openStand({ sites, platforms }: (typeof cases)[keyof typeof cases]): Promise<Stand> {
  const folder = makeFolder();
  const vendors = await Promise.all(Array.from({ length: platforms }, () => startVendor()));
  const drivers = Array.from({ length: sites }, (_, index) => makeDriver(`o${index}`, secretKeyOf(index)));
  ending.push(folder.remove, ...vendors.map(({ close }) => close), ...drivers.map(({ close }) => close));
  const ways = Array.from({ length: connections }, (_, index) => ({
    driver: drivers[index % sites] ?? neverHere(),
    vendor: vendors[index % platforms] ?? neverHere(),
    tagId: `18701234${index}`,
  }));
  const site = (driver: Driver, index: number) => ({
    id: `shop-${index}`,
    domains: [`shop-${index}.example`],
    writeKey: `wk_test_${index}_0123`,
    secretKeys: [secretKeyOf(index)],
    defaultCountry: 'US',
    defaultCurrency: 'USD',
    connections: ways
      .filter((way) => way.driver === driver)
      .map(({ vendor, tagId }) => ({
        id: `to-${tagId}`,
        destination: 'microsoft',
        settings: { tagId, token: 'good-token', endpoint: vendor.url },
      })),
  });
  const file = join(folder.dir, 'four.json');
  const door = { host: '127.0.0.1', port: 0 };
  const { dataDir } = folder;
  const config = { dataDir, collector: door, dashboard: door, allowPrivateDestinations: true, sites: drivers.map(site) };
  writeFileSync(file, JSON.stringify(config));
  const gateway = await startGatewayProcess(file);
  ending.push(gateway.kill);
  const ask = connectToGateway({ dataDir });
  return { url: gateway.url, ways, inDoubt: async () => (await ask('GET /api/connections', {})).map(({ inDoubt }) => inDoubt) };
}

const secretKeyOf = (site: number) => `sk_test_${site}_0123456789abcdef`;

function neverHere(): never {
  throw new Error('there is a driver');
}

/** Milliseconds from each acknowledgement to the platform, over the connections that are well. */
async function latencies({ url, ways }: Stand): Promise<readonly number[]> {
  const acknowledged = new Map<string, number>();
  const drivers = [...new Set(ways.map(({ driver }) => driver))];
  const from = ways.map(({ vendor }) => vendor.requests.length);
  await Promise.all(
    drivers.map(async (driver) => {
      for (let sent = 0; sent < perRound / drivers.length; sent += 1) {
        const known = driver.obligations.size;
        await driver.sendUntilTaken(url);
        for (const id of [...driver.obligations].slice(known)) acknowledged.set(id, Date.now());
        await sleep(everyMs * drivers.length);
      }
    }),
  );
  const [, ...well] = ways.entries();
  const waits: number[] = [];
  for (const [index, way] of well) {
    expect(await settled(way)).toBe(true);
    for (const { tagId, ids, at, processed } of way.vendor.requests.slice(from[index]))
      if (processed && tagId === way.tagId) waits.push(...ids.flatMap((id) => at - (acknowledged.get(id) ?? at)));
  }
  return waits;
}

function p99(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length * 0.99)] ?? 0;
}

it.for(asked)(
  'one connection whose platform never answers slows none of the other three, %s',
  {
    timeout: 120_000 + rounds * perRound * everyMs * 10,
  },
  async (of, context) => {
    const stand = await openStand(cases[of]);
    const { ways } = stand;
    const hanging = ways[0] ?? neverHere();
    await latencies(stand);
    const [before, under]: [number[], number[]] = [[], []];
    for (let round = 0; round < rounds; round += 1) {
      const isDown = round % 2 === 1;
      if (isDown) hanging.vendor.react = ({ tagId }) => (tagId === hanging.tagId ? 'hang' : undefined);
      (isDown ? under : before).push(...(await latencies(stand)));
      if (!isDown) continue;
      // What hangs is cut, so that the next round begins with a platform that is well.
      hanging.vendor.react = undefined;
      hanging.vendor.cut();
      expect(await settled(hanging)).toBe(true);
    }
    const [quiet, loud] = [p99(before), p99(under)];
    expect(loud).toBeLessThan(Math.max(worst.ms, worst.ratio * quiet));
    const inDoubt = await stand.inDoubt();
    expect(inDoubt[0]).toBeGreaterThan(0);
    expect(inDoubt.slice(1)).toEqual([0, 0, 0]);
    for (const vendor of new Set(ways.map((way) => way.vendor))) {
      const drivers = ways.filter((way) => way.vendor === vendor).map(({ driver }) => driver);
      const driver = { issued: union(drivers, 'issued'), obligations: union(drivers, 'obligations') };
      expect(await settled({ driver, vendor })).toBe(true);
      expect(judge({ driver, vendor, inDoubt: vendor === hanging.vendor ? (inDoubt[0] ?? 0) : 0 })).toEqual(nothingWrong);
      expect(vendor.mostAtOnce).toBeLessThanOrEqual(2);
    }
    tell(context, {
      fault: 'F8',
      what: `1 of 4 connections ${of} hangs every request`,
      times: `${rounds} rounds in turn, ${before.length + under.length} arrivals`,
      holds: `the others' p99 within ${aim}× (fails beyond ${worst.ratio}× and ${worst.ms / 1_000} s)`,
      seen: `p99 ${quiet} ms without, ${loud} ms with: ${(loud / quiet).toFixed(2)}×`,
    });
  },
);

function union(drivers: readonly Driver[], of: 'issued' | 'obligations'): ReadonlySet<string> {
  return new Set(drivers.flatMap((driver) => [...driver[of]]));
}
