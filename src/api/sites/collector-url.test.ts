import { describe, expect, it } from 'vitest';
import { createCollectorUrlResolver } from './collector-url.ts';

const ofThisMachine = 'http://127.0.0.1:8080';

describe('the collector URL', () => {
  it('is the configured URL with its path for every site', () => {
    const resolveCollectorUrl = createCollectorUrlResolver('https://shop.example/data', ofThisMachine);
    for (const domains of [['shop.example'], ['localhost'], []])
      expect(resolveCollectorUrl({ domains })).toEqual({ url: 'https://shop.example/data', isGuess: false });
  });

  it("is the site's own URL if it has one", () => {
    const resolveCollectorUrl = createCollectorUrlResolver('https://shop.example/data', ofThisMachine);
    const site = { domains: ['other.example'], publicUrl: 'https://data.other.example' };
    expect(resolveCollectorUrl(site)).toEqual({ url: 'https://data.other.example', isGuess: false });
  });

  it('is the local URL for a loopback site, and a guess otherwise', () => {
    const resolveCollectorUrl = createCollectorUrlResolver(undefined, ofThisMachine);
    expect(resolveCollectorUrl({ domains: ['localhost', '127.0.0.1'] })).toEqual({ url: ofThisMachine, isGuess: false });
    expect(resolveCollectorUrl({ domains: ['shop.example', 'localhost'] })).toEqual({
      url: 'https://data.shop.example',
      isGuess: true,
    });
    expect(resolveCollectorUrl({ domains: [] })).toEqual({ url: 'https://data.shop.example', isGuess: true });
  });
});
