import type { Site } from '../../event/site.ts';
import { isLoopback } from '../auth/host-guard.ts';

/** Where browsers and shops reach the collector: what stands before its paths, without a slash at its end. */
export interface CollectorUrl {
  readonly url: string;
  /** Its host is made of the site's first domain. */
  readonly isGuess: boolean;
}

/** The collector's address for a site. */
export type CollectorOf = (site: Pick<Site, 'domains'>) => CollectorUrl;

/**
 * As the config has it. Where it does not say, this machine's own address for a site of this machine, and else where a collector
 * usually is, which is a guess.
 */
export function createCollectorUrlResolver(publicUrl: string | undefined, ofThisMachine: string): CollectorOf {
  return ({ domains }) => {
    const [domain = 'shop.example'] = domains;
    const known = publicUrl ?? (domains.length > 0 && domains.every(isLoopback) ? ofThisMachine : undefined);
    return { url: known ?? `https://data.${domain}`, isGuess: known === undefined };
  };
}

/** Who listens on every address of this machine is reached by loopback's from here. */
export function toLoopbackUrl(url: string): string {
  return url.replace('//0.0.0.0:', '//127.0.0.1:').replace('//[::]:', '//[::1]:');
}
