import type { Site } from '../event/site.ts';
import { sitesWithData } from '../retention/sweep.ts';
import { openKeyRing } from '../sites/key-ring.ts';
import { SiteRegistry } from '../sites/site-registry.ts';
import type { GatewayContext } from './gateway-context.ts';
import type { GatewayStorage } from './open-gateway-storage.ts';

/**
 * Opens the sites of the config file and of the dashboard.
 * @param apply passes changed sites to the running consumers.
 */
export function openSiteRegistry(
  { config, now, logger }: GatewayContext,
  { log, store }: Pick<GatewayStorage, 'log' | 'store'>,
  apply: (sites: readonly Site[]) => Promise<void>,
): Promise<SiteRegistry> {
  return SiteRegistry.open({
    file: config,
    rules: config,
    store,
    keys: openKeyRing(config.secretsKeyFile, config.secretsKeys),
    wasThere: async (site) => (await sitesWithData({ log, store })).has(site),
    apply,
    now,
    logger,
  });
}
