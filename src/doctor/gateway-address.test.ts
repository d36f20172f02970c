import { describe, expect, it, test } from 'vitest';
import { adviseAddress, describeBlockedName } from './gateway-address.ts';

describe('the name of the gateway', () => {
  it.each([
    'https://analytics.shop.example/events/p.js?k=wk_1',
    'https://tracking.shop.example/event/v.js',
    'https://Stats.shop.example/m/events/v.js',
    'https://pixel.shop.example/track/v.js',
    'https://shop.example/m/bat.js',
    'https://data.shop.example/matomo.js?k=wk_1',
  ])('is matched by blockers at %s', (url) => {
    const { hostname, pathname } = new URL(url);
    expect(describeBlockedName(new URL(url))).toContain(`Common blockers match the address ${hostname}${pathname}: `);
  });

  it.each([
    ...['shop', 'www.shop', 'data.shop', 'convey.shop', 't.shop', 'c.shop', 'events.shop', 'metrics.shop', 'track.shop'],
    ...['analytics.shop', 'tracking.shop', 'stats.shop', 'pixel.shop'],
  ])('is matched by no known rule at https://%s.example with a usual path', (host) => {
    for (const path of ['/p.js?k=wk_1', '/m/v.js', '/convey/p.js'])
      expect(describeBlockedName(new URL(`https://${host}.example${path}`))).toBeUndefined();
  });
});

test("warns of a gateway on another site than all of the shop's domains", () => {
  const advise = (host: string, ...domains: readonly string[]) => adviseAddress(new URL(`https://${host}/m/v.js`), domains);
  expect(advise('data.shop.example', 'shop.example')).toEqual([]);
  expect(advise('data.shop.example', 'other.example', 'www.shop.example')).toEqual([]);
  expect(advise('convey.other.example', 'shop.example')).toEqual([
    {
      level: 'warning',
      subject: 'address',
      says: "The gateway convey.other.example is on another site (other.example) than the page (shop.example), so browsers block its cookies as third-party cookies. The click id is not on the next page's events, and blockers stop the reports at the end of a page. Serve the collector at a subdomain of shop.example, or under a path of shop.example",
    },
  ]);
  expect(advise('one.myshopify.com', 'two.myshopify.com')).toHaveLength(1);
  expect(advise('127.0.0.1', 'localhost')).toHaveLength(1);
});
