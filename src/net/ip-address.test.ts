import ipaddr from 'ipaddr.js';
import { describe, expect, test } from 'vitest';
import {
  isPublicClient,
  isPublicTarget,
  limitedNetworks,
  parseIpAddress,
  publicNetworkPrefix,
  surroundingNetwork,
} from './ip-address.ts';

describe('parseIpAddress', () => {
  test.each([
    ['an IPv4 address', '198.51.100.13', '198.51.100.13'],
    ['a mapped IPv4 address in dotted form', '::ffff:198.51.100.13', '198.51.100.13'],
    ['a mapped IPv4 address in hexadecimal form', '::ffff:c633:640d', '198.51.100.13'],
    ['a mapped IPv4 address with all groups', '0:0:0:0:0:FFFF:C633:640D', '198.51.100.13'],
    ['a mapped IPv4 address with short groups', '::ffff:a00:1', '10.0.0.1'],
    ['a NAT64 address in hexadecimal form', '64:ff9b::c633:640d', '198.51.100.13'],
    ['a NAT64 address in dotted form', '0064:ff9b::198.51.100.13', '198.51.100.13'],
    ['an IPv6 address', ' 2001:DB8::9 ', '2001:db8::9'],
    ['an address of another prefix with the same bits', '2001:db8::ffff:c633:640d', '2001:db8::ffff:c633:640d'],
    ['an address of the local NAT64 prefix', '64:ff9b:1::c633:640d', '64:ff9b:1::c633:640d'],
    ['an IPv4-compatible address', '::198.51.100.13', '::198.51.100.13'],
    ['an address with a zone', 'fe80::1%eth0', undefined],
    ['a mapped address with a zone', '::ffff:c633:640d%1', undefined],
    ['a name', 'unknown', undefined],
    ['an empty text', '', undefined],
  ])('parses %s', (_what, text, address) => {
    expect(parseIpAddress(text)).toBe(address);
  });

  test('returns embedded addresses that the other functions check and group', () => {
    expect(['::ffff:a00:1', '64:ff9b::7f00:1'].map((one) => isPublicClient(parseIpAddress(one) ?? ''))).toEqual([false, false]);
    expect(['::ffff:c633:640d', '::ffff:c633:640e'].map((one) => publicNetworkPrefix(parseIpAddress(one)))).toEqual([
      '198.51.100.13',
      '198.51.100.14',
    ]);
  });
});

describe('special networks', () => {
  test.each(['192.0.2.1', '198.51.100.1', '203.0.113.1', '2001:db8::1', '3fff::1', '2002:808:808::1', '2001:0:808:808::1'])(
    '%s can be a client and no target',
    (address) => {
      expect([isPublicClient(address), isPublicTarget(address)]).toEqual([true, false]);
    },
  );

  test.each([
    ...['10.0.0.1', '100.64.0.1', '127.0.0.1', '169.254.1.1', '172.16.0.1', '192.0.0.1', '192.168.0.1', '198.18.0.1', '0.0.0.1'],
    ...['224.0.0.1', '240.0.0.1', '255.255.255.255', '::', '::1', '100::1', '64:ff9b:1::1', '2001:2::1', 'fc00::1', 'fe80::1'],
    ...['fec0::1', 'ff02::1', '::8.8.8.8', '::ffff:0:808:808', '4000::1'],
  ])('%s is neither a client nor a target', (address) => {
    expect([isPublicClient(address), isPublicTarget(address)]).toEqual([false, false]);
  });

  test.each(['64:ff9b::8.8.8.8', '2606:4700::1111%1', '::ffff:8.8.8.8%1'])('%s is no target', (address) => {
    expect(isPublicTarget(address)).toBe(false);
  });
});

describe('surroundingNetwork', () => {
  test.each([
    ['198.51.100.13', '198.51.100.0/24'],
    ['2001:db8::9', '2001:db8:0::/48'],
    ['2001:db8:1:2::9', '2001:db8:1::/48'],
  ])('returns the network around %s', (address, network) => {
    expect(surroundingNetwork(address)).toBe(network);
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

  test.each(['198.51.100.13', 'unknown', 'a', '::ffff:127.0.0.2'])('returns only %s itself', (network) => {
    expect(limitedNetworks(network)).toEqual([{ network, factor: 1 }]);
  });
});

test('an IPv4 address is public to a client if the library knows no special network around it, in every block', () => {
  const documentation = ['192.0.2.0/24', '198.51.100.0/24', '203.0.113.0/24'].map((network) => ipaddr.IPv4.parseCIDR(network));
  for (let block = 0; block < 256; block++)
    for (const second of [0, 1, 16, 18, 31, 51, 63, 64, 88, 127, 168, 175, 254, 255])
      for (const third of [0, 2, 99, 100, 113, 196, 255]) {
        const address = ipaddr.IPv4.parse(`${block}.${second}.${third}.7`);
        const isPublic = address.range() === 'unicast' || documentation.some((network) => address.match(network));
        expect([address.toString(), isPublicClient(address.toString())]).toEqual([address.toString(), isPublic]);
      }
});
