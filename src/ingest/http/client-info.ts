import { BlockList, isIP } from 'node:net';
import { getConnInfo } from '@hono/node-server/conninfo';
import type { Context } from 'hono';
import type { CountryLookup } from '../../event/country-source.ts';
import { networkPrefix, parseIpAddress, publicNetworkPrefix } from '../../net/ip-address.ts';

/** The operator's own proxies in front of the collector. */
export interface ProxySettings {
  /** Addresses and networks. */
  readonly trustedProxies: readonly string[];
  /** The name of the header in which a trusted proxy sends the shopper's country. */
  readonly countryHeader?: string | undefined;
  /** Finds the country of a request without that header. */
  readonly lookUpCountry?: CountryLookup | undefined;
}

/** The client of a request, as far as the request can be trusted. */
export interface ClientInfo {
  /** The shopper's own address, or that of a proxy which is not trusted. */
  readonly ip?: string;
  readonly userAgent?: string;
  /** The value of the proxy's header, unchanged; without it, the country by a table. */
  readonly country?: string;
  readonly countryFrom?: 'table';
  readonly gpc: boolean;
  /** The requested host name, without a port. */
  readonly host: string;
  /** Whether the browser's request used https. */
  readonly isSecure: boolean;
}

const maxAgentLength = 1_024;

function createProxyMatcher(trustedProxies: readonly string[]): (address: string) => boolean {
  const trusted = new BlockList();
  for (const network of trustedProxies) {
    const [address = '', prefix] = network.split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    if (prefix === undefined) trusted.addAddress(address, family);
    else trusted.addSubnet(address, Number(prefix), family);
  }
  return (address) => trusted.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}

/** Creates a reader of the network that a connection counts for: `undefined` for a trusted proxy or a non-public address. */
export function createPeerNetworkReader(trustedProxies: readonly string[]): (remoteAddress: string) => string | undefined {
  const isTrustedProxy = createProxyMatcher(trustedProxies);
  return (remoteAddress) => {
    const peer = parseIpAddress(remoteAddress);
    return peer !== undefined && isTrustedProxy(peer) ? undefined : publicNetworkPrefix(peer);
  };
}

/** Creates a reader of a request's client. It trusts only what a trusted proxy adds, from the nearest hop outwards. */
export function createClientInfoReader({ trustedProxies, countryHeader, lookUpCountry }: ProxySettings) {
  const isTrustedProxy = createProxyMatcher(trustedProxies);
  return (remoteAddress: string | undefined, header: HeaderReader): ClientInfo => {
    const peer = remoteAddress === undefined ? undefined : parseIpAddress(remoteAddress);
    const isProxied = peer !== undefined && isTrustedProxy(peer);
    const client = isProxied ? findForwarded(peer, header, isTrustedProxy) : findDirect(peer, header);
    const { address: ip, isOwn = false } = client ?? {};
    const userAgent = header('user-agent')?.slice(0, maxAgentLength);
    const stated = isProxied && countryHeader !== undefined ? header(countryHeader) : undefined;
    const found = stated === undefined && ip !== undefined && isOwn ? lookUpCountry?.(ip) : undefined;
    const country = stated ?? found;
    const host = (isProxied ? header('x-forwarded-host')?.split(',')[0]?.trim() : undefined) ?? header('host') ?? '';
    const protocol = isProxied ? header('x-forwarded-proto')?.split(',')[0]?.trim() : undefined;
    return {
      ...(ip !== undefined && { ip }),
      ...(userAgent !== undefined && { userAgent }),
      ...(country !== undefined && { country }),
      ...(found !== undefined && { countryFrom: 'table' }),
      gpc: header('sec-gpc')?.trim() === '1',
      host: host.replace(/\.?(:\d+)?$/, '').toLowerCase(),
      // A page over https can only send requests over https, so its origin shows the scheme too.
      isSecure: protocol === 'https' || header('origin')?.startsWith('https:') === true,
    };
  };
}

/** Creates a reader of the client behind a request. */
export function createRequestClientReader(settings: ProxySettings): (c: Context) => ClientInfo {
  const readClient = createClientInfoReader(settings);
  return (c) => readClient(getConnInfo(c).remote.address, (name) => c.req.header(name));
}

/** Reads a header of a request by its name in lower case. */
export type HeaderReader = (name: string) => string | undefined;

/** Creates a reader of the client's network prefix, which is `unknown` if the client's address is. */
export function createClientNetworkReader(
  trustedProxies: readonly string[],
): (remoteAddress: string | undefined, header: HeaderReader) => string {
  const readClient = createClientInfoReader({ trustedProxies });
  return (remoteAddress, header) => {
    const { ip } = readClient(remoteAddress, header);
    return ip === undefined ? 'unknown' : networkPrefix(ip);
  };
}

/** The headers by which a proxy shows that it passed a request on. */
const strangeProxyHeaders = ['x-forwarded-for', 'forwarded', 'via', 'x-real-ip', 'cf-connecting-ip', 'true-client-ip'];

/** The address of a client. `isOwn`: it is not known to be that of a further proxy, so a table may give its country. */
interface ClientAddress {
  readonly address: string;
  readonly isOwn: boolean;
}

/** Returns the peer. It is no shopper if it passes requests on without being trusted. */
function findDirect(address: string | undefined, header: HeaderReader): ClientAddress | undefined {
  return address === undefined ? undefined : { address, isOwn: strangeProxyHeaders.every((name) => header(name) === undefined) };
}

/** Returns the first address that is no trusted proxy's, from the nearest hop outwards; `undefined` if a hop cannot be read. */
function findForwarded(
  peer: string,
  header: HeaderReader,
  isTrustedProxy: (address: string) => boolean,
): ClientAddress | undefined {
  let address = peer;
  const hops = (header('x-forwarded-for') ?? '').split(',').filter((hop) => hop.trim() !== '');
  for (let index = hops.length - 1; index >= 0; index -= 1) {
    const hop = hops[index] ?? '';
    const hopAddress = parseIpAddress(hop.replace(/^\s*\[(.+)\](?::\d+)?\s*$/, '$1').replace(/^(\s*[\d.]+):\d+\s*$/, '$1'));
    if (hopAddress === undefined) return undefined;
    address = hopAddress;
    if (!isTrustedProxy(hopAddress)) return { address, isOwn: index === 0 };
  }
  return { address, isOwn: false };
}
