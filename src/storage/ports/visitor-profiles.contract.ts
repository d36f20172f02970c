import { describe, expect, it } from 'vitest';
import { consentTimeNames, mergeConsentTimes } from '../../visitors/consent-times.ts';
import { emptyProfile } from '../../visitors/empty-profile.ts';
import { createEveryHash, createLargeProfile } from '../../visitors/large-profile.fixture.ts';
import type { VisitorProfile } from '../../visitors/visitor-profile.ts';
import { mergeProfiles } from '../../visitors/visitor-profile.ts';
import { type StoreBench, start } from './store.fixture.ts';
import { ProfilesTooLargeError, visitorsAtOnce } from './visitor-profiles.ts';

export function visitorProfilesContract(bench: StoreBench): void {
  const { identify, restart } = bench;

  describe('visitor profiles', () => {
    const profile: VisitorProfile = { ...emptyProfile, browserIds: { _uetvid: [{ at: 1, value: 'u' }] } };
    it("a visitor's newest checkouts are found among many links", async () => {
      const many = Array.from({ length: 300 }, (_, at) => ({ key: `checkout:${at}`, visitor: 'a', at }));
      await identify({
        links: [...many, { key: 'order:1', visitor: 'a', at: 400 }, { key: 'checkout:x', visitor: 'b', at: 1 }],
      });
      const found = await bench.store.findCheckoutLinks('shop', ['a', 'b', 'c']);
      expect(found).toHaveLength(256);
      expect(found.map(({ key }) => key)).toEqual(expect.arrayContaining(['checkout:299', 'checkout:45', 'checkout:x']));
      expect(await bench.store.findCheckoutLinks('shop-2', ['a'])).toEqual([]);
    });

    it('browser usage of a day survives a crash', async () => {
      expect(await bench.store.getBrowserUsage('shop')).toBeUndefined();
      await identify({ browserUse: { day: 20_000, visitors: 3, links: 9, bytes: 7 } });
      await identify({});
      await restart();
      expect(await bench.store.getBrowserUsage('shop')).toEqual({ day: 20_000, visitors: 3, links: 9, bytes: 7 });
      await identify({ browserUse: { day: 20_001, visitors: 1, links: 0, bytes: 0 } });
      expect(await bench.store.getBrowserUsage('shop')).toEqual({ day: 20_001, visitors: 1, links: 0, bytes: 0 });
      expect(await bench.store.getBrowserUsage('shop-2')).toBeUndefined();
    });

    it('purchases of networks survive a crash, and earlier days are removed', async () => {
      const first = { network: 'a', day: 20_000, purchases: 3 };
      await identify({ networkPurchases: [first, { ...first, network: 'b', purchases: 1 }] });
      await identify({ networkPurchases: [{ ...first, purchases: 4 }] });
      await identify({ networkPurchases: [] });
      await restart();
      const read = () => bench.store.getNetworkPurchases('shop', ['a', 'b', 'c']);
      expect(await read()).toEqual(new Map([...Object.entries({ a: 4, b: 1 })]));
      expect(await bench.store.getNetworkPurchases('shop-2', ['a'])).toEqual(new Map());
      expect(await bench.store.getNetworkPurchases('shop', [])).toEqual(new Map());
      await identify({ networkPurchases: [{ network: 'c', day: 20_001, purchases: 1 }] });
      expect(await read()).toEqual(new Map([['c', 1]]));
    });

    it('a read of profiles returns at most 4 MiB, but always those of few visitors', async () => {
      const largest = mergeProfiles(createLargeProfile('v', start), emptyProfile);
      const visitors = Array.from({ length: 340 }, (_, index) => `v${index}`);
      await identify({ profiles: visitors.map((visitor) => ({ visitor, profile: largest })) });
      await expect(bench.store.getProfiles('shop', [...visitors, 'nobody'])).rejects.toThrow(ProfilesTooLargeError);
      const some = visitors.slice(0, visitorsAtOnce);
      expect(await bench.store.getProfiles('shop', some)).toEqual(new Map(some.map((visitor) => [visitor, largest])));
      const page = await bench.store.listSiteProfiles('shop', '', 500);
      expect(page.length).toBeGreaterThan(50);
      expect(page.length).toBeLessThan(visitorsAtOnce);
      expect(
        (await bench.store.listSiteProfiles('shop', page.at(-1)?.visitor ?? '', 1)).map(({ visitor }) => visitor),
      ).toHaveLength(1);
      const small = Array.from({ length: 2_000 }, (_, index) => `s${index}`);
      await identify({ profiles: small.map((visitor) => ({ visitor, profile: { ...emptyProfile, grantedAt: 1 } })) });
      expect((await bench.store.getProfiles('shop', small)).size).toBe(2_000);
    });

    it('dropped profiles lose their links except those to checkouts, and keep consent choices', async () => {
      const chosen = mergeConsentTimes(Object.fromEntries(consentTimeNames.map((name, index) => [name, index + 1])));
      const large: VisitorProfile = { ...profile, persons: [{ at: start, value: createEveryHash('a') }] };
      const links = ['order:1', 'checkout:1', 'email:1'].map((key) => ({ key, visitor: 'large', at: 1 }));
      await identify({
        profiles: [
          { visitor: 'large', profile: large },
          { visitor: 'denied', profile: { ...large, ...chosen } },
          { visitor: 'small', profile },
        ],
        links: [...links, { key: 'order:2', visitor: 'small', at: 1 }],
      });
      await identify({ profiles: [{ visitor: 'large', profile: large }] }, 'other');
      const counted = await bench.store.dropProfiles('shop', { largerThan: 400 }, true);
      expect(counted.profiles).toBe(2);
      expect((await bench.store.getProfiles('shop', ['large', 'denied', 'small'])).size).toBe(3);
      expect(await bench.store.dropProfiles('shop', { largerThan: 400 }, false)).toEqual(counted);
      expect(await bench.store.dropProfiles('shop', { largerThan: 400 }, false)).toEqual({ profiles: 0, bytes: 0 });
      expect(await bench.store.getProfiles('shop', ['large', 'denied', 'small'])).toEqual(
        new Map([
          ['denied', { ...emptyProfile, ...chosen }],
          ['small', profile],
        ]),
      );
      expect((await bench.store.listVisitorLinks('shop', ['large', 'small'])).map(({ key }) => key)).toEqual([
        'checkout:1',
        'order:2',
      ]);
      expect((await bench.store.getProfiles('other', ['large'])).size).toBe(1);

      expect(await bench.store.dropProfiles('shop', { visitor: 'nobody' }, false)).toEqual({ profiles: 0, bytes: 0 });
      expect(await bench.store.dropProfiles('shop', { visitor: 'small' }, false)).toMatchObject({ profiles: 1 });
      await restart();
      expect((await bench.store.getProfiles('shop', ['small', 'denied'])).size).toBe(1);
    });

    it('profiles are stored whole, and links with their first and newest time, per site and visitor', async () => {
      const profile = {
        clicks: {},
        persons: [],
        clients: [],
        browserIds: { _uetvid: [{ at: start, value: 'v' }] },
        grantedAt: start,
      };
      const link = (visitor: string, at: number) => ({ key: 'order:1001', visitor, at });
      await identify({ profiles: [{ visitor: 'us', profile }], links: [link('us', 5), link('them', 9)] });
      await identify({ links: [link('us', 3)] });
      await identify({ links: [link('us', 7)] });
      await identify({ links: [link('us', 99)] }, 'other');
      expect(await bench.store.getProfiles('shop', ['us', 'nobody'])).toEqual(new Map([['us', profile]]));
      expect(await bench.store.getProfiles('other', ['us'])).toEqual(new Map());
      const laterLink = { ...link('them', 9), since: 9 };
      expect(await bench.store.findLinks('shop', ['order:1001', 'order:1'])).toEqual([laterLink, { ...link('us', 7), since: 3 }]);
      await identify({ unlink: [{ visitor: 'us', through: 5 }] });
      expect(await bench.store.findLinks('shop', ['order:1001'])).toEqual([laterLink, { ...link('us', 7), since: 7 }]);
      await identify({ unlink: [{ visitor: 'us', through: 7 }] });
      expect(await bench.store.findLinks('shop', ['order:1001'])).toEqual([laterLink]);
    });

    it('links of a widely shared key are limited', async () => {
      const links = Array.from({ length: 40 }, (_, at) => ({ key: 'email:x', visitor: `v${at}`, at }));
      await identify({ links });
      expect(await bench.store.findLinks('shop', ['email:x'])).toHaveLength(9);
    });
  });
}
