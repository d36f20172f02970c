import { BlockList, isIP } from 'node:net';
import type { Finding } from '../finding.ts';
import { describeBlockedName, describeOtherSite, registrableDomain } from '../gateway-address.ts';
import { createFindings } from './create-findings.ts';
import type { DnsResult } from './dns-lookup.ts';
import type { CollectorResponses, LiveEvidence, PageHost } from './evidence.ts';

const name = createFindings('name');
const safari = createFindings('safari');

/** Checks the collector's host name and address as shoppers' browsers see them. */
export function diagnoseName({ page, collector }: LiveEvidence): readonly Finding[] {
  if (!collector) return [];
  const blocked = describeBlockedName(collector.url);
  return [
    nameFinding(page, collector),
    ...(blocked === undefined ? [] : [name.warning(blocked)]),
    ...safariFinding(page.name, collector),
  ];
}

function nameFinding({ name: page }: PageHost, { name: { host, addresses } }: CollectorResponses): Finding {
  if (addresses.length === 0)
    return name.problem(
      `${host} does not resolve, so shoppers cannot reach the collector. Create an A or AAAA record with the address of the proxy in front of the gateway`,
    );
  const at = `${host} resolves to ${addresses.slice(0, 4).join(', ')}`;
  if (host === page.host) return name.ok(`${at}: the same host as the page`);
  const otherSite = describeOtherSite(host, page.host);
  return otherSite === undefined ? name.ok(`${at}: the same site as the page`) : name.problem(`${at}: ${otherSite}`);
}

/**
 * Checks whether Safari limits the collector's cookies to 7 days. It does if the collector's host is an alias of another site, or, without
 * an alias, if its address shares less than 16 bits (IPv4) or 64 bits (IPv6) with the page's.
 * @source https://github.com/WebKit/WebKit/blob/main/Source/WebKit/NetworkProcess/cocoa/NetworkTaskCocoa.mm (2026-11-24)
 */
function safariFinding(page: DnsResult, { name: collector }: CollectorResponses): readonly Finding[] {
  const isOther = registrableDomain(collector.host) !== registrableDomain(page.host);
  if (isOther || collector.addresses.length === 0 || page.addresses.length === 0) return [];
  const full = 'Safari keeps the cookies for their full life';
  const capped = 'Safari keeps its cookies for 7 days from each visit, instead of 400';
  const remedy = `Serve the collector under a path of ${page.host}, or at an address in the shop's own network`;
  if (collector.host === page.host) return [safari.ok(`${full}: page and collector have the same host`)];
  if (collector.alias !== undefined) {
    const owner = registrableDomain(collector.alias);
    const isKnown =
      owner === registrableDomain(page.host) || (page.alias !== undefined && owner === registrableDomain(page.alias));
    if (isKnown) return [safari.ok(`${full}: ${collector.host} is an alias within ${owner}, as the page is`)];
    const alias = `${collector.host} is an alias (CNAME) of ${collector.alias}, which is another site`;
    return [safari.warning(`${alias}, so ${capped}. ${remedy}`)];
  }
  const near = compareNetworks(page.addresses, collector.addresses);
  if (near === 'all') return [safari.ok(`${full}: the collector's address is in the page's network`)];
  const finding = `The addresses of ${collector.host} and ${page.host} share less than 16 bits (IPv4) or 64 bits (IPv6)`;
  return [
    safari.warning(
      near === 'none' ? `${finding}, so ${capped}. ${remedy}` : `${finding} in part, so sometimes ${capped}. ${remedy}`,
    ),
  ];
}

/** Compares the networks of two address lists, within each address family that both have. */
function compareNetworks(page: readonly string[], collector: readonly string[]): 'all' | 'some' | 'none' {
  const pairs = page.flatMap((one) =>
    collector.filter((other) => isIP(one) === isIP(other)).map((other) => isSameNetwork(one, other)),
  );
  if (!pairs.includes(true)) return 'none';
  return pairs.includes(false) ? 'some' : 'all';
}

function isSameNetwork(one: string, other: string): boolean {
  const family = isIP(one) === 6 ? 'ipv6' : 'ipv4';
  const network = new BlockList();
  network.addSubnet(one, family === 'ipv6' ? 64 : 16, family);
  return network.check(other, family);
}
