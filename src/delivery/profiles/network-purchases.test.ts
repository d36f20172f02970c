import { expect, test } from 'vitest';
import type { Event } from '../../event/event.ts';
import { dayMs } from '../../event/units.ts';
import type { ReportedPurchase } from '../../storage/ports/reports.ts';
import type { NetworkPurchases } from '../../storage/ports/visitor-profiles.ts';
import { buildEvent, buildRecord } from '../delivery.fixture.ts';
import { placePurchases } from './network-purchases.ts';

const at = Date.parse('2026-12-01T12:00:00Z');

type Reported = Partial<Event> & { readonly at?: number };

/** Returns a count of pages. Of the `limit`, `used` purchases of other networks are used before. */
function start({ site = 'shop', limit = 0, used = 0 } = {}) {
  const stored = new Map<string, NetworkPurchases>();
  const known = new Map<string, ReportedPurchase & { readonly event: Event }>();
  let ids = 0;
  return async (...events: readonly Reported[]) => {
    const reports = events.map(({ at: received = at, ...event }) => {
      const id = String(ids++);
      return { offset: id, at: received, event: buildEvent(event.id ?? id, { name: 'Purchase', ...event }) };
    });
    const store = {
      findReportedPurchases: async () => known,
      getNetworkPurchases: async (_site: string, networks: readonly string[]) =>
        new Map(networks.flatMap((network) => [[network, stored.get(network)?.purchases ?? 0] as const])),
      countBrowserPurchases: async () => ({ count: used }),
      findCrowdedPurchases: async () => new Set<string>(),
      getBrowserUsage: async () => undefined,
    };
    const log = {
      findOffsetAt: async () => '',
      get: async (_site: string, offsets: readonly string[]) =>
        [...known.values()]
          .filter(({ primary }) => offsets.includes(primary))
          .map(({ primary, event }) => ({ ...buildRecord(primary, event), at })),
    };
    const { places, networkPurchases } = await placePurchases(reports, limit, at, { site, log, store });
    for (const one of networkPurchases) stored.set(one.network, one);
    for (const { offset, event } of reports) {
      const place = places.get(offset);
      if (event.reporter !== 'browser') known.set(event.id, { primary: offset, event });
      else if (!known.has(event.id))
        known.set(event.id, { primary: offset, event, ...(place !== undefined && { networkPlace: place }) });
    }
    return { places: reports.map(({ offset }) => places.get(offset)), networkPurchases };
  };
}
const from = (ip: string) => ({ client: { ip } });

test('purchases of an IPv4 /24 and of an IPv6 /48 count together, across pages', async () => {
  const count = start();
  const first = await count(from('198.51.100.1'), from('198.51.101.1'), from('198.51.100.2'), from('2001:db8:7::1'));
  expect(first.places).toEqual([1, 1, 2, 1]);
  const second = await count(
    from('198.51.100.3'),
    from('2001:db8:7:ffff:1:2:3:4'),
    from('2001:0db8:0007::9'),
    from('2001:db8:8::1'),
  );
  expect(second.places).toEqual([3, 2, 3, 1]);
  expect((await count(from('2001::1'), from('2001:0:0:1::'), from('::1'), from('2001:db8::1'))).places).toEqual([1, 2, 1, 1]);
});

test('purchases count for their network once half of the budget is used', async () => {
  const ip = from('198.51.100.1');
  expect((await start({ limit: 100, used: 48 })(ip, ip, ip, ip)).places).toEqual([undefined, undefined, 1, 2]);
});

test('a purchase counts until a trusted report confirms it, and its repeats do not count', async () => {
  const count = start();
  const ip = from('198.51.100.1');
  const of = (id: string, more: Partial<Event> = {}) => ({ ...ip, id, ...more });
  const confirm = (id: string) => of(id, { reporter: 'webhook', client: {} });
  expect((await count(of('a'), of('b'), of('a'))).places).toEqual([1, 2, undefined]);
  expect((await count(of('a'), of('c'), confirm('c'), of('d'))).places).toEqual([undefined, undefined, undefined, 3]);
  expect((await count(confirm('a'), confirm('a'), of('a'), of('e'))).places).toEqual([undefined, undefined, undefined, 3]);
  expect((await count(confirm('a'), confirm('f'), of('f'), of('g'))).places).toEqual([undefined, undefined, undefined, 4]);
});

test('purchases without consent count as one network, and those without an address as none', async () => {
  const count = start();
  const denied = { consent: { stated: 'denied', effective: 'denied' } } as const;
  expect((await count({ ...denied, client: {} }, { client: {} }, { ...denied, client: {} })).places).toEqual([1, undefined, 2]);
});

test('only purchases that browsers report count, by the day of their receipt', async () => {
  const count = start();
  const ip = from('198.51.100.1');
  expect((await count(ip, { ...ip, reporter: 'server' }, { ...ip, name: 'Lead' }, { ...ip, at: at + dayMs }, ip)).places).toEqual(
    [1, undefined, undefined, 1, 2],
  );
});

test('the stored name of a network holds neither its address nor a value of another day or site', async () => {
  const names = async (site: string, received: number) =>
    (await start({ site })({ ...from('198.51.100.1'), at: received })).networkPurchases.map(({ network }) => network);
  const all = (await Promise.all([names('shop', at), names('shop', at + dayMs), names('other', at)])).flat();
  expect(new Set(all).size).toBe(3);
  for (const name of all) expect(name).toMatch(/^[0-9a-f]{32}$/);
});
