import { destinations } from '../../destinations/destinations.ts';
import type { Site } from '../../event/site.ts';
import type { StoredClickIds } from '../../visitors/click-cookie.ts';

/** A cookie of a platform's tag, as the collector sets it. */
export interface PlatformCookie {
  readonly name: string;
  readonly value: string;
  readonly maxAgeMs: number;
}

/**
 * Returns the cookies of the site's platforms to set for the visitor's click ids.
 * @param present the cookies that the browser has
 * @param domain the cookies' domain, or the host of host-only cookies
 */
export function listPlatformCookies(
  site: Site,
  clicks: StoredClickIds,
  present: Readonly<Record<string, string>>,
  domain: string,
): readonly PlatformCookie[] {
  return listWrittenCookies(site).flatMap(({ click: name, cookie }) => {
    const click = clicks[name];
    const value = click && cookie.write(click, present[cookie.name], domain);
    return value === undefined ? [] : [{ name: cookie.name, value, maxAgeMs: cookie.maxAgeMs }];
  });
}

/** Returns the cookies to expire after a denial: those of the site's platforms that the browser has. */
export function listExpiredCookies(site: Site, present: Readonly<Record<string, string>>): readonly PlatformCookie[] {
  return listWrittenCookies(site)
    .filter(({ cookie }) => present[cookie.name] !== undefined)
    .map(({ cookie: { name } }) => ({ name, value: '', maxAgeMs: 0 }));
}

/** Returns the cookies that the collector may write for the site: those of platforms with a connection or a browser tag. */
function listWrittenCookies(site: Site) {
  const used = destinations.filter(
    ({ id }) =>
      (site.tags[id]?.mode ?? 'off') !== 'off' ||
      site.connections.some(({ destination, enabled }) => enabled && destination === id),
  );
  return used.flatMap(({ matching }) =>
    matching.clickIds.flatMap(({ name, cookie }) => (cookie ? [{ click: name, cookie }] : [])),
  );
}
