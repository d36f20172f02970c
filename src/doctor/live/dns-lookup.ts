import { lookup, Resolver } from 'node:dns/promises';
import { isIP } from 'node:net';
import { withTimeout } from './with-timeout.ts';

/** The result of looking up a host name on this machine. */
export interface DnsResult {
  /** IPv6 addresses have no brackets. */
  readonly host: string;
  /** Empty if the name does not resolve. */
  readonly addresses: readonly string[];
  /** The last name of the CNAME chain. Undefined if there is none, or if the lookup fails. */
  readonly alias?: string;
}

/** Looks up addresses as the machine does, with its hosts file, and aliases on name servers. */
export interface DnsResolver {
  /** Returns the addresses of both families. */
  readonly resolveAddresses: (host: string) => Promise<readonly string[]>;
  readonly resolveAliases: (host: string) => Promise<readonly string[]>;
}

const timeoutMs = 5_000;
const maxChainLength = 8;

export function systemDns(): DnsResolver {
  const resolver = new Resolver({ timeout: 2_000, tries: 2 });
  return {
    resolveAddresses: async (host) => (await lookup(host, { all: true })).map(({ address }) => address),
    resolveAliases: (host) => resolver.resolveCname(host),
  };
}

/** Looks up a host's addresses and aliases at the same time, each for at most 5 s. */
export async function resolveHost(hostname: string, names: DnsResolver): Promise<DnsResult> {
  const host = hostname.replace(/^\[|\]$/g, '');
  if (isIP(host) !== 0) return { host, addresses: [host] };
  const [addresses, alias] = await Promise.all([
    withFallback(names.resolveAddresses(host), []),
    withFallback(findLastAlias(host, names), undefined),
  ]);
  return { host, addresses: [...new Set(addresses)], ...(alias !== undefined && { alias }) };
}

async function findLastAlias(host: string, { resolveAliases }: DnsResolver): Promise<string | undefined> {
  let last: string | undefined;
  for (let step = 0; step < maxChainLength; step += 1) {
    const [next] = await withFallback(resolveAliases(last ?? host), []);
    if (next === undefined) break;
    last = next.replace(/\.$/, '').toLowerCase();
  }
  return last;
}

async function withFallback<T>(work: Promise<T>, fallback: T): Promise<T> {
  try {
    return await withTimeout(timeoutMs, work);
  } catch {
    return fallback;
  }
}
