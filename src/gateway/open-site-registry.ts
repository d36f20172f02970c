import { AlertSettings } from '../alerts/alert-settings.ts';
import { onlyCollects } from '../event/node-role.ts';
import type { Site } from '../event/site.ts';
import { GrantSecrets } from '../platform-accounts/grant-secrets.ts';
import { sitesWithData } from '../retention/sweep.ts';
import { resignCheckpoint } from '../retention/sweep-activity.ts';
import { type KeyRing, openKeyRing } from '../sites/key-ring.ts';
import { SiteRegistry } from '../sites/site-registry.ts';
import { isFolderMoving } from '../storage/disk/moved-folder.ts';
import type { GatewayContext } from './gateway-context.ts';
import type { GatewayStorage } from './open-gateway-storage.ts';
import { OwnSimulators } from './own-simulators.ts';

interface OpenedSites {
  readonly registry: SiteRegistry;
  readonly keys: KeyRing;
  readonly simulators: OwnSimulators;
  readonly alertSettings: AlertSettings;
  readonly grantSecrets: GrantSecrets;
}

/**
 * Opens the sites and the alert settings of the config file and of the dashboard.
 * @param apply passes changed sites to the running consumers.
 */
export async function openSiteRegistry(
  { config, now, logger, onShutdown }: GatewayContext,
  { log, store }: Pick<GatewayStorage, 'log' | 'store'>,
  apply: (sites: readonly Site[]) => Promise<void>,
): Promise<OpenedSites> {
  const simulators = new OwnSimulators({ dataDir: config.dataDir, logger });
  onShutdown(() => simulators.stop());
  await simulators.startStored(store);
  const { endpoints, allowPrivateDestinations, alerts, roles } = config;
  const keys = openKeyRing(config.secretsKeyFile, config.secretsKeys);
  let registry: SiteRegistry | undefined;
  const grantSecrets = new GrantSecrets(store, keys);
  const alertSettings = await AlertSettings.open({
    ...(alerts && { file: alerts }),
    // A gateway that only collects sends no alert, and may have no right to the settings.
    recordsFileChannels: !onlyCollects(roles),
    store: onlyCollects(roles) ? { ...store, getAlertSettings: async () => ({ config: null, secrets: {}, mutes: [] }) } : store,
    keys,
    allowPrivateDestinations,
    siteIds: () => registry?.sites().map(({ id }) => id) ?? [],
    now,
    logger,
  });
  registry = await SiteRegistry.open({
    file: config,
    rules: {
      endpoints,
      allowPrivateDestinations,
      readsSecrets: !onlyCollects(roles),
      getSimulatorSettings: (destination) => simulators.getSettings(destination),
    },
    store,
    keys,
    async reencryptOthers(key) {
      await resignCheckpoint(store, keys, key);
      const counts = [await grantSecrets.reencrypt(key), await alertSettings.reencrypt(key)];
      return {
        resealed: counts.reduce((sum, { resealed }) => sum + resealed, 0),
        lost: counts.reduce((sum, { lost }) => sum + lost, 0),
      };
    },
    wasThere: async (site) => (await sitesWithData({ log, store })).has(site),
    apply: async (sites) => {
      await apply(sites);
      await simulators.clearUnused(store);
    },
    ...(config.store === undefined && { isMoving: () => isFolderMoving(config.dataDir) }),
    recordsOtherRules: roles.includes('deliver'),
    now,
    logger,
  });
  return { registry, keys, simulators, alertSettings, grantSecrets };
}
