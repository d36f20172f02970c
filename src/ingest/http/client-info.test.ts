import { describe, expect, test } from 'vitest';
import { createClientInfoReader, createPeerNetworkReader } from './client-info.ts';

const settings = { trustedProxies: ['10.0.0.0/8', '127.0.0.1', '2001:db8:ffff::/48'], countryHeader: 'cf-ipcountry' };
const read = createClientInfoReader(settings);

function readClient(remote: string | undefined, headers: Readonly<Record<string, string>> = {}) {
  return read(remote, (name) => headers[name]);
}

test.each([
  ['a shopper', '203.0.113.42', '203.0.113.42'],
  ['a shopper of IPv6 with all of its network', '2001:db8:1:2:3::4', '2001:db8:1:2'],
  ['IPv4 in the clothes of IPv6', '::ffff:203.0.113.42', '203.0.113.42'],
  ['a trusted proxy', '10.0.0.1', undefined],
  ['a trusted proxy with a public address', '2001:db8:ffff::1', undefined],
  ['a client with a private address', '192.168.1.1', undefined],
  ['this machine', '::1', undefined],
  ['what is no address', 'unknown', undefined],
])('createPeerNetworkReader returns the network of %s', (_who, peer, network) => {
  expect(createPeerNetworkReader(settings.trustedProxies)(peer)).toBe(network);
});

describe('the address of a client', () => {
  test.each([
    ['is the peer where no proxy is', '203.0.113.42', undefined, '203.0.113.42'],
    ['is not what a stranger claims', '203.0.113.42', '198.51.100.7', '203.0.113.42'],
    ['is what the trusted proxy saw', '10.0.0.1', '203.0.113.42', '203.0.113.42'],
    [
      'is the one that the nearest trusted proxy saw, despite earlier claims',
      '10.0.0.1',
      '1.2.3.4, 203.0.113.42',
      '203.0.113.42',
    ],
    ['is before a chain of trusted proxies', '::ffff:10.0.0.1', '198.51.100.7, 203.0.113.42,10.1.1.1', '203.0.113.42'],
    ['is read with a port', '127.0.0.1', '203.0.113.42:51234', '203.0.113.42'],
    ['is read as IPv6 in brackets', '2001:db8:ffff::1', '[2001:DB8::9]:443', '2001:db8::9'],
    ['is the outermost trusted one where all are', '10.0.0.1', '10.0.0.3, 10.0.0.2', '10.0.0.3'],
    ['is not known behind a hop that cannot be read', '10.0.0.1', '203.0.113.42, unknown', undefined],
    ['is not known without a peer', undefined, '203.0.113.42', undefined],
  ])('%s', (_, remote, forwarded, ip) => {
    expect(readClient(remote, forwarded === undefined ? {} : { 'x-forwarded-for': forwarded }).ip).toBe(ip);
  });
});

test('country, host and scheme are read from a trusted proxy only', () => {
  const headers = {
    host: 'gateway:8080',
    'cf-ipcountry': 'DE',
    'x-forwarded-host': 'data.shop.example, inner',
    'x-forwarded-proto': 'https',
  };
  expect(readClient('10.0.0.1', headers)).toMatchObject({ country: 'DE', host: 'data.shop.example', isSecure: true });
  expect(readClient('203.0.113.42', headers)).toEqual({ ip: '203.0.113.42', host: 'gateway', isSecure: false, gpc: false });
});

describe('the country by a table', () => {
  const asked: string[] = [];
  const lookUpCountry = (address: string) => {
    asked.push(address);
    return address === '203.0.113.42' ? 'DE' : 'US';
  };
  const readLocated = createClientInfoReader({ ...settings, lookUpCountry });
  const locate = (remote: string, headers: Readonly<Record<string, string>> = {}) => {
    const { country, countryFrom } = readLocated(remote, (name) => headers[name]);
    return country === undefined ? 'not known' : `${country} by ${countryFrom ?? 'header'}`;
  };

  test.each([
    ['of a client without a proxy', '203.0.113.42', {}, 'DE by table'],
    ['of an IPv4-mapped address', '::ffff:203.0.113.42', {}, 'DE by table'],
    ['of a client behind a trusted proxy', '10.0.0.1', { 'x-forwarded-for': '203.0.113.42' }, 'DE by table'],
    ['behind two trusted proxies', '10.0.0.1', { 'x-forwarded-for': '203.0.113.42, 10.0.0.2' }, 'DE by table'],
  ])('is that %s', (_, remote, headers, country) => {
    expect(locate(remote, headers)).toBe(country);
  });

  test.each([
    ['FR', 'FR by header'],
    ['T1', 'T1 by header'],
    ['', ' by header'],
  ])('does not replace the header of a trusted proxy, even with the value "%s"', (value, country) => {
    expect(locate('10.0.0.1', { 'x-forwarded-for': '203.0.113.42', 'cf-ipcountry': value })).toBe(country);
  });

  test.each([
    ['a proxy that is not trusted sent the request', '198.51.100.7', { 'x-forwarded-for': '203.0.113.42' }],
    ['the sender shows its own header of a country', '198.51.100.7', { 'cf-connecting-ip': '203.0.113.42' }],
    ['the sender shows that it is a proxy', '198.51.100.7', { via: '1.1 proxy' }],
    ['a CDN before the trusted proxy is not trusted', '10.0.0.1', { 'x-forwarded-for': '203.0.113.42, 198.51.100.7' }],
    ['the trusted proxy names no client', '10.0.0.1', {}],
    ['only trusted proxies are named', '10.0.0.1', { 'x-forwarded-for': '2001:db8:ffff::1' }],
    ['a hop cannot be read', '10.0.0.1', { 'x-forwarded-for': '203.0.113.42, unknown' }],
  ])('is not known when %s', (_, remote, headers) => {
    asked.length = 0;
    expect(locate(remote, headers)).toBe('not known');
    expect(asked).toEqual([]);
  });

  test('does not believe a header of a stranger', () => {
    expect(locate('203.0.113.42', { 'cf-ipcountry': 'US' })).toBe('DE by table');
  });
});

test('a request from an https page counts as https', () => {
  expect(readClient('203.0.113.42', { origin: 'https://shop.example' }).isSecure).toBe(true);
  expect(readClient('203.0.113.42', { origin: 'http://shop.example' }).isSecure).toBe(false);
});

test('an agent is cut, and Global Privacy Control is on only with the value 1', () => {
  expect(readClient('203.0.113.42', { 'user-agent': 'x'.repeat(5_000) }).userAgent).toHaveLength(1_024);
  expect([readClient('203.0.113.42', { 'sec-gpc': '1' }).gpc, readClient('203.0.113.42', { 'sec-gpc': '0' }).gpc]).toEqual([
    true,
    false,
  ]);
});
