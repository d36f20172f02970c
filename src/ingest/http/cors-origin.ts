import { isIP } from 'node:net';
import { domainMatches, type Site } from '../../event/site.ts';

/** The page that sends a request: of a listed domain, without an origin (sandboxed, or no page at all), or of another domain. */
export type CallerOrigin =
  | { readonly kind: 'listed'; readonly origin: string }
  | { readonly kind: 'sandboxed' }
  | { readonly kind: 'stranger' };

/** Returns the kind of caller by its `Origin` header, for any of these sites. */
export function classifyOrigin(origin: string | undefined, sites: readonly Pick<Site, 'domains'>[]): CallerOrigin {
  if (origin === undefined || origin === 'null') return { kind: 'sandboxed' };
  const page = URL.parse(origin);
  const isListed =
    page !== null && /^https?:$/.test(page.protocol) && sites.some(({ domains }) => domainMatches(domains, page.hostname));
  return isListed ? { kind: 'listed', origin: page.origin } : { kind: 'stranger' };
}

/** Returns the headers that let the caller's page read the response. */
export function corsHeaders(caller: CallerOrigin): Record<string, string> {
  const exposed = { vary: 'Origin', 'access-control-expose-headers': 'Retry-After' };
  if (caller.kind === 'stranger') return { vary: 'Origin' };
  if (caller.kind === 'sandboxed') return { ...exposed, 'access-control-allow-origin': '*' };
  return { ...exposed, 'access-control-allow-origin': caller.origin, 'access-control-allow-credentials': 'true' };
}

/** Returns the longest of the site's domains that contains the collector's host, for cookies that the whole shop shares. */
export function cookieDomain(host: string, domains: readonly string[]): string | undefined {
  return domains
    .filter((domain) => domain.includes('.') && isIP(domain) === 0 && domainMatches([domain], host))
    .toSorted((a, b) => b.length - a.length)[0];
}
