import { expect, test } from 'vitest';
import type { Event } from '../../event/event.ts';
import { dayMs } from '../../event/units.ts';
import type { NetworkPurchases } from '../../storage/store/visitor-profiles.ts';
import { buildEvent } from '../delivery.fixture.ts';
import { countNetworkPurchases } from './network-purchases.ts';

const at = Date.parse('2026-12-01T12:00:00Z');

function start(site = 'shop') {
  const stored = new Map<string, NetworkPurchases>();
  let offsets = 0;
  return async (...events: readonly (Partial<Event> & { readonly at?: number })[]) => {
    const reports = events.map(({ at: received = at, ...event }) => ({
      offset: String(offsets++),
      at: received,
      event: buildEvent('a', { name: 'Purchase', ...event }),
    }));
    const getNetworkPurchases = async (_site: string, networks: readonly string[]) =>
      new Map(
        networks
          .flatMap((network) => [...stored.values()].filter((one) => one.network === network))
          .map((one) => [one.network, one.purchases]),
      );
    const { places, networkPurchases } = await countNetworkPurchases(reports, { getNetworkPurchases }, site);
    for (const one of networkPurchases) stored.set(one.network, one);
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
    (await start(site)({ ...from('198.51.100.1'), at: received })).networkPurchases.map(({ network }) => network);
  const all = (await Promise.all([names('shop', at), names('shop', at + dayMs), names('other', at)])).flat();
  expect(new Set(all).size).toBe(3);
  for (const name of all) expect(name).toMatch(/^[0-9a-f]{32}$/);
});
