import type { SiteTags, TcfNeeds } from '../event/pixel-settings.ts';
import { isSimulatedPlatform, type Site } from '../event/site.ts';
import { destinations } from './destinations.ts';
import type { RegisteredTag } from './kit/browser-tag.ts';
import type { RegisteredDestination } from './kit/destination.ts';

/** Returns the browser tags of a site's pages: the settings of each driver, and the consent that the site's platforms need. */
export function getSiteTags(
  site: Site,
  platforms: readonly Pick<RegisteredDestination, 'id' | 'tag'>[] = destinations,
): SiteTags {
  const drivers: Record<string, object> = {};
  const used: RegisteredTag[] = [];
  for (const { id, tag } of platforms) {
    if (!tag) continue;
    const connections = site.connections.filter(({ destination }) => destination === id);
    const real = connections.filter(({ isSimulated }) => !isSimulated);
    const driver = isSimulatedPlatform(site, id)
      ? undefined
      : tag.createDriverSettings(site.tags[id], { ...site, connections: real });
    if (driver) drivers[id] = driver;
    if (driver || connections.some(({ enabled }) => enabled)) used.push(tag);
  }
  return { drivers, tcf: joinTcfNeeds(used.length > 0 ? used : platforms.flatMap(({ tag }) => tag ?? [])) };
}

function joinTcfNeeds(tags: readonly RegisteredTag[]): TcfNeeds {
  const join = (key: keyof TcfNeeds) => [...new Set(tags.flatMap(({ tcf }) => tcf[key]))];
  return { vendors: join('vendors'), purposes: join('purposes') };
}
