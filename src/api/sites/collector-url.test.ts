import { describe, expect, it } from 'vitest';
import { createCollectorUrlResolver } from './collector-url.ts';

const ofThisMachine = 'http://127.0.0.1:8080';

describe('the collector URL', () => {
  it('is the configured URL with its path for every site', () => {
    const collectorOf = createCollectorUrlResolver('https://shop.example/data', ofThisMachine);
    for (const domains of [['shop.example'], ['localhost'], []])
      expect(collectorOf({ domains })).toEqual({ url: 'https://shop.example/data', isGuess: false });
  });

  it('is the local URL for a loopback site, and a guess otherwise', () => {
    const collectorOf = createCollectorUrlResolver(undefined, ofThisMachine);
    expect(collectorOf({ domains: ['localhost', '127.0.0.1'] })).toEqual({ url: ofThisMachine, isGuess: false });
    expect(collectorOf({ domains: ['shop.example', 'localhost'] })).toEqual({ url: 'https://data.shop.example', isGuess: true });
    expect(collectorOf({ domains: [] })).toEqual({ url: 'https://data.shop.example', isGuess: true });
  });
});
