import { BlockList, isIP } from 'node:net';
import { getDomain } from 'tldts';
import type { Finding } from '../finding.ts';
import type { DnsResult } from './dns-lookup.ts';
import type { CollectorAnswers, LiveEvidence, PageHost } from './evidence.ts';
import { createFindings } from './finding-factory.ts';

const name = createFindings('name');
const safari = createFindings('safari');

/** What shoppers' browsers make of the collector's name and of its address. */
export function diagnoseName({ page, collector }: LiveEvidence): readonly Finding[] {
  return collector ? [nameFinding(page, collector), ...safariFinding(page.name, collector)] : [];
}

/** The part of a host that one owner has: cookies reach no further. A host without one, such as `localhost`, is its own. */
export function registrableDomain(host: string): string {
  return getDomain(host, { allowPrivateDomains: true }) ?? host;
}

function nameFinding({ name: page }: PageHost, { name: { host, addresses } }: CollectorAnswers): Finding {
  if (addresses.length === 0)
    return name.problem(
      `${host} does not resolve, so no shopper reaches the collector. Make an A or AAAA record with the address of the proxy before the gateway`,
    );
  const at = `${host} is at ${addresses.slice(0, 4).join(', ')}`;
  if (host === page.host) return name.ok(`${at}: the host of the page itself`);
  if (registrableDomain(host) === registrableDomain(page.host)) return name.ok(`${at}: of the same site as the page`);
  return name.problem(
    `${at}: of another site (${registrableDomain(host)}) than the page (${registrableDomain(page.host)}), so browsers take its cookies for a third party's and keep none. Serve the collector at a subdomain of ${registrableDomain(page.host)}, or under a path of ${page.host}`,
  );
}

/**
 * Whether Safari keeps the collector's cookies for 7 days alone: where the answer that sets them came from an alias of another site,
 * or, without an alias, from an address that shares less than 16 bits (IPv4) or 64 bits (IPv6) with the page's.
 * @source https://github.com/WebKit/WebKit/blob/main/Source/WebKit/NetworkProcess/cocoa/NetworkTaskCocoa.mm (2026-11-24)
 */
function safariFinding(page: DnsResult, { name: collector }: CollectorAnswers): readonly Finding[] {
  const isOther = registrableDomain(collector.host) !== registrableDomain(page.host);
  if (isOther || collector.addresses.length === 0 || page.addresses.length === 0) return [];
  const full = 'Keeps the cookies in full';
  const capped = 'Safari keeps its cookies for 7 days, counted anew at each visit, in place of 400';
  const remedy = `Serve the collector under a path of ${page.host}, or at an address in the shop's own network`;
  if (collector.host === page.host) return [safari.ok(`${full}: page and collector are one host`)];
  if (collector.aliasOf !== undefined) {
    const owner = registrableDomain(collector.aliasOf);
    const isKnown =
      owner === registrableDomain(page.host) || (page.aliasOf !== undefined && owner === registrableDomain(page.aliasOf));
    if (isKnown) return [safari.ok(`${full}: ${collector.host} is an alias within ${owner}, as the page is`)];
    const alias = `${collector.host} is an alias (CNAME) of ${collector.aliasOf}, of another site`;
    return [safari.warning(`${alias}, so ${capped}. ${remedy}`)];
  }
  const near = neighbours(page.addresses, collector.addresses);
  if (near === 'all') return [safari.ok(`${full}: the collector's address is in the network of the page's`)];
  const apart = `The addresses of ${collector.host} and ${page.host} share less than 16 bits (IPv4) or 64 bits (IPv6)`;
  return [
    safari.warning(near === 'none' ? `${apart}, so ${capped}. ${remedy}` : `${apart} in part, so at times ${capped}. ${remedy}`),
  ];
}

/** Whether the addresses, of each family that both have, are in one network. */
function neighbours(page: readonly string[], collector: readonly string[]): 'all' | 'some' | 'none' {
  const pairs = page.flatMap((one) =>
    collector.filter((other) => isIP(one) === isIP(other)).map((other) => isNeighbour(one, other)),
  );
  if (!pairs.includes(true)) return 'none';
  return pairs.includes(false) ? 'some' : 'all';
}

function isNeighbour(one: string, other: string): boolean {
  const family = isIP(one) === 6 ? 'ipv6' : 'ipv4';
  const network = new BlockList();
  network.addSubnet(one, family === 'ipv6' ? 64 : 16, family);
  return network.check(other, family);
}
