import { describe, expect, it } from 'vitest';
import { parseCollectorUrl, resolveCollectorAddress } from './collector-address.ts';

const guess = { pixel: { url: 'https://data.shop.example/m/v.js?k=wk_1', isGuess: true } };
const local = { protocol: 'http:', hostname: '127.0.0.1' };
const facts = { site: guess, collectorUrl: 'http://127.0.0.1:8080', typed: '', dashboard: local };

describe('resolveCollectorAddress', () => {
  it("returns the site's own URL, or else that of the gateway", () => {
    const pixel = { url: 'https://shop.example/data/m/v.js?k=wk_1', isGuess: false };
    const collectorUrl = 'https://data.agency.example';
    expect(resolveCollectorAddress({ ...facts, site: { pixel, publicUrl: 'https://shop.example/data' }, collectorUrl })).toEqual({
      base: 'https://shop.example/data',
      pixel: pixel.url,
      source: 'configured',
    });
    expect(resolveCollectorAddress({ ...facts, site: { pixel }, collectorUrl })?.base).toBe(collectorUrl);
  });

  it('returns the address that the person uses when the URL is a guess', () => {
    const address = resolveCollectorAddress({ ...facts, dashboard: { protocol: 'http:', hostname: '10.0.0.5' } });
    expect(address).toEqual({ base: 'http://10.0.0.5:8080', pixel: 'http://10.0.0.5:8080/m/v.js?k=wk_1', source: 'current' });
  });

  it.each([
    { protocol: 'https:', hostname: 'convey.shop.example' },
    { protocol: 'http:', hostname: 'convey.internal' },
    { protocol: 'https:', hostname: '10.0.0.5' },
  ])('returns nothing when a proxy may be in front of the dashboard: $protocol//$hostname', (dashboard) => {
    expect(resolveCollectorAddress({ ...facts, dashboard })).toBeUndefined();
  });

  it('keeps path and key of the pixel when the person enters an address', () => {
    expect(resolveCollectorAddress({ ...facts, typed: 'shop.example/data/' })).toEqual({
      base: 'https://shop.example/data',
      pixel: 'https://shop.example/data/m/v.js?k=wk_1',
      source: 'typed',
    });
  });
});

describe('parseCollectorUrl', () => {
  it.each([
    ['data.shop.example', 'https://data.shop.example'],
    [' http://127.0.0.1:8080/ ', 'http://127.0.0.1:8080'],
    ['shop.example/data/', 'https://shop.example/data'],
    ['https://[::1]:8080', 'https://[::1]:8080'],
  ])('parses %s as %s', (typed, collector) => expect(parseCollectorUrl(typed)).toBe(collector));

  it.each([
    '',
    'https://',
    "https://a'b.example",
    "https://shop.example/a'b",
    'javascript:alert(1)',
    'https://user@shop.example',
    'a b',
  ])('rejects %s', (typed) => expect(parseCollectorUrl(typed)).toBeUndefined());
});
