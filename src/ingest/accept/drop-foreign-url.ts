import type { Page, ReportSource } from '../../event/event.ts';
import { domainMatches, type Site } from '../../event/site.ts';
import type { ReadContext } from './field-readers.ts';
import { getPlainHost } from './plain-url.ts';

/**
 * Hosts that Shopify may show a shop's checkout on, in addition to the shop's own domains: its `myshopify.com` address, the former checkout
 * host, and Shop Pay. It is an assumption that the last two still report pages.
 * @source https://shopify.dev/changelog/checkouts-will-occur-at-the-shop-domain-instead-of-checkout-shopify-com (2017-07)
 */
const shopifyHosts = ['checkout.shopify.com', 'shop.app', 'myshopify.com'];

/**
 * Removes `page.url` from a browser's report unless it is a web address on a domain of the site: a browser's report can be forged, and the
 * dashboard and the platforms show the address as a page of the shop. The referrer may be on any host.
 */
export function dropForeignUrl(page: Page, reporter: ReportSource, site: Site, reading: ReadContext): Page {
  if (reporter !== 'browser' || page.url === undefined || isSitePage(site, page.url)) return page;
  reading.warn(
    'page.url',
    'page-elsewhere',
    "Must be on a domain of the site, so the address was dropped. Add the domain to the site's `domains`, or send the full http or https address of a page of the shop.",
  );
  const { url: _, ...rest } = page;
  return rest;
}

function isSitePage({ domains, platform }: Site, url: string): boolean {
  const hosts = platform === 'shopify' ? [...domains, ...shopifyHosts] : domains;
  const plainHost = getPlainHost(url);
  if (plainHost !== undefined) return domainMatches(hosts, plainHost);
  const { protocol = '', hostname = '' } = URL.parse(url) ?? {};
  return /^https?:$/.test(protocol) && domainMatches(hosts, hostname);
}
