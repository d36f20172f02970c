import { listEvents } from '../api/events/event-list.ts';
import type { EventRow } from '../api/events/schemas.ts';
import type { Config } from '../config/config.ts';
import { findDestination } from '../destinations/destinations.ts';
import { type ConsentReport, consentReport } from '../doctor/consent-report.ts';
import { onlyCollects } from '../event/node-role.ts';
import { type Connection, domainMatches, type Site } from '../event/site.ts';
import { type KeyRing, openKeyRing } from '../sites/key-ring.ts';
import { type MergedSites, mergeSites, type SiteSources } from '../sites/merge-sites.ts';
import { type DataDir, DataDirInUseError, type LockOptions } from '../storage/disk/data-dir.ts';
import { openFile } from '../storage/disk/open-file.ts';
import type { EventLog } from '../storage/log/event-log.ts';
import { openSqliteLog } from '../storage/log/sqlite-log.ts';
import type { DashboardSiteStore } from '../storage/ports/dashboard-sites.ts';
import type { Store } from '../storage/ports/store.ts';
import { assertUndamaged } from '../storage/recovery/assert-undamaged.ts';
import { openSqliteStore } from '../storage/store/sqlite/sqlite-store.ts';
import { lockGatewayFolder } from './lock-data-folder.ts';

/**
 * Returns the sites of the config file and of the dashboard.
 * @param askRunning lists the sites of a gateway that runs on the folder.
 * @throws ConveyError if the folder or a file in it cannot be opened.
 */
export async function loadSites(config: Config, askRunning: () => Promise<readonly Site[]>): Promise<readonly Site[]> {
  const read = await readFiles(config, async ({ store }) =>
    mergeAllSites(config, await readDashboardSites(store), openSecretsKeys(config)),
  );
  return read === 'running' ? askRunning() : read.entries.filter(({ runs }) => runs).map(({ site }) => site);
}

/** Returns the site whose domains cover the host; the longest domain wins. */
export function findSiteByHost(sites: readonly Site[], host: string): Site | undefined {
  const getLength = ({ domains }: Site) =>
    Math.max(0, ...domains.filter((one) => domainMatches([one], host)).map(({ length }) => length));
  return sites.filter(({ domains }) => domainMatches(domains, host)).toSorted((a, b) => getLength(b) - getLength(a))[0];
}

/**
 * Summarizes the consent of a site's newest `count` records.
 * @param askRunning lists the records of a gateway that runs on the folder and so holds its files.
 * @throws ConveyError if the folder or a file in it cannot be opened.
 */
export async function loadConsentReport(
  config: Config,
  site: Site,
  count: number,
  askRunning: () => Promise<readonly EventRow[]>,
): Promise<ConsentReport> {
  const rows = await readFiles(
    config,
    async (files) => (await listEvents(site, { ...files, getPlatform: findTexts }, count)).rows,
  );
  return consentReport(rows === 'running' ? await askRunning() : rows);
}

function findTexts({ destination }: Connection) {
  return { skipTexts: findDestination(destination)?.skipTexts ?? {} };
}

/** Runs `work` on the data, unless a gateway runs on the folder. @throws ConveyError if a file or the database cannot be opened. */
export async function readFiles<T>(
  config: Config,
  work: (files: { readonly log: EventLog; readonly store: Store }) => Promise<T>,
  options?: LockOptions,
): Promise<T | 'running'> {
  let dataDir: DataDir;
  try {
    dataDir = lockGatewayFolder(config, options);
  } catch (error) {
    if (error instanceof DataDirInUseError) return 'running';
    throw error;
  }
  const now = Date.now;
  const undo: (() => Promise<void> | void)[] = [() => dataDir.release()];
  try {
    if (config.store !== undefined) {
      const { openPostgresStorage } = await import('../storage/open-postgres.ts');
      const storage = await openPostgresStorage(config.store, { durability: config.durability, updatesSchema: false });
      undo.push(() => storage.close());
      return await work(storage);
    }
    assertUndamaged(dataDir.log, dataDir.state);
    const log = await openFile(dataDir.log, () => openSqliteLog(dataDir.log, { now }));
    undo.push(() => log.close());
    const store = await openFile(dataDir.state, () => openSqliteStore(dataDir.state, { now }));
    undo.push(() => store.close());
    return await work({ log, store });
  } finally {
    for (const step of undo.toReversed()) await step();
  }
}

/** The sites and connections that the store holds for the dashboard. */
export type DashboardSites = Pick<SiteSources, 'dashboardSites' | 'dashboardConnections'>;

export const noDashboardSites: DashboardSites = { dashboardSites: [], dashboardConnections: [] };

export async function readDashboardSites(store: DashboardSiteStore): Promise<DashboardSites> {
  return { dashboardSites: await store.listDashboardSites(), dashboardConnections: await store.listDashboardConnections() };
}

/** Opens the key that encrypts secrets. */
export function openSecretsKeys({ secretsKeyFile, secretsKeys }: Config): KeyRing {
  return openKeyRing(secretsKeyFile, secretsKeys);
}

/** Merges the sites of the config file with those of the dashboard. */
export function mergeAllSites(config: Config, dashboardSites: DashboardSites, keys: KeyRing): MergedSites {
  return mergeSites({
    file: config,
    rules: { ...config, readsSecrets: !onlyCollects(config.roles) },
    // The running gateways know which keys pages have used.
    distrustedKeys: [],
    findKey: (id) => keys.find(id),
    // No page is answered from here.
    getLinkKeys: () => [],
    ...dashboardSites,
  });
}
