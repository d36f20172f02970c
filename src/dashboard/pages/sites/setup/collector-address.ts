import type { SiteSettingsView } from '../../../../api/client.ts';

/** The addresses at which the shop's pages and servers reach the collector. */
export interface CollectorAddress {
  /** The collector's URL, without a slash at its end. */
  readonly base: string;
  /** The complete URL of the pixel, with the write key. */
  readonly pixel: string;
  /**
   * - `configured`: `publicUrl` of the site or of the gateway, or the local address of a local shop.
   * - `typed`: entered on this page.
   * - `current`: the host under which the person opened the dashboard, with the collector's port.
   */
  readonly source: 'configured' | 'typed' | 'current';
}

interface AddressFacts {
  readonly site: Pick<SiteSettingsView, 'pixel' | 'publicUrl'>;
  /** The public URL of the gateway, or else the collector's local address. */
  readonly collectorUrl: string;
  /** The address that the person entered. */
  readonly typed: string;
  /** The address of the dashboard in this browser. */
  readonly dashboard: Pick<Location, 'protocol' | 'hostname'>;
}

/** Returns the collector's addresses, or `undefined` if the person has to enter one. Never returns a guessed host. */
export function resolveCollectorAddress({ site, collectorUrl, typed, dashboard }: AddressFacts): CollectorAddress | undefined {
  const { url: pixel, isGuess } = site.pixel;
  const entered = parseCollectorUrl(typed);
  if (entered !== undefined) return { base: entered, pixel: formatPixelUrl(entered, pixel), source: 'typed' };
  if (!isGuess) return { base: site.publicUrl ?? collectorUrl, pixel, source: 'configured' };
  const port = URL.parse(collectorUrl)?.port;
  if (!port || dashboard.protocol !== 'http:' || !isDirect(dashboard.hostname)) return undefined;
  const base = `http://${dashboard.hostname}:${port}`;
  return { base, pixel: formatPixelUrl(base, pixel), source: 'current' };
}

/** Returns whether a host is this machine or an address, so that no proxy is in front of the dashboard. */
function isDirect(host: string): boolean {
  return host === 'localhost' || /^\d+(?:\.\d+){3}$/.test(host) || host.startsWith('[');
}

const host = /^(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])$/i;
const path = /^(?:\/[\w.~-]+)*\/?$/;

/** Parses a typed collector URL. Removes a trailing slash. Returns `undefined` if a page could not load a script from it. */
export function parseCollectorUrl(typed: string): string | undefined {
  const text = typed.trim();
  const url = URL.parse(/^https?:\/\//i.test(text) ? text : `https://${text}`);
  if (!url || !host.test(url.hostname) || url.username !== '' || !path.test(url.pathname)) return undefined;
  return `${url.origin}${url.pathname.replace(/\/$/, '')}`;
}

/** Returns the URL of the pixel at another collector. */
function formatPixelUrl(collector: string, url: string): string {
  const { pathname = '', search = '' } = URL.parse(url) ?? {};
  return `${collector}${pathname}${search}`;
}
