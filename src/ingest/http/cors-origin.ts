import { isIP } from 'node:net';
import { domainMatches, type Site } from '../../event/site.ts';

/** The page that sends a request: of a listed domain, without an origin (sandboxed, or no page at all), or of another domain. */
export type CallerOrigin =
  | { readonly kind: 'listed'; readonly origin: string }
  | { readonly kind: 'sandboxed' }
  /** A page that Shopify shows for the site's shop. It is no page of the shop's domains, so it has no cookies. */
  | { readonly kind: 'shopify'; readonly origin: string }
  | { readonly kind: 'stranger' };

/** Returns the kind of caller by its `Origin` header, for any of these sites. */
export function classifyOrigin(origin: string | undefined, sites: readonly Pick<Site, 'domains'>[]): CallerOrigin {
  if (origin === undefined || origin === 'null') return { kind: 'sandboxed' };
  const page = URL.parse(origin);
  const isListed =
    page !== null && /^https?:$/.test(page.protocol) && sites.some(({ domains }) => domainMatches(domains, page.hostname));
  return isListed ? { kind: 'listed', origin: page.origin } : { kind: 'stranger' };
}

/** The hosts beside a shop's own on which Shopify may show its checkout. It is an assumption that they still send. */
const checkoutOrigins = ['https://checkout.shopify.com', 'https://shop.app'];

/** Returns the kind of caller of a pixel's report. It may also come from a page that Shopify shows for a shop in which the app is. */
export function classifyReportOrigin(
  origin: string | undefined,
  sites: readonly Pick<Site, 'domains' | 'shopify'>[],
): CallerOrigin {
  const caller = classifyOrigin(origin, sites);
  if (caller.kind !== 'stranger' || origin === undefined) return caller;
  const isShopify = sites.some(
    ({ shopify }) => shopify !== undefined && [`https://${shopify.shop}`, ...checkoutOrigins].includes(origin),
  );
  return isShopify ? { kind: 'shopify', origin } : caller;
}

/** Returns the headers that let the caller's page read the response. */
export function corsHeaders(caller: CallerOrigin): Record<string, string> {
  const exposed = { vary: 'Origin', 'access-control-expose-headers': 'Retry-After' };
  if (caller.kind === 'stranger') return { vary: 'Origin' };
  if (caller.kind === 'sandboxed') return { ...exposed, 'access-control-allow-origin': '*' };
  const allowed = { ...exposed, 'access-control-allow-origin': caller.origin };
  return caller.kind === 'listed' ? { ...allowed, 'access-control-allow-credentials': 'true' } : allowed;
}

/** Returns the longest of the site's domains that contains the collector's host, for cookies that the whole shop shares. */
export function cookieDomain(host: string, domains: readonly string[]): string | undefined {
  return domains
    .filter((domain) => domain.includes('.') && isIP(domain) === 0 && domainMatches([domain], host))
    .toSorted((a, b) => b.length - a.length)[0];
}
