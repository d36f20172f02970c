import { BlockList, isIP } from 'node:net';
import { getConnInfo } from '@hono/node-server/conninfo';
import type { Context } from 'hono';
import { networkPrefix, parseIpAddress, publicNetworkPrefix } from '../../net/ip-address.ts';

/** How the operator's own proxies stand before the collector. */
export interface ProxySettings {
  /** Addresses and networks. */
  readonly trustedProxies: readonly string[];
  /** Name of the header in which a trusted proxy tells the shopper's country. */
  readonly countryHeader?: string | undefined;
}

/** What a request says of the browser that made it, as far as whoever brought it may be believed. */
export interface ClientInfo {
  /** The shopper's own, or a proxy's where that is not trusted. */
  readonly ip?: string;
  readonly userAgent?: string;
  /** As the proxy wrote it. */
  readonly country?: string;
  readonly gpc: boolean;
  /** Host name that the browser asked for, without a port. */
  readonly host: string;
  /** The browser asked over https. */
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

/** Whom a connection counts for: nobody where a trusted proxy or an address that is not public opened it. */
export function createPeerNetworkReader(trustedProxies: readonly string[]): (remoteAddress: string) => string | undefined {
  const isTrusted = createProxyMatcher(trustedProxies);
  return (remoteAddress) => {
    const peer = parseIpAddress(remoteAddress);
    return peer !== undefined && isTrusted(peer) ? undefined : publicNetworkPrefix(peer);
  };
}

/** Reads requests behind proxies: only what a trusted proxy adds is believed, from the nearest hop outwards. */
export function createClientInfoReader({ trustedProxies, countryHeader }: ProxySettings) {
  const isTrusted = createProxyMatcher(trustedProxies);
  return (remoteAddress: string | undefined, header: (name: string) => string | undefined): ClientInfo => {
    const peer = remoteAddress === undefined ? undefined : parseIpAddress(remoteAddress);
    const isProxied = peer !== undefined && isTrusted(peer);
    const ip = isProxied ? findClientAddress(peer, header('x-forwarded-for'), isTrusted) : peer;
    const userAgent = header('user-agent')?.slice(0, maxAgentLength);
    const country = isProxied && countryHeader !== undefined ? header(countryHeader) : undefined;
    const host = (isProxied ? header('x-forwarded-host')?.split(',')[0]?.trim() : undefined) ?? header('host') ?? '';
    const protocol = isProxied ? header('x-forwarded-proto')?.split(',')[0]?.trim() : undefined;
    return {
      ...(ip !== undefined && { ip }),
      ...(userAgent !== undefined && { userAgent }),
      ...(country !== undefined && { country }),
      gpc: header('sec-gpc')?.trim() === '1',
      host: host.replace(/\.?(:\d+)?$/, '').toLowerCase(),
      // A page over https may only call over https, so its origin tells too.
      isSecure: protocol === 'https' || header('origin')?.startsWith('https:') === true,
    };
  };
}

/** Creates a reader of the client behind a request. */
export function createRequestClientReader(settings: ProxySettings): (c: Context) => ClientInfo {
  const readClient = createClientInfoReader(settings);
  return (c) => readClient(getConnInfo(c).remote.address, (name) => c.req.header(name));
}

/** Creates a reader of the client's network prefix, which is `unknown` if the client's address is. */
export function createClientNetworkReader(trustedProxies: readonly string[]): (c: Context) => string {
  const readClient = createRequestClientReader({ trustedProxies });
  return (c) => {
    const { ip } = readClient(c);
    return ip === undefined ? 'unknown' : networkPrefix(ip);
  };
}

/** The first address that no trusted proxy is at, read from the nearest hop; `undefined` where a hop cannot be read. */
function findClientAddress(
  peer: string,
  forwardedFor: string | undefined,
  isTrusted: (address: string) => boolean,
): string | undefined {
  let address = peer;
  for (const hop of (forwardedFor ?? '').split(',').toReversed()) {
    if (hop.trim() === '') continue;
    const named = parseIpAddress(hop.replace(/^\s*\[(.+)\](?::\d+)?\s*$/, '$1').replace(/^(\s*[\d.]+):\d+\s*$/, '$1'));
    if (named === undefined) return undefined;
    address = named;
    if (!isTrusted(named)) return named;
  }
  return address;
}
