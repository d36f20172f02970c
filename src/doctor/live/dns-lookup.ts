import { lookup, Resolver } from 'node:dns/promises';
import { isIP } from 'node:net';
import { withTimeout } from './with-timeout.ts';

/** Where a host name leads, as this machine finds it. */
export interface DnsResult {
  /** An IPv6 address is without its brackets. */
  readonly host: string;
  /** None where the name does not resolve. */
  readonly addresses: readonly string[];
  /** The last name of its chain of CNAMEs. Absent where there is none, or where no name server tells. */
  readonly aliasOf?: string;
}

/** How names are looked up: the machine's own way, hosts file included, and what name servers say of aliases. */
export interface DnsResolver {
  /** Addresses of both families; none where the name does not resolve. */
  readonly addressesOf: (host: string) => Promise<readonly string[]>;
  readonly aliasesOf: (host: string) => Promise<readonly string[]>;
}

const timeoutMs = 5_000;
const longestChain = 8;

export function systemDns(): DnsResolver {
  const resolver = new Resolver({ timeout: 2_000, tries: 2 });
  return {
    addressesOf: async (host) => (await lookup(host, { all: true })).map(({ address }) => address),
    aliasesOf: (host) => resolver.resolveCname(host),
  };
}

/** Looks a host up; at most 5 s for its addresses and as much for its aliases. */
export async function resolveHost(hostname: string, names: DnsResolver): Promise<DnsResult> {
  const host = hostname.replace(/^\[|\]$/g, '');
  if (isIP(host) !== 0) return { host, addresses: [host] };
  const [addresses, aliasOf] = await Promise.all([
    orNothing(names.addressesOf(host), []),
    orNothing(lastAlias(host, names), undefined),
  ]);
  return { host, addresses: [...new Set(addresses)], ...(aliasOf !== undefined && { aliasOf }) };
}

async function lastAlias(host: string, { aliasesOf }: DnsResolver): Promise<string | undefined> {
  let last: string | undefined;
  for (let step = 0; step < longestChain; step += 1) {
    const [next] = await orNothing(aliasesOf(last ?? host), []);
    if (next === undefined) break;
    last = next.replace(/\.$/, '').toLowerCase();
  }
  return last;
}

async function orNothing<T>(work: Promise<T>, nothing: T): Promise<T> {
  try {
    return await withTimeout(timeoutMs, work);
  } catch {
    return nothing;
  }
}
