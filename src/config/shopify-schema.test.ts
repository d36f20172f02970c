import { describe, expect, it } from 'vitest';
import { findProblemPaths, findProblems, readValidConfig, site } from './config.fixture.ts';

const shopify = { shop: 'Example.myshopify.com', clientId: '0a1b2c3d4e5f60718293a4b5c6d7e8f9', clientSecret: 'shpss_present' };
const ofShopify = { ...site, platform: 'shopify', shopify };
const second = { ...ofShopify, id: 'two', writeKey: 'wk_ijklmnop', secretKeys: [], connections: [] };

describe('the app of a Shopify shop', () => {
  it('has a key that depends on its client id alone', () => {
    const [one, other] = readValidConfig({
      sites: [
        { ...ofShopify, shopify: { ...shopify, previousSecret: 'shpss_before' } },
        { ...second, shopify: { ...shopify, previousSecret: 'shpss_before', shop: 'second.myshopify.com' } },
      ],
    }).sites;
    expect(one?.shopify).toEqual({
      ...shopify,
      shop: 'example.myshopify.com',
      previousSecret: 'shpss_before',
      grant: 'client-credentials',
      key: other?.shopify?.key,
    });
    expect(one?.shopify?.key).toMatch(/^[0-9a-f]{32}$/);
  });

  it.each([
    'example.com',
    'a.myshopify.com.evil.example',
    'https://example.myshopify.com',
    '-a.myshopify.com',
    'a.b.myshopify.com',
    'a@b.myshopify.com',
    'é.myshopify.com',
  ])('refuses %j as a shop', (shop) => {
    const problems = findProblems({ sites: [{ ...ofShopify, shopify: { ...shopify, shop } }] });
    expect(problems.map(({ path }) => path)).toEqual(['sites[0].shopify.shop']);
  });

  it('refuses another platform, a second site of the shop, and other secrets of the same app', () => {
    expect(findProblemPaths({ sites: [{ ...ofShopify, platform: 'custom' }] })).toEqual(['sites[0].shopify']);
    expect(findProblemPaths({ sites: [ofShopify, second] })).toEqual(['sites[1].shopify.shop']);
    const changed = { ...shopify, shop: 'second.myshopify.com', clientSecret: 'shpss_another' };
    const problems = findProblems({ sites: [ofShopify, { ...second, shopify: changed }] });
    expect(problems.map(({ path }) => path)).toEqual(['sites[1].shopify.clientSecret']);
    expect(JSON.stringify(problems)).not.toContain('shpss_');
  });
});
