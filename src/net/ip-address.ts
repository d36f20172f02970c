import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** The IPv6 addresses that are assigned to the internet. @source https://www.iana.org/assignments/ipv6-address-space 2026-11-27 */
const globalUnicast = ipaddr.IPv6.parseCIDR('2000::/3');

/**
 * Special networks that a client may come from, although no destination is there: documentation ranges, which examples and trials use,
 * and 6to4 and Teredo, which carry the connections of real shoppers. All other rules are the same for clients and destinations.
 */
const clientNetworks = [
  '192.0.2.0/24',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '2001:db8::/32',
  '3fff::/20',
  '2002::/16',
  '2001::/32',
].map((network) => ipaddr.parseCIDR(network));

/** Returns the address in lower case, an IPv4-mapped or NAT64 address as the IPv4 address in it; `undefined` if it is none. */
export function parseIpAddress(text: string): string | undefined {
  const address = text.trim().toLowerCase();
  if (address.includes('%')) return undefined;
  const version = isIP(address);
  if (version === 0) return undefined;
  return version === 6 ? (extractIPv4(address) ?? address) : address;
}

/**
 * The networks of IPv6 addresses that carry an IPv4 address: IPv4-mapped, and NAT64.
 * @source https://www.rfc-editor.org/rfc/rfc4291#section-2.5.5.2 2026-11-27
 * @source https://www.rfc-editor.org/rfc/rfc6052#section-2.1 2026-11-27
 */
const embeddingNetworks = ['::ffff:0:0/96', '64:ff9b::/96'].map((network) => ipaddr.IPv6.parseCIDR(network));
/** The texts that an address of these networks can begin with. Other addresses need no parsing, which takes about 2 µs. */
const embeddingStart = /^(?:0|:|64:)/;

function extractIPv4(address: string): string | undefined {
  if (!embeddingStart.test(address)) return undefined;
  const parsed = parseIPv6(address);
  if (!embeddingNetworks.some((network) => parsed.match(network))) return undefined;
  return new ipaddr.IPv4(parsed.toByteArray().slice(12)).toString();
}

/** Returns whether a host name or address is loopback. */
export function isLoopback(host: string): boolean {
  const name = host.replace(/^\[|\]$/g, '').toLowerCase();
  return name === 'localhost' || name === '::1' || (isIP(name) === 4 && name.startsWith('127.'));
}

/**
 * Returns whether an address is on the public internet, so that a request may be sent there. An IPv4-mapped address counts as its IPv4
 * address. An address with a zone, a NAT64 address and a text that is no address do not count as public.
 * @source https://www.iana.org/assignments/iana-ipv4-special-registry 2026-08-04
 * @source https://www.iana.org/assignments/iana-ipv6-special-registry 2026-08-04
 */
export function isPublicTarget(address: string): boolean {
  if (isIP(address) === 0 || address.includes('%')) return false;
  const parsed = parse(address);
  return isPublic(parsed instanceof ipaddr.IPv6 && parsed.isIPv4MappedAddress() ? parsed.toIPv4Address() : parsed);
}

/** The /8 blocks below 224 in which the library knows special networks. All addresses of the other blocks are public. */
const specialBlocks: ReadonlySet<string> = new Set(['0', '10', '100', '127', '169', '172', '192', '198', '203']);

/** Returns whether an address is an IPv4 address of a block without special networks, which needs no parsing. */
function isInOrdinaryBlock(address: string): boolean {
  const [found, block = ''] = /^([1-9]\d{0,2})\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.exec(address) ?? [];
  return found !== undefined && Number(block) < 224 && !specialBlocks.has(block);
}

/** Returns whether an address that `parseIpAddress` returned can be a client's on the public internet. */
export function isPublicClient(address: string): boolean {
  if (isInOrdinaryBlock(address)) return true;
  const parsed = parse(address);
  return isPublic(parsed) || clientNetworks.some((network) => network[0].kind() === parsed.kind() && parsed.match(network));
}

function parse(address: string): ipaddr.IPv4 | ipaddr.IPv6 {
  return isIP(address) === 4 ? ipaddr.IPv4.parse(address) : parseIPv6(address);
}

/** Parses an IPv6 address. `ipaddr.js` reads `::192.0.2.1` as IPv4-mapped, so a dotted end is first written in hexadecimal. */
function parseIPv6(address: string): ipaddr.IPv6 {
  return ipaddr.IPv6.parse(address.includes('.') ? new URL(`http://[${address}]`).hostname.slice(1, -1) : address);
}

function isPublic(address: ipaddr.IPv4 | ipaddr.IPv6): boolean {
  return address.range() === 'unicast' && (address.kind() === 'ipv4' || address.match(globalUnicast));
}

/** Returns the part of an address that belongs to one household or company: an IPv4 address itself, the first 64 bits of an IPv6 address. */
export function networkPrefix(address: string): string {
  return isIP(address) === 4 ? address : leadingGroups(address, 4);
}

/** Returns the CIDR notation of the network around an address: the first 24 bits of an IPv4 address, the first 48 of an IPv6 address. */
export function surroundingNetwork(address: string): string {
  return isIP(address) === 4 ? `${ipaddr.IPv4.networkAddressFromCIDR(`${address}/24`)}/24` : `${leadingGroups(address, 3)}::/48`;
}

/** Returns the first groups of an IPv6 address, without leading zeros. */
function leadingGroups(address: string, count: number): string {
  return parseIPv6(address)
    .parts.slice(0, count)
    .map((group) => group.toString(16))
    .join(':');
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
 * Returns the network prefix that a client is limited by. It is `undefined` if the address is not public: that address may be an
 * operator's own proxy outside `trustedProxies`, and a limit on it would shut out all of the proxy's clients.
 */
export function publicNetworkPrefix(address: string | undefined): string | undefined {
  return address !== undefined && isPublicClient(address) ? networkPrefix(address) : undefined;
}
