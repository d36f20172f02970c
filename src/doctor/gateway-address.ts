import { getDomain } from 'tldts';
import type { Finding } from './finding.ts';

/** Returns the registrable domain of a host, which limits its cookies. Returns the host itself if it has none, such as `localhost`. */
export function registrableDomain(host: string): string {
  return getDomain(host, { allowPrivateDomains: true }) ?? host;
}

/** Returns the effects of a gateway on another registrable domain than the shop's page; `undefined` if it is on the same one. */
export function describeOtherSite(gateway: string, page: string): string | undefined {
  const [own, shop] = [registrableDomain(gateway), registrableDomain(page)];
  if (own === shop) return undefined;
  return `another site (${own}) than the page (${shop}), so browsers block its cookies as third-party cookies. The click id is not on the next page's events, and blockers stop the reports at the end of a page. Serve the collector at a subdomain of ${shop}, or under a path of ${page}`;
}

/**
 * Names in the pixel's URL, or in that of its reports, that common lists of blockers match.
 * @source https://easylist.to/easylist/easyprivacy.txt, as uBlock Origin 1.67.0 contains it (2026-12-01)
 */
const blockedNames: readonly { readonly sign: RegExp; readonly name: string }[] = [
  { sign: /:\/\/(?:analytics|tracking)\..*\/event/i, name: 'a host `analytics.` or `tracking.` with a path `/event…`' },
  { sign: /\/stats\..*\/event/i, name: 'a host `stats.` with a path `/event…`' },
  { sign: /\/pixel\..*\/track\//i, name: 'a host `pixel.` with a path `/track/`' },
  { sign: /\/(?:bat|matomo)\.js\b/i, name: 'a script `bat.js` or `matomo.js`' },
];

/** Returns the warning that blockers match a name in the gateway's address; `undefined` if none is known. */
export function describeBlockedName(pixel: URL): string | undefined {
  const urls = [pixel.href, new URL('e', pixel).href];
  const found = blockedNames.find(({ sign }) => urls.some((url) => sign.test(url)));
  if (!found) return undefined;
  return `Common blockers match the address ${pixel.host}${pixel.pathname}: ${found.name}. Choose another host name, or another \`collector.pixelPath\``;
}

/** Judges the gateway's address for the pages of a shop on these domains. */
export function adviseAddress(pixel: URL, domains: readonly string[]): readonly Finding[] {
  const others = domains.map((domain) => describeOtherSite(pixel.hostname, domain));
  const otherSite = others.every((one) => one !== undefined) ? others[0] : undefined;
  const messages = [otherSite && `The gateway ${pixel.host} is on ${otherSite}`, describeBlockedName(pixel)];
  return messages.flatMap((says) => (says ? [{ level: 'warning', subject: 'address', says } as const] : []));
}
