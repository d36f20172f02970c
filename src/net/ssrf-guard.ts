import { type LookupAddress, type LookupOptions, lookup } from 'node:dns';
import { BlockList, isIP } from 'node:net';

/**
 * Keeps requests to operator-given addresses away from loopback, private and special networks. The address that was
 * judged is the address that is connected to: the check sits in the connection's own name lookup, so a name that resolves
 * differently the second time gains nothing.
 */

const special = new BlockList();
/** @source https://www.iana.org/assignments/iana-ipv4-special-registry and iana-ipv6-special-registry (2026-11) */
const networks: readonly (readonly [string, number, 'ipv4' | 'ipv6'])[] = [
  ['0.0.0.0', 8, 'ipv4'],
  ['10.0.0.0', 8, 'ipv4'],
  ['100.64.0.0', 10, 'ipv4'],
  ['127.0.0.0', 8, 'ipv4'],
  ['169.254.0.0', 16, 'ipv4'],
  ['172.16.0.0', 12, 'ipv4'],
  ['192.0.0.0', 24, 'ipv4'],
  ['192.0.2.0', 24, 'ipv4'],
  ['192.88.99.0', 24, 'ipv4'],
  ['192.168.0.0', 16, 'ipv4'],
  ['198.18.0.0', 15, 'ipv4'],
  ['198.51.100.0', 24, 'ipv4'],
  ['203.0.113.0', 24, 'ipv4'],
  ['224.0.0.0', 4, 'ipv4'],
  ['240.0.0.0', 4, 'ipv4'],
  ['2001::', 23, 'ipv6'],
  ['2001:db8::', 32, 'ipv6'],
  ['2002::', 16, 'ipv6'],
  ['3fff::', 20, 'ipv6'],
];
for (const [network, prefix, family] of networks) special.addSubnet(network, prefix, family);

/**
 * The only IPv6 addresses that may be public: global unicast, and IPv4 in IPv6's clothes, which `special` judges as IPv4.
 * @source https://www.iana.org/assignments/ipv6-address-space
 */
const publicV6 = new BlockList();
publicV6.addSubnet('2000::', 3, 'ipv6');
publicV6.addSubnet('::ffff:0:0', 96, 'ipv6');

const allowedPorts = new Set(['', '443', '8443']);

/** Loopback, private, link-local and every other network that is not the public internet; v4-mapped v6 counts as its v4. */
export function isNonPublicAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 0) return true;
  if (family === 4) return special.check(address, 'ipv4');
  return special.check(address, 'ipv6') || !publicV6.check(address, 'ipv6');
}

/** Why a public connection may not use this URL, or `undefined`. Names are judged again when they are looked up. */
export function explainBlockedUrl(url: string): string | undefined {
  const parsed = URL.parse(url);
  if (!parsed) return 'not a URL';
  if (parsed.protocol !== 'https:') return 'only https is allowed';
  if (!allowedPorts.has(parsed.port)) return 'only ports 443 and 8443 are allowed';
  const host = parsed.hostname.replace(/^\[|\]$/g, '');
  return isIP(host) !== 0 && isNonPublicAddress(host) ? 'loopback and private addresses are not allowed' : undefined;
}

type Answer = (
  error: NodeJS.ErrnoException | null,
  address: string | { address: string; family: number }[],
  family?: number,
) => void;

/** As `dns.lookup` is called by a connection. */
export type Lookup = (hostname: string, options: LookupOptions, answer: Answer) => void;

/** Names to addresses: all of them. */
export type Resolve = (
  hostname: string,
  options: LookupOptions & { readonly all: true },
  answer: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/** A lookup that fails with `EPRIVATE` when any address of the name is special. */
export function guardedLookup(resolve: Resolve = lookup): Lookup {
  return (hostname, options, answer) =>
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return answer(error, []);
      if (addresses.some(({ address }) => isNonPublicAddress(address))) {
        const refused: NodeJS.ErrnoException = new Error(`${hostname} resolves to a loopback or private address`);
        refused.code = 'EPRIVATE';
        return answer(refused, []);
      }
      const [first] = addresses;
      if (options.all || !first) return answer(null, addresses);
      answer(null, first.address, first.family);
    });
}
