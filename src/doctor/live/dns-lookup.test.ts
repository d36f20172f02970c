import { describe, expect, it } from 'vitest';
import { type DnsResolver, resolveHost } from './dns-lookup.ts';

const aliases: Readonly<Record<string, string>> = {
  'data.shop.example': 'A.cdn.example.',
  'a.cdn.example': 'b.cdn.example',
  round: 'round',
};
const names: DnsResolver = {
  resolveAddresses: async (host) => {
    if (host === 'nowhere.example') throw new Error('ENOTFOUND');
    return ['203.0.113.9', '203.0.113.9'];
  },
  resolveAliases: async (host) => {
    const alias = aliases[host];
    if (alias === undefined) throw new Error('ENODATA');
    return [alias];
  },
};

describe('resolveHost', () => {
  it('returns the last name of an alias chain', async () => {
    const found = await resolveHost('data.shop.example', names);
    expect(found).toEqual({ host: 'data.shop.example', addresses: ['203.0.113.9'], alias: 'b.cdn.example' });
  });

  it('returns only addresses when there is no alias', async () => {
    expect(await resolveHost('shop.example', names)).toEqual({ host: 'shop.example', addresses: ['203.0.113.9'] });
  });

  it('returns no addresses when the name does not resolve', async () => {
    expect(await resolveHost('nowhere.example', names)).toEqual({ host: 'nowhere.example', addresses: [] });
  });

  it('returns an address as it is', async () => {
    expect(await resolveHost('[2001:db8::1]', names)).toEqual({ host: '2001:db8::1', addresses: ['2001:db8::1'] });
  });

  it('stops at a circular alias chain', async () => {
    expect(await resolveHost('round', names)).toMatchObject({ alias: 'round' });
  });
});
