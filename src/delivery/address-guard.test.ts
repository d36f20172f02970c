import type { LookupAddress } from 'node:dns';
import { describe, expect, it } from 'vitest';
import { guardedLookup, isSpecialAddress, refuseAddress } from './address-guard.ts';

describe('private and special targets are refused, however they are spelt', () => {
  it.each([
    // IPv4 as the URL standard reads it
    '127.0.0.1',
    '127.0.0.1.',
    '127.1',
    '127.0.1',
    '127.255.255.254',
    '2130706433',
    '0x7f000001',
    '0x7f.1',
    '0x7F.0x0.0x0.0x1',
    '017700000001',
    '0177.0.0.1',
    '00000177.0.0.01',
    '127.0.0.0x1',
    '%31%32%37.0.0.1',
    '１２７.0.0.1',
    '127。0。0。1',
    '0',
    '0.0.0.0',
    '0x0',
    '0.1.2.3',
    '10.0.0.1',
    '10.255.255.255',
    '0xa000001',
    '012.1.2.3',
    '100.64.0.1',
    '100.127.255.255',
    '169.254.169.254',
    '2852039166',
    '0xA9FEA9FE',
    '0251.0376.0251.0376',
    '172.16.0.1',
    '172.31.255.255',
    '192.0.0.8',
    '192.0.2.1',
    '192.88.99.1',
    '192.168.0.1',
    '192.168.257',
    '3232235521',
    '198.18.0.1',
    '198.19.255.255',
    '198.51.100.7',
    '203.0.113.9',
    '224.0.0.1',
    '239.255.255.250',
    '240.0.0.1',
    '255.255.255.255',
    // IPv6
    '[::]',
    '[::1]',
    '[0:0:0:0:0:0:0:1]',
    '[::7f00:1]',
    '[::127.0.0.1]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[::FFFF:10.0.0.1]',
    '[0:0:0:0:0:ffff:169.254.169.254]',
    '[::ffff:192.168.1.1]',
    '[::ffff:0:127.0.0.1]',
    '[64:ff9b::7f00:1]',
    '[64:ff9b::10.0.0.1]',
    '[64:ff9b:1::a00:1]',
    '[2002:7f00:1::]',
    '[2002:c0a8:101::1]',
    '[2001::1]',
    '[2001:0:7f00:1::]',
    '[2001:db8::1]',
    '[3fff::1]',
    '[5f00::1]',
    '[100::1]',
    '[fc00::1]',
    '[fd12:3456::1]',
    '[fd00:ec2::254]',
    '[fe80::1]',
    '[febf::1]',
    '[fec0::1]',
    '[ff02::1]',
    '[4000::1]',
    '[e000::1]',
  ])('%s', (host) => {
    expect(refuseAddress(`https://${host}/v1/events`)).toBe('loopback and private addresses are not allowed');
  });

  it.each(['fe80::1%eth0', '::1%lo', 'not an address', '', 'localhost'])('as an address from a lookup: %j', (address) => {
    expect(isSpecialAddress(address)).toBe(true);
  });
});

describe('public targets are allowed', () => {
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
  ])('%s', (host) => {
    expect(refuseAddress(`https://${host}/v1/events`)).toBeUndefined();
  });
});

describe('a public connection', () => {
  it.each(['http://8.8.8.8/', 'ftp://8.8.8.8/', 'file:///etc/passwd', 'data:text/plain,x', 'HTTP://shop.example/'])(
    'uses https alone, not %s',
    (url) => {
      expect(refuseAddress(url)).toBe('only https is allowed');
    },
  );

  it.each(['https://shop.example/', 'https://shop.example:443/', 'https://shop.example:8443/', 'HTTPS://SHOP.example/'])(
    'may go to %s',
    (url) => {
      expect(refuseAddress(url)).toBeUndefined();
    },
  );

  it.each([80, 22, 444, 4430, 8080, 6379])('may not go to port %i', (port) => {
    expect(refuseAddress(`https://shop.example:${port}/`)).toBe('only ports 443 and 8443 are allowed');
  });

  it.each(['', 'shop.example', '/v1/events', 'https://', 'https://[::1', 'https://256.0.0.1/', 'https://shop.example:99999/'])(
    'cannot use what is no URL: %j',
    (url) => {
      expect(refuseAddress(url)).toBeDefined();
    },
  );
});

describe('a name is judged by what it resolves to, when it is resolved', () => {
  const lookUp = (name: string, all: boolean) =>
    new Promise<{ code: string | undefined; address: string | LookupAddress[] }>((resolve) => {
      guardedLookup(name, { all }, (error, address) => resolve({ code: error?.code, address }));
    });

  it.each(['localhost', 'LOCALHOST', '127.0.0.1', '::1', '10.0.0.1'])('%s is refused', async (name) => {
    for (const all of [true, false]) expect(await lookUp(name, all)).toEqual({ code: 'EPRIVATE', address: [] });
  });

  it('a public address is handed on in the form that was asked for', async () => {
    expect(await lookUp('8.8.8.8', true)).toEqual({ code: undefined, address: [{ address: '8.8.8.8', family: 4 }] });
    expect(await lookUp('8.8.8.8', false)).toEqual({ code: undefined, address: '8.8.8.8' });
  });

  it('a name that does not resolve says so', async () => {
    expect((await lookUp(`${'a'.repeat(64)}.example`, true)).code).toMatch(/^(ENOTFOUND|EAI_AGAIN)$/);
  });
});
