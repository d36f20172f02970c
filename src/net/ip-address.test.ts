import { describe, expect, test } from 'vitest';
import { isPublicAddress, limitedNetworks, parseIpAddress, publicNetworkPrefix } from './ip-address.ts';

describe('readAddress', () => {
  test.each([
    ['an IPv4 address', '198.51.100.13', '198.51.100.13'],
    ['a mapped IPv4 address in dotted form', '::ffff:198.51.100.13', '198.51.100.13'],
    ['a mapped IPv4 address in hexadecimal form', '::ffff:c633:640d', '198.51.100.13'],
    ['a mapped IPv4 address that is written out', '0:0:0:0:0:FFFF:C633:640D', '198.51.100.13'],
    ['a mapped IPv4 address with short groups', '::ffff:a00:1', '10.0.0.1'],
    ['a NAT64 address in hexadecimal form', '64:ff9b::c633:640d', '198.51.100.13'],
    ['a NAT64 address in dotted form', '0064:ff9b::198.51.100.13', '198.51.100.13'],
    ['an IPv6 address', ' 2001:DB8::9 ', '2001:db8::9'],
    ['an address of another prefix that holds the same bits', '2001:db8::ffff:c633:640d', '2001:db8::ffff:c633:640d'],
    ['an address of the local NAT64 prefix', '64:ff9b:1::c633:640d', '64:ff9b:1::c633:640d'],
    ['an address with a zone', 'fe80::1%eth0', undefined],
    ['a mapped address with a zone', '::ffff:c633:640d%1', undefined],
    ['a name', 'unknown', undefined],
    ['nothing', '', undefined],
  ])('reads %s', (_what, given, address) => {
    expect(parseIpAddress(given)).toBe(address);
  });

  test('finds out that an embedded address is private', () => {
    expect(['::ffff:a00:1', '64:ff9b::7f00:1'].map((one) => isPublicAddress(parseIpAddress(one) ?? ''))).toEqual([false, false]);
    expect(['::ffff:c633:640d', '::ffff:c633:640e'].map((one) => publicNetworkPrefix(parseIpAddress(one)))).toEqual([
      '198.51.100.13',
      '198.51.100.14',
    ]);
  });
});

describe('limitedNetworks', () => {
  test('returns the /64, the /56 and the /48 of an IPv6 network', () => {
    expect(limitedNetworks('2001:db8:1:a0f2')).toEqual([
      { network: '2001:db8:1:a0f2', factor: 1 },
      { network: '2001:db8:1:a0/56', factor: 4 },
      { network: '2001:db8:1/48', factor: 16 },
    ]);
    expect(limitedNetworks('2001:db8:0:2').map(({ network }) => network)).toEqual([
      '2001:db8:0:2',
      '2001:db8:0:0/56',
      '2001:db8:0/48',
    ]);
  });

  test.each(['198.51.100.13', 'unknown', 'a', '::ffff:127.0.0.2'])('returns %s alone', (network) => {
    expect(limitedNetworks(network)).toEqual([{ network, factor: 1 }]);
  });
});
