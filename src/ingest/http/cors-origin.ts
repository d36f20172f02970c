import { isIP } from 'node:net';
import { domainMatches, type Site } from '../../event/site.ts';

/** A page that calls: one of a listed domain, one without an origin of its own (sandboxed, or no page at all), or another's. */
export type CallerOrigin =
  | { readonly kind: 'listed'; readonly origin: string }
  | { readonly kind: 'sandboxed' }
  | { readonly kind: 'stranger' };

/** Who calls, by the `Origin` header, for any of these sites. */
export function classifyOrigin(origin: string | undefined, sites: readonly Pick<Site, 'domains'>[]): CallerOrigin {
  if (origin === undefined || origin === 'null') return { kind: 'sandboxed' };
  const page = URL.parse(origin);
  const isListed =
    page !== null && /^https?:$/.test(page.protocol) && sites.some(({ domains }) => domainMatches(domains, page.hostname));
  return isListed ? { kind: 'listed', origin: page.origin } : { kind: 'stranger' };
}

/** What lets the caller's page read the answer. */
export function corsHeaders(caller: CallerOrigin): Record<string, string> {
  const exposed = { vary: 'Origin', 'access-control-expose-headers': 'Retry-After' };
  if (caller.kind === 'stranger') return { vary: 'Origin' };
  if (caller.kind === 'sandboxed') return { ...exposed, 'access-control-allow-origin': '*' };
  return { ...exposed, 'access-control-allow-origin': caller.origin, 'access-control-allow-credentials': 'true' };
}

/** The longest of the site's domains that the collector's host is in, for cookies that the whole shop shares. */
export function cookieDomain(host: string, domains: readonly string[]): string | undefined {
  return domains
    .filter((domain) => domain.includes('.') && isIP(domain) === 0 && domainMatches([domain], host))
    .toSorted((a, b) => b.length - a.length)[0];
}
