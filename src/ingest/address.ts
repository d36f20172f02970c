import { BlockList, isIP } from 'node:net';

/**
 * Addresses that are nobody's in public: private, shared, local, benchmark, multicast, reserved.
 * Documentation ranges are not among them: they harm nobody, and examples and trials live on them.
 * @source https://www.iana.org/assignments/iana-ipv4-special-registry 2026-08-04
 * @source https://www.iana.org/assignments/iana-ipv6-special-registry 2026-08-04
 */
const notPublic = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
  ['::', 128],
  ['::1', 128],
  ['100::', 64],
  ['64:ff9b:1::', 48],
  ['2001:2::', 48],
  ['fc00::', 7],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8],
] as const;

const blocked = new BlockList();
for (const [net, prefix] of notPublic) blocked.addSubnet(net, prefix, net.includes(':') ? 'ipv6' : 'ipv4');

/** The address without an IPv4-in-IPv6 wrapping, lower case; `undefined` when it is none. */
export function readAddress(given: string): string | undefined {
  const text = given.trim().toLowerCase();
  const plain = text.startsWith('::ffff:') && isIP(text.slice(7)) === 4 ? text.slice(7) : text;
  return isIP(plain) === 0 || plain.includes('%') ? undefined : plain;
}

/** Whether an address that `readAddress` read can be a shopper's on the public internet. */
export function isPublicAddress(address: string): boolean {
  return !blocked.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}

/** The part of an address that is one household's or one firm's: an IPv4 address whole, of IPv6 the first 64 bits. */
export function networkOf(address: string): string {
  if (isIP(address) === 4) return address;
  const { hostname } = new URL(`http://[${address}]`);
  const [before = '', after] = hostname.slice(1, -1).split('::');
  const head = before.split(':').filter((group) => group !== '');
  const tail = (after ?? '').split(':').filter((group) => group !== '');
  const zeros = after === undefined ? 0 : 8 - head.length - tail.length;
  return [...head, ...Array<string>(zeros).fill('0'), ...tail].slice(0, 4).join(':');
}

/**
 * Whom a request or a connection counts for; `undefined` where the address is not public. There a proxy of the operator's own may
 * stand that is not among the trusted ones, and whoever counted it would keep out all that are behind it.
 */
export function publicNetworkOf(address: string | undefined): string | undefined {
  return address !== undefined && isPublicAddress(address) ? networkOf(address) : undefined;
}
