import { hash } from 'node:crypto';
import { findDestination } from '../destinations/destinations.ts';
import type { BoundDestination } from '../destinations/kit/destination.ts';
import type { Sha256 } from '../event/event.ts';
import type { Connection, Site } from '../event/site.ts';
import { type ConsumerId, formatConsumerId } from '../storage/ports/consumer-id.ts';
import type { DashboardConnection, DashboardSite, DistrustedKey } from '../storage/ports/dashboard-sites.ts';
import type { FindKey } from './envelope-encryption.ts';
import { decryptHookSecrets, decryptSecrets, decryptWebhookSecrets } from './site-secrets.ts';
import {
  type ConnectionRules,
  isSimulated,
  joinProblems,
  parseConnectionOutline,
  parseStoredConnection,
  parseStoredSiteLeniently,
  readStoredSite,
} from './stored-sites.ts';

/** The origin of a site or connection. */
export type ConfigSource = 'file' | 'dashboard';

/** A configured connection. */
export interface ConnectionEntry {
  readonly id: string;
  readonly destination: string;
  readonly origin: ConfigSource;
  readonly enabled: boolean;
  /** Whether it sends to the gateway's own simulator. */
  readonly isSimulated?: boolean;
  /** The settings except secrets. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Names of the secret settings that are set. */
  readonly secrets: readonly string[];
  /** The running connection. Undefined if it cannot run. */
  readonly connection?: Connection;
  /** The reason why it does not run, or another problem, with the remedy. */
  readonly problem?: string;
}

/** A configured site. */
export interface SiteEntry {
  readonly origin: ConfigSource;
  /** The running site. If it cannot run, its readable parts. */
  readonly site: Site;
  readonly runs: boolean;
  readonly problem?: string;
  /** The stored site of the dashboard, even if the config file has a site of this id. */
  readonly stored?: DashboardSite;
  /** The ids of the webhook secrets that cannot be decrypted. */
  readonly lostSecrets: readonly string[];
  /** The secret keys that a page has used, and that no owner has trusted since. */
  readonly distrusted: readonly DistrustedKey[];
  readonly connections: readonly ConnectionEntry[];
  /** Changes with every change of the stored site and its connections. */
  readonly revision: string;
}

/** The sources of all sites. */
export interface SiteSources {
  readonly file: { readonly sites: readonly Site[]; readonly getPlatform: (connection: Connection) => BoundDestination };
  readonly dashboardSites: readonly DashboardSite[];
  readonly dashboardConnections: readonly DashboardConnection[];
  readonly distrustedKeys: readonly DistrustedKey[];
  readonly findKey: FindKey;
  /** Returns the keys of a site's link tokens. */
  readonly getLinkKeys: (site: string) => readonly string[];
  readonly rules: ConnectionRules;
  /** The consumers of the connections whose account takes late purchases. Absent: not known. */
  readonly lateAccounts?: readonly ConsumerId[] | undefined;
}

export interface MergedSites {
  /** The file's first, then by name. */
  readonly entries: readonly SiteEntry[];
  readonly running: readonly Site[];
  readonly platforms: ReadonlyMap<Connection, BoundDestination>;
}

/** Merges the sites of the config file and the dashboard. The config file wins if both have the same id or key. */
export function mergeSites(sources: SiteSources): MergedSites {
  const { file, dashboardSites, dashboardConnections } = sources;
  const platforms = new Map<Connection, BoundDestination>();
  const usedKeys = new Set(file.sites.flatMap(listKeys));
  const toEntry = (
    origin: ConfigSource,
    base: Site,
    stored: DashboardSite | undefined,
    problem: string | undefined,
    lostSecrets: readonly string[] = [],
    runs = true,
  ): SiteEntry => {
    const own = dashboardConnections.filter(({ site }) => site === base.id);
    const ofFile = base.connections.map((connection) => {
      platforms.set(connection, file.getPlatform(connection));
      const isShadow = own.some(({ id }) => id === connection.id);
      return toFileEntry(connection, isShadow ? connectionShadowed : undefined);
    });
    const dashboardEntries = own
      .filter(({ id }) => !base.connections.some((one) => one.id === id))
      .map((one) => toConnectionEntry(one, sources, platforms));
    const connections = [...ofFile, ...dashboardEntries];
    const stopped = connections.filter(({ connection }) => connection === undefined);
    const running = connections.flatMap(({ connection }) => connection ?? []);
    const { lateAccounts } = sources;
    const takers = running.flatMap(({ id, takesLate }) => (takesLate ? id : []));
    const late = takers.filter((id) => lateAccounts?.includes(formatConsumerId(base.id, id)));
    const secretKeys = new Set(listSecretKeys(base));
    const distrusted = sources.distrustedKeys.filter(({ site, key }) => site === base.id && secretKeys.has(key));
    const site = {
      ...base,
      ...(base.capture?.links && { linkKeys: sources.getLinkKeys(base.id) }),
      ...(distrusted.length > 0 && { distrustedKeys: distrusted.map(({ key }) => key) }),
      ...(lateAccounts && takers.length > 0 && { lateAccounts: late }),
      connections: running,
    };
    return {
      origin,
      site: stopped.length === 0 ? site : { ...site, stoppedConnections: stopped.map(toMark) },
      runs,
      ...(problem !== undefined && { problem }),
      ...(stored && { stored }),
      lostSecrets,
      distrusted,
      connections,
      revision: computeRevision(stored, own),
    };
  };

  const ofFile = file.sites.map((site) => {
    const shadow = dashboardSites.find(({ id }) => id === site.id);
    return toEntry('file', site, shadow, shadow && siteShadowed);
  });
  const dashboardEntries = dashboardSites
    .filter(({ id }) => !file.sites.some((site) => site.id === id))
    .map((stored) => {
      const [ofShop, ofHooks] = [decryptWebhookSecrets(stored, sources.findKey), decryptHookSecrets(stored, sources.findKey)];
      const lost = [...ofShop.lost, ...ofHooks.lost];
      const read = readStoredSite(stored, { webhooks: ofShop.opened, hooks: ofHooks.opened });
      const site = 'site' in read ? read.site : parseStoredSiteLeniently(stored);
      const keys = listKeys(site);
      const whyNotRun =
        'problems' in read ? joinProblems(read.problems) : keys.some((key) => usedKeys.has(key)) ? keyTaken : undefined;
      if (whyNotRun === undefined) for (const key of keys) usedKeys.add(key);
      const ignored = 'ignored' in read && read.ignored.length > 0 ? joinProblems(read.ignored) : undefined;
      return toEntry('dashboard', site, stored, whyNotRun ?? ignored, lost, whyNotRun === undefined);
    });
  const byName = dashboardEntries.toSorted(({ site: a }, { site: b }) => a.name.localeCompare(b.name) || (a.id < b.id ? -1 : 1));
  const entries = [...ofFile, ...byName];
  return { entries, running: entries.flatMap(({ runs, site }) => (runs ? [site] : [])), platforms };
}

function toMark({ destination, enabled, isSimulated = false }: ConnectionEntry): NonNullable<Site['stoppedConnections']>[number] {
  return { destination, enabled, isSimulated };
}

/** Returns the hashes of all keys that are secret. */
function listSecretKeys({ secretKeyHashes, segment }: Site): readonly Sha256[] {
  return [...secretKeyHashes, ...(segment?.keys ?? []).flatMap(({ hash: key, kind }) => (kind === 'server' ? [key] : []))];
}

/** Returns all keys that identify the site in an event. */
export function listKeys({ writeKey, oldWriteKeys = [], secretKeyHashes, segment }: Site): readonly string[] {
  return [writeKey, ...oldWriteKeys, ...secretKeyHashes, ...(segment?.keys ?? []).map(({ hash: key }) => key)];
}

function computeRevision(stored: DashboardSite | undefined, connections: readonly DashboardConnection[]): string {
  const { segmentKeys, hookSecrets } = stored ?? {};
  const site = stored && [
    ...[stored.config, stored.secretKeys, stored.oldWriteKeys, stored.webhookSecrets],
    ...(segmentKeys ? [segmentKeys] : []),
    ...(hookSecrets ? [hookSecrets] : []),
  ];
  const rest = connections.map(({ id, config: written, secrets }) => [id, written, secrets]).toSorted();
  return hash('sha256', JSON.stringify([site, rest])).slice(0, 16);
}

const siteShadowed =
  "The config file and the dashboard have a site with this id. The config file's is used. Change the id in the file, or remove the dashboard's site here.";
const connectionShadowed =
  "The config file and the dashboard have a connection with this id. The config file's is used. Change the id in the file, or remove the dashboard's connection here.";
const keyTaken =
  'The site does not run because another site has one of its keys. Remove the key in the config file or here, or create a new site.';

/**
 * Returns the entry of a connection of the config file. It finds the secret settings when they are read, because a start does not need them.
 */
function toFileEntry(connection: Connection, problem: string | undefined): ConnectionEntry {
  const { id, destination, enabled, settings } = connection;
  const isSecret = (name: string) => findDestination(destination)?.secrets.includes(name) === true;
  return {
    id,
    destination,
    origin: 'file',
    enabled,
    get settings() {
      return Object.fromEntries(Object.entries(settings).filter(([name]) => !isSecret(name)));
    },
    get secrets() {
      return Object.keys(settings).filter(isSecret);
    },
    connection,
    ...(problem !== undefined && { problem }),
  };
}

function toConnectionEntry(
  stored: DashboardConnection,
  sources: SiteSources,
  platforms: Map<Connection, BoundDestination>,
): ConnectionEntry {
  const { id, config: written } = stored;
  const { destination, enabled, settings = {} } = written;
  const asWritten = {
    id,
    destination: String(destination),
    origin: 'dashboard',
    enabled: enabled !== false,
    settings: Object.fromEntries(Object.entries(settings ?? {})),
    secrets: Object.keys(stored.secrets),
    ...(isSimulated(written) && { isSimulated: true }),
  } as const;
  const read = openConnection(stored, sources);
  if ('problems' in read) return { ...asWritten, problem: joinProblems(read.problems) };
  if ('platform' in read) platforms.set(read.connection, read.platform);
  const { secrets = [], fileOnly = [] } = findDestination(read.connection.destination) ?? {};
  const isHidden = (name: string) => secrets.includes(name) || fileOnly.includes(name);
  return {
    ...asWritten,
    settings: Object.fromEntries(Object.entries(read.connection.settings).filter(([name]) => !isHidden(name))),
    connection: read.connection,
  };
}

function openConnection(
  stored: DashboardConnection,
  { findKey, rules }: SiteSources,
): ReturnType<typeof parseStoredConnection | typeof parseConnectionOutline> {
  if (rules.readsSecrets === false) return parseConnectionOutline(stored.config);
  const { opened, lost } = decryptSecrets(stored, findKey);
  return lost.length > 0 ? { problems: lost } : parseStoredConnection(stored.config, opened, rules);
}
