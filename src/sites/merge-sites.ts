import { hash } from 'node:crypto';
import { findDestination } from '../destinations/destinations.ts';
import type { BoundDestination } from '../destinations/kit/destination.ts';
import type { Connection, Site } from '../event/site.ts';
import type { DashboardConnection, DashboardSite } from '../storage/store/dashboard-sites.ts';
import type { FindKey } from './envelope-encryption.ts';
import { decryptSecrets, decryptWebhookSecrets } from './site-secrets.ts';
import {
  type ConnectionRules,
  joinProblems,
  parseStoredConnection,
  parseStoredSiteLeniently,
  readStoredSite,
} from './stored-sites.ts';

/** `file`: written in the config file. `dashboard`: made there. */
export type ConfigSource = 'file' | 'dashboard';

/** A connection as it is set. */
export interface ConnectionEntry {
  readonly id: string;
  readonly destination: string;
  readonly origin: ConfigSource;
  readonly enabled: boolean;
  /** Without secrets. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Names of the secret settings that are set. */
  readonly secrets: readonly string[];
  /** What runs; absent where it cannot. */
  readonly connection?: Connection;
  /** Why it does not run, or what else is wrong, and what to do. */
  readonly problem?: string;
}

/** A site as it is set. */
export interface SiteEntry {
  readonly origin: ConfigSource;
  /** As it runs; where it does not run, as far as it can be read. */
  readonly site: Site;
  readonly runs: boolean;
  readonly problem?: string;
  /** What the dashboard keeps of it; beside the file's where both have a site of this id. */
  readonly made?: DashboardSite;
  /** Ids of the secrets of its webhooks that do not open. */
  readonly lostSecrets: readonly string[];
  readonly connections: readonly ConnectionEntry[];
  /** Changes with every change of what the dashboard keeps. */
  readonly revision: string;
}

/** What all of it is made of. */
export interface SiteSources {
  readonly file: { readonly sites: readonly Site[]; readonly platformOf: (connection: Connection) => BoundDestination };
  readonly madeSites: readonly DashboardSite[];
  readonly madeConnections: readonly DashboardConnection[];
  readonly findKey: FindKey;
  readonly rules: ConnectionRules;
}

export interface MergedSites {
  /** The file's first, then by name. */
  readonly entries: readonly SiteEntry[];
  readonly platforms: ReadonlyMap<Connection, BoundDestination>;
}

/** Everything that is set, by the config file and in the dashboard. Where they say different things of one id or key, the file's counts. */
export function mergeSites(sources: SiteSources): MergedSites {
  const { file, madeSites, madeConnections } = sources;
  const platforms = new Map<Connection, BoundDestination>();
  const taken = new Set(file.sites.flatMap(keysOf));
  const entryOf = (
    origin: ConfigSource,
    base: Site,
    made: DashboardSite | undefined,
    problem: string | undefined,
    lostSecrets: readonly string[] = [],
    runs = true,
  ): SiteEntry => {
    const own = madeConnections.filter(({ site }) => site === base.id);
    const ofFile = base.connections.map((connection) => {
      platforms.set(connection, file.platformOf(connection));
      const isShadow = own.some(({ id }) => id === connection.id);
      return { ...fileConnection(connection), ...(isShadow && { problem: connectionShadowed }) };
    });
    const ofDashboard = own
      .filter(({ id }) => !base.connections.some((one) => one.id === id))
      .map((one) => madeConnection(one, sources, platforms));
    const connections = [...ofFile, ...ofDashboard];
    return {
      origin,
      site: { ...base, connections: connections.flatMap(({ connection }) => connection ?? []) },
      runs,
      ...(problem !== undefined && { problem }),
      ...(made && { made }),
      lostSecrets,
      connections,
      revision: revisionOf(made, own),
    };
  };

  const ofFile = file.sites.map((site) => {
    const shadow = madeSites.find(({ id }) => id === site.id);
    return entryOf('file', site, shadow, shadow && siteShadowed);
  });
  const ofDashboard = madeSites
    .filter(({ id }) => !file.sites.some((site) => site.id === id))
    .map((made) => {
      const { opened, lost } = decryptWebhookSecrets(made, sources.findKey);
      const read = readStoredSite(made, opened);
      const site = 'site' in read ? read.site : parseStoredSiteLeniently(made);
      const keys = keysOf(site);
      const whyNotRun =
        'problems' in read ? joinProblems(read.problems) : keys.some((key) => taken.has(key)) ? keyTaken : undefined;
      if (whyNotRun === undefined) for (const key of keys) taken.add(key);
      const ignored = 'ignored' in read && read.ignored.length > 0 ? joinProblems(read.ignored) : undefined;
      return entryOf('dashboard', site, made, whyNotRun ?? ignored, lost, whyNotRun === undefined);
    });
  const byName = ofDashboard.toSorted(({ site: a }, { site: b }) => a.name.localeCompare(b.name) || (a.id < b.id ? -1 : 1));
  return { entries: [...ofFile, ...byName], platforms };
}

/** Whatever an event may name the site with. */
function keysOf({ writeKey, oldWriteKeys = [], secretKeyHashes }: Site): readonly string[] {
  return [writeKey, ...oldWriteKeys, ...secretKeyHashes];
}

function revisionOf(made: DashboardSite | undefined, connections: readonly DashboardConnection[]): string {
  const site = made && [made.config, made.secretKeys, made.oldWriteKeys, made.webhookSecrets];
  const rest = connections.map(({ id, config: written, secrets }) => [id, written, secrets]).toSorted();
  return hash('sha256', JSON.stringify([site, rest])).slice(0, 16);
}

const siteShadowed =
  "The dashboard has a site of this id too, which is left out: the config file's counts. Give one of them another id in the file, or remove this one here to forget what the dashboard has.";
const connectionShadowed =
  "The dashboard has a connection of this id too, which is left out: the config file's counts. Give one of them another id in the file, or remove this one here to forget what the dashboard has.";
const keyTaken =
  'A write key or secret key of it is that of another site, so the site is left out. Take the key out of the config file, or remove it here; where that cannot be, remove this site and make another.';

function fileConnection(connection: Connection): ConnectionEntry {
  const { id, destination, enabled, settings } = connection;
  const secretNames = findDestination(destination)?.secrets ?? [];
  const isSecret = ([name]: readonly [string, unknown]) => secretNames.includes(name);
  return {
    id,
    destination,
    origin: 'file',
    enabled,
    settings: Object.fromEntries(Object.entries(settings).filter((one) => !isSecret(one))),
    secrets: Object.entries(settings)
      .filter(isSecret)
      .map(([name]) => name),
    connection,
  };
}

function madeConnection(
  made: DashboardConnection,
  sources: SiteSources,
  platforms: Map<Connection, BoundDestination>,
): ConnectionEntry {
  const { id, config: written } = made;
  const { destination, enabled, settings = {} } = written;
  const asWritten = {
    id,
    destination: String(destination),
    origin: 'dashboard',
    enabled: enabled !== false,
    settings: Object.fromEntries(Object.entries(settings ?? {})),
    secrets: Object.keys(made.secrets),
  } as const;
  const read = openConnection(made, sources);
  if ('problems' in read) return { ...asWritten, problem: joinProblems(read.problems) };
  platforms.set(read.connection, read.platform);
  const { secrets = [], fileOnly = [] } = findDestination(read.connection.destination) ?? {};
  const isHidden = (name: string) => secrets.includes(name) || fileOnly.includes(name);
  return {
    ...asWritten,
    settings: Object.fromEntries(Object.entries(read.connection.settings).filter(([name]) => !isHidden(name))),
    connection: read.connection,
  };
}

function openConnection(made: DashboardConnection, { findKey, rules }: SiteSources): ReturnType<typeof parseStoredConnection> {
  const { opened, lost } = decryptSecrets(made, findKey);
  return lost.length > 0 ? { problems: lost } : parseStoredConnection(made.config, opened, rules);
}
