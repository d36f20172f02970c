import type { RefusedDomain } from '../../event/site.ts';
import { dayMs, type UnixMs } from '../../event/units.ts';
import type { Logger } from '../../logger.ts';

/** Anyone can send requests with a site's public write key and with any origin. */
const maxDomainsPerSite = 20;
/** Log lines of one site. Invented origins must not fill the disk. */
const maxLinesPerSite = 100;

interface RefusedOriginDeps {
  readonly now: () => UnixMs;
  readonly logger: Logger;
  /** Returns whether a site may list this host as a domain. */
  readonly isDomain: (host: string) => boolean;
}

/** A domain is forgotten after this time without a request. */
const forgetAfterMs = dayMs;

/** Remembers the domains whose pages were refused, the most frequent ones per site. Logs each of the first ones. */
export class RefusedOrigins {
  readonly #o: RefusedOriginDeps;
  readonly #sites = new Map<string, Map<string, RefusedDomain>>();
  readonly #lines = new Map<string, number>();

  constructor(deps: RefusedOriginDeps) {
    this.#o = deps;
  }

  /** @param origin the `Origin` header. One whose host could not be a domain of a site is ignored. */
  note(site: string, origin: string): void {
    const { protocol = '', hostname = '' } = URL.parse(origin) ?? {};
    const domain = hostname.replace(/\.$/, '');
    if (!/^https?:$/.test(protocol) || !this.#o.isDomain(domain)) return;
    const domains = this.#sites.get(site) ?? new Map<string, RefusedDomain>();
    this.#sites.set(site, domains);
    const known = domains.get(domain);
    const before = known && this.#isRecent(known) ? known : undefined;
    if (!before) this.#log(site, domain);
    domains.delete(domain);
    if (domains.size >= maxDomainsPerSite) this.#removeOne(domains);
    domains.set(domain, { domain, requests: (before?.requests ?? 0) + 1, lastAt: this.#o.now() });
  }

  /** Removes a forgotten domain, or else the least frequent one, so that invented origins do not displace the shop's own. */
  #removeOne(domains: Map<string, RefusedDomain>): void {
    const all = [...domains.values()];
    const removed = all.find((one) => !this.#isRecent(one)) ?? all.toSorted((a, b) => a.requests - b.requests)[0];
    if (removed) domains.delete(removed.domain);
  }

  #isRecent({ lastAt }: RefusedDomain): boolean {
    return this.#o.now() - lastAt < forgetAfterMs;
  }

  #log(site: string, domain: string): void {
    const lines = this.#lines.get(site) ?? 0;
    if (lines >= maxLinesPerSite) return;
    this.#lines.set(site, lines + 1);
    this.#o.logger.warn({ site, domain }, 'page refused: its domain is not listed');
  }

  /** Returns the refused domains of a site, the most frequent first. */
  list(site: string): readonly RefusedDomain[] {
    const recent = [...(this.#sites.get(site)?.values() ?? [])].filter((one) => this.#isRecent(one));
    return recent.toSorted((a, b) => b.requests - a.requests);
  }
}
