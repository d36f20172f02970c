import { type LookupAddress, type LookupOptions, lookup } from 'node:dns';
import { isIP } from 'node:net';
import { isPublicTarget } from './ip-address.ts';

/**
 * Blocks requests from operator-given URLs to loopback, private and special networks. The check runs in the connection's own name
 * lookup, so the address that was checked is the address that is connected to, even if the name resolves differently a second time.
 */

const allowedPorts = new Set(['', '443', '8443']);

/** Returns whether a request must not be sent to an address: loopback, private, link-local, reserved, or no address at all. */
export function isNonPublicAddress(address: string): boolean {
  return !isPublicTarget(address);
}

/** Returns the reason why a public connection must not use a URL, or `undefined`. `guardedLookup` checks the addresses of a name. */
export function explainBlockedUrl(url: string): string | undefined {
  const parsed = URL.parse(url);
  if (!parsed) return 'not a URL';
  if (parsed.protocol !== 'https:') return 'only https is allowed';
  if (!allowedPorts.has(parsed.port)) return 'only ports 443 and 8443 are allowed';
  const host = parsed.hostname.replace(/^\[|\]$/g, '');
  return isIP(host) !== 0 && isNonPublicAddress(host) ? 'loopback and private addresses are not allowed' : undefined;
}

type LookupCallback = (
  error: NodeJS.ErrnoException | null,
  address: string | { address: string; family: number }[],
  family?: number,
) => void;

/** The signature of `dns.lookup` as a connection calls it. */
export type Lookup = (hostname: string, options: LookupOptions, callback: LookupCallback) => void;

/** Resolves a name to all of its addresses. */
export type Resolve = (
  hostname: string,
  options: LookupOptions & { readonly all: true },
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/** Returns a lookup that fails with `EPRIVATE` if any address of the name is not public. */
export function guardedLookup(resolve: Resolve = lookup): Lookup {
  return (hostname, options, callback) =>
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, []);
      if (addresses.some(({ address }) => isNonPublicAddress(address))) {
        const blocked: NodeJS.ErrnoException = new Error(`${hostname} resolves to a loopback or private address`);
        blocked.code = 'EPRIVATE';
        return callback(blocked, []);
      }
      const [first] = addresses;
      if (options.all || !first) return callback(null, addresses);
      callback(null, first.address, first.family);
    });
}
