import type { LookupAddress } from 'node:dns';
import { describe, expect, it } from 'vitest';
import { privateHosts } from '../delivery/private-hosts.fixture.ts';
import { explainBlockedUrl, guardedLookup, isNonPublicAddress } from './ssrf-guard.ts';

describe('private and special targets', () => {
  it.each(privateHosts)('%s is blocked', (host) => {
    expect(explainBlockedUrl(`https://${host}/v1/events`)).toBe('loopback and private addresses are not allowed');
  });

  it.each(['fe80::1%eth0', '::1%lo', 'not an address', '', 'localhost'])('%j is blocked as the result of a lookup', (address) => {
    expect(isNonPublicAddress(address)).toBe(true);
  });
});

describe('public targets', () => {
  it.each([
    '1.1.1.1',
    '8.8.8.8',
    '100.63.255.255',
    '100.128.0.1',
    '172.15.255.255',
    '172.32.0.1',
    '198.17.255.255',
    '223.255.255.255',
    '[2606:4700::1111]',
    '[2a00:1450:4001::1]',
    '[::ffff:8.8.8.8]',
    'capi.uet.microsoft.com',
  ])('%s is allowed', (host) => {
    expect(explainBlockedUrl(`https://${host}/v1/events`)).toBeUndefined();
  });
});

describe('a public connection', () => {
  it.each(['http://8.8.8.8/', 'ftp://8.8.8.8/', 'file:///etc/passwd', 'data:text/plain,x', 'HTTP://shop.example/'])(
    'must use https, not %s',
    (url) => {
      expect(explainBlockedUrl(url)).toBe('only https is allowed');
    },
  );

  it.each(['https://shop.example/', 'https://shop.example:443/', 'https://shop.example:8443/', 'HTTPS://SHOP.example/'])(
    'may use %s',
    (url) => {
      expect(explainBlockedUrl(url)).toBeUndefined();
    },
  );

  it.each([80, 22, 444, 4430, 8080, 6379])('may not use port %i', (port) => {
    expect(explainBlockedUrl(`https://shop.example:${port}/`)).toBe('only ports 443 and 8443 are allowed');
  });

  it.each(['', 'shop.example', '/v1/events', 'https://', 'https://[::1', 'https://256.0.0.1/', 'https://shop.example:99999/'])(
    'rejects an invalid URL: %j',
    (url) => {
      expect(explainBlockedUrl(url)).toBeDefined();
    },
  );
});

describe('guardedLookup', () => {
  const lookUp = (name: string, all: boolean) =>
    new Promise<{ code: string | undefined; address: string | LookupAddress[] }>((resolve) => {
      guardedLookup()(name, { all }, (error, address) => resolve({ code: error?.code, address }));
    });

  it.each(['localhost', 'LOCALHOST', '127.0.0.1', '::1', '10.0.0.1'])('fails for %s', async (name) => {
    for (const all of [true, false]) expect(await lookUp(name, all)).toEqual({ code: 'EPRIVATE', address: [] });
  });

  it('passes on a public address in the requested form', async () => {
    expect(await lookUp('8.8.8.8', true)).toEqual({ code: undefined, address: [{ address: '8.8.8.8', family: 4 }] });
    expect(await lookUp('8.8.8.8', false)).toEqual({ code: undefined, address: '8.8.8.8' });
  });

  it('passes on the error when a name does not resolve', async () => {
    expect((await lookUp(`${'a'.repeat(64)}.example`, true)).code).toMatch(/^(ENOTFOUND|EAI_AGAIN)$/);
  });
});
