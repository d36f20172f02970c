import type { Site } from '../../event/site.ts';
import { isLoopback } from '../../net/ip-address.ts';

/** The public URL of the collector, without a trailing slash. */
export interface CollectorUrl {
  readonly url: string;
  /** Whether the host is derived from the site's first domain. */
  readonly isGuess: boolean;
}

/** Returns the collector's URL for a site. */
export type CollectorUrlResolver = (site: Pick<Site, 'domains' | 'publicUrl'>) => CollectorUrl;

/**
 * Creates the resolver of collector URLs: a site's own, else the gateway's. If neither is set, a site on loopback gets the local URL, and all
 * other sites get the usual host name, which is a guess.
 */
export function createCollectorUrlResolver(gatewayUrl: string | undefined, localUrl: string): CollectorUrlResolver {
  return ({ domains, publicUrl }) => {
    const [domain = 'shop.example'] = domains;
    const known = publicUrl ?? gatewayUrl ?? (domains.length > 0 && domains.every(isLoopback) ? localUrl : undefined);
    return { url: known ?? `https://data.${domain}`, isGuess: known === undefined };
  };
}

/** Replaces a wildcard listen address with the loopback address. */
export function toLoopbackUrl(url: string): string {
  return url.replace('//0.0.0.0:', '//127.0.0.1:').replace('//[::]:', '//[::1]:');
}
