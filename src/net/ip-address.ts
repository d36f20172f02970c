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

/** Returns the address in lower case, an IPv4-mapped or NAT64 address as the IPv4 address in it; `undefined` if it is none. */
export function parseIpAddress(given: string): string | undefined {
  const text = given.trim().toLowerCase();
  if (text.includes('%')) return undefined;
  const version = isIP(text);
  if (version === 0) return undefined;
  return version === 6 ? (embeddedIPv4(text) ?? text) : text;
}

/**
 * The first 96 bits of an IPv6 address that carries an IPv4 address: IPv4-mapped, and NAT64.
 * @source https://www.rfc-editor.org/rfc/rfc4291#section-2.5.5.2 2026-11-27
 * @source https://www.rfc-editor.org/rfc/rfc6052#section-2.1 2026-11-27
 */
const embeddingPrefixes: ReadonlySet<string> = new Set(['0:0:0:0:0:ffff', '64:ff9b:0:0:0:0']);

function embeddedIPv4(address: string): string | undefined {
  const groups = groupsOf(address);
  if (!embeddingPrefixes.has(groups.slice(0, 6).join(':'))) return undefined;
  return groups
    .slice(6)
    .map((group) => Number.parseInt(group, 16))
    .flatMap((value) => [value >> 8, value & 0xff])
    .join('.');
}

/** Returns the eight groups of an IPv6 address, in lower case and without leading zeros. */
function groupsOf(address: string): readonly string[] {
  const { hostname } = new URL(`http://[${address}]`);
  const [before = '', after] = hostname.slice(1, -1).split('::');
  const head = before.split(':').filter((group) => group !== '');
  const tail = (after ?? '').split(':').filter((group) => group !== '');
  const zeros = after === undefined ? 0 : 8 - head.length - tail.length;
  return [...head, ...Array<string>(zeros).fill('0'), ...tail];
}

/** Whether an address that `readAddress` read can be a shopper's on the public internet. */
export function isPublicAddress(address: string): boolean {
  return !blocked.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}

/** The part of an address that is one household's or one firm's: an IPv4 address whole, of IPv6 the first 64 bits. */
export function networkPrefix(address: string): string {
  return isIP(address) === 4 ? address : groupsOf(address).slice(0, 4).join(':');
}

/** A range of addresses that has a limit of its own: `factor` times the limit of one client network. */
export interface LimitedNetwork {
  readonly network: string;
  readonly factor: number;
}

/** The factor of each range that `limitedNetworks` returns, by its index. */
export const limitFactors = [1, 4, 16] as const;

/**
 * Returns the ranges that a client network counts for: an IPv6 /64 also counts for its /56 and its /48, because one customer may have
 * all of either. Any other name counts for itself alone.
 */
export function limitedNetworks(network: string): readonly LimitedNetwork[] {
  const own = { network, factor: limitFactors[0] };
  const groups = network.split(':');
  if (groups.length !== 4 || !groups.every((group) => /^[0-9a-f]{1,4}$/.test(group))) return [own];
  const [first, second, third, fourth = ''] = groups;
  const site = `${first}:${second}:${third}`;
  return [
    own,
    { network: `${site}:${(Number.parseInt(fourth, 16) >> 8).toString(16)}/56`, factor: limitFactors[1] },
    { network: `${site}/48`, factor: limitFactors[2] },
  ];
}

/**
 * Whom a request or a connection counts for; `undefined` where the address is not public. There a proxy of the operator's own may
 * stand that is not among the trusted ones, and whoever counted it would keep out all that are behind it.
 */
export function publicNetworkPrefix(address: string | undefined): string | undefined {
  return address !== undefined && isPublicAddress(address) ? networkPrefix(address) : undefined;
}
