import { join, resolve } from 'node:path';
import { type ParseError, parseTree, printParseErrorCode } from 'jsonc-parser';
import type { z } from 'zod';
import { findDestination } from '../destinations/destinations.ts';
import type { BoundDestination } from '../destinations/kit/destination.ts';
import { type NodeRole, nodeRoles } from '../event/node-role.ts';
import type { Connection, Site } from '../event/site.ts';
import { sha256 } from '../identity/hashing.ts';
import { findUnsafeTransport, safeTransport } from '../net/unsafe-transport.ts';
import { findAlertProblems } from './alert-problems.ts';
import type { AlertsConfig } from './alerts.ts';
import { depthRule, isTooDeep } from './json-depth.ts';
import { lenientFileSchema } from './lenient-schema.ts';
import { keyRule, readKey, type SecretsKey } from './master-key.ts';
import { type ConfigFile, fileSchema } from './schema.ts';
import { findShopifyProblems } from './shopify-schema.ts';
import {
  bindConnection,
  type ConfigProblem,
  explainBlockedEndpoint,
  findRuleConflicts,
  findSharedRuleIds,
  findSharedSecrets,
  toProblems,
  toSite,
  unknownDestinationMessage,
} from './sites.ts';
import { uetRepeatsTag } from './tags.ts';
import { findUnlistedLinks } from './unlisted-links.ts';

/** The config of the gateway: the config file with values of the environment. */
export interface Config {
  /** Absolute. */
  readonly dataDir: string;
  /** The URL of a PostgreSQL database, with its password. Absent: the data is in files of `dataDir`. */
  readonly store?: string;
  readonly roles: readonly NodeRole[];
  readonly durability: ConfigFile['durability'];
  readonly rewriteHour: ConfigFile['rewriteHour'];
  /** `outage`: events go to a spool in `dataDir` while the database is away. */
  readonly spool: 'outage' | 'off';
  readonly collector: ConfigFile['collector'];
  readonly country: {
    readonly mode: ConfigFile['country']['mode'];
    /** Absolute. Empty: the tables of the package. */
    readonly files: readonly string[];
  };
  readonly dashboard: ConfigFile['dashboard'];
  readonly metrics: ConfigFile['metrics'];
  readonly allowPrivateDestinations: boolean;
  readonly retentionDays: ConfigFile['retentionDays'];
  readonly logLevel: ConfigFile['logLevel'];
  /** Absolute. Contains the key that encrypts secrets, unless the environment does. */
  readonly secretsKeyFile: string;
  readonly secretsKeys: EnvironmentKeys;
  /** The endpoints of the dashboard's connections by destination, if they differ from the platform's own. */
  readonly endpoints: ConfigFile['endpoints'];
  readonly sites: readonly Site[];
  readonly platformAccounts?: ConfigFile['platformAccounts'];
  /** Absent: the dashboard has the settings of alerts. */
  readonly alerts?: AlertsConfig;
  /** Returns the destination of a connection, bound to its settings. */
  readonly getPlatform: (connection: Connection) => BoundDestination;
}

/** The keys of the environment that encrypt secrets: the current key, and the key that it replaces. */
export interface EnvironmentKeys {
  readonly present?: SecretsKey;
  readonly old?: SecretsKey;
}

/** Returns the path of the admin socket, by which the CLI reaches a running gateway. */
export function getAdminSocketPath({ dataDir }: Pick<Config, 'dataDir'>): string {
  return join(dataDir, 'admin.sock');
}

/** The kernel limits the length of a Unix socket's path, and thus of the data folder's. */
const maxDataDirBytes = 92;

/** A key file would differ between machines, and the secrets of one could not be read by the others. */
const missingSecretsKey: ConfigProblem = {
  path: 'the environment variable CONVEY_SECRETS_KEY',
  message:
    'Must be set if `store` is: all machines need the same key, so the file `secrets.key` is not used. Set it to the key of that file, or create one with `openssl rand -hex 32`.',
};

const spoolWithoutStore: ConfigProblem = {
  path: 'spool',
  message: 'Needs `store`: without a database, events are always written to `dataDir`. Remove `spool`, or set `store`.',
};

/** Checks the transport to the database, so that a missing key does not hide an unsafe one. */
function findUnsafeStore(store: string | undefined, environment: NodeJS.ProcessEnv): readonly ConfigProblem[] {
  const url = store === undefined ? null : URL.parse(store);
  const fault = url ? findUnsafeTransport(url, environment) : undefined;
  if (fault === undefined) return [];
  const rule =
    fault === 'missing'
      ? 'Must have `sslmode`: without it, password and events would cross the network in clear text'
      : 'Must have `sslmode` once, as `verify-full` or `disable`';
  return [{ path: 'store', message: `${rule}. ${safeTransport}.` }];
}

/** Finds settings that need a shared database. */
function findUnsharedSettings({ store, roles, spool, durability }: z.output<typeof lenientFileSchema>): readonly ConfigProblem[] {
  if (store !== undefined) return [];
  const problems: ConfigProblem[] = [];
  if (nodeRoles.some((role) => !roles.includes(role))) {
    const message = 'Must have all roles unless `store` is set: on SQLite there is no other gateway. Remove it, or set `store`.';
    problems.push({ path: 'roles', message });
  }
  if (spool !== undefined) problems.push(spoolWithoutStore);
  if (durability !== 'checked')
    problems.push({ path: 'durability', message: 'Is only for a database. Remove it, or set `store`.' });
  return problems;
}

/** Tables that the mode leaves unread would seem to work. */
function findUnreadTables({ mode, files }: ConfigFile['country']): readonly ConfigProblem[] {
  if (mode === 'table' || files === undefined) return [];
  return [{ path: 'country.files', message: 'Needs `country.mode` `table`. Set it, or remove `files`.' }];
}

type ReadConfig = { readonly config: Config } | { readonly problems: readonly ConfigProblem[] };

/** Parses the text of a config file. Reports all problems together. No message repeats a value, because values may be secrets. */
export function readConfig(file: string, environment: NodeJS.ProcessEnv, baseDir: string): ReadConfig {
  const text = file.replace(/^\uFEFF/, '');
  if (isTooDeep(text)) return { problems: [{ path: '', message: depthRule }] };
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    const message = `Is not valid JSON: ${locateJsonError(text)}. Check for a missing comma, quote or brace there.`;
    return { problems: [{ path: '', message }] };
  }
  const problems: ConfigProblem[] = [];
  const report = (found: readonly ConfigProblem[]) => problems.push(...withoutRepeats(found, problems));
  const filled = fillPlaceholders(json, environment, '', problems);
  const parsed = fileSchema.safeParse(filled, { reportInput: true });
  if (!parsed.success) report(parsed.error.issues.flatMap(toProblems));

  const outline = lenientFileSchema.parse(filled);
  const dataDir = resolve(baseDir, outline.dataDir);
  report(checkFolderLength(dataDir));
  const secretsKeys = readEnvironmentKeys(environment, problems);
  if (outline.store !== undefined && !secretsKeys.present) problems.push(missingSecretsKey);
  report(findUnsafeStore(outline.store, environment));
  report(findUnsharedSettings(outline));
  const allowPrivateDestinations = outline.allowPrivateDestinations || environment.CONVEY_ALLOW_PRIVATE_DESTINATIONS === '1';
  const platformByConnection = new Map<Connection, BoundDestination>();
  const connections = outline.sites.map((site, index) =>
    site.connections.flatMap((connection, position) => {
      const bound = bindConnection(connection, `sites[${index}].connections[${position}]`, allowPrivateDestinations);
      if ('problems' in bound) {
        report(bound.problems);
        return [];
      }
      platformByConnection.set(bound.connection, bound.platform);
      return [bound.connection];
    }),
  );
  report(
    outline.sites.flatMap(({ uet, tags }, index) =>
      uet !== undefined && tags.microsoft !== undefined ? [{ path: `sites[${index}].uet`, message: uetRepeatsTag }] : [],
    ),
  );
  report(findRepeatedNames(outline.sites));
  report(findBlockedEndpoints(outline.endpoints, allowPrivateDestinations));
  report(findAlertProblems(outline.alerts, 'alerts', allowPrivateDestinations));
  if (!parsed.success) return { problems };

  const sites = parsed.data.sites.map(({ secretKeys, ...site }, index) =>
    toSite(site, secretKeys.map(sha256), connections[index] ?? []),
  );
  report(findUnreadTables(parsed.data.country));
  report(findBlockedApps(parsed.data.platformAccounts, allowPrivateDestinations));
  report(findShopifyProblems(sites));
  for (const [index, site] of sites.entries()) {
    report([...findSharedSecrets(site, `sites[${index}]`), ...findUnlistedLinks(site, `sites[${index}].`)]);
    // The paths name connections by their position.
    if (site.connections.length < (outline.sites[index]?.connections.length ?? 0)) continue;
    report([...findRuleConflicts(site, `sites[${index}]`), ...findSharedRuleIds(site, `sites[${index}]`)]);
  }
  if (problems.length > 0) return { problems };
  const getPlatform = (connection: Connection): BoundDestination => {
    const platform = platformByConnection.get(connection);
    if (!platform) throw new Error(`connection ${connection.id} is not of this config`);
    return platform;
  };
  const { secretsKeyFile, alerts, store, platformAccounts, spool = 'outage', country, ...rest } = parsed.data;
  return {
    config: {
      ...rest,
      ...(alerts && { alerts }),
      ...(platformAccounts && { platformAccounts }),
      ...(store !== undefined && { store }),
      spool: store === undefined ? 'off' : spool,
      country: { mode: country.mode, files: (country.files ?? []).map((file) => resolve(baseDir, file)) },
      dataDir,
      allowPrivateDestinations,
      secretsKeyFile: secretsKeyFile === undefined ? join(dataDir, 'secrets.key') : resolve(baseDir, secretsKeyFile),
      secretsKeys,
      sites,
      getPlatform,
    },
  };
}

/** Describes the position of the first JSON error. Does not quote the text, because it may contain secrets. */
function locateJsonError(file: string): string {
  const errors: ParseError[] = [];
  parseTree(file, errors, { disallowComments: true });
  const [first] = errors;
  const before = file.slice(0, first?.offset ?? file.length).split('\n');
  return `${first ? printParseErrorCode(first.error) : 'an error'} at line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`;
}

/** Replaces `${NAME}` in all texts with values of the environment. */
function fillPlaceholders(value: unknown, environment: NodeJS.ProcessEnv, path: string, problems: ConfigProblem[]): unknown {
  if (typeof value === 'string') {
    return value.replace(/\$\{([A-Za-z_]\w*)\}/g, (placeholder, name: string) => {
      const found = environment[name];
      if (found !== undefined && found !== '') return found;
      problems.push({
        path,
        message: `Refers to the environment variable ${name}, which is not set. Set it, or write the value here.`,
      });
      return placeholder;
    });
  }
  if (Array.isArray(value)) return value.map((one, index) => fillPlaceholders(one, environment, `${path}[${index}]`, problems));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [
      key,
      fillPlaceholders(one, environment, path === '' ? key : `${path}.${key}`, problems),
    ]),
  );
}

/** Removes problems of values that have a problem already, and of their members. */
function withoutRepeats(found: readonly ConfigProblem[], reported: readonly ConfigProblem[]): ConfigProblem[] {
  const paths = reported.map(({ path }) => path);
  return found.filter(
    ({ path }) => !paths.some((before) => path === before || path.startsWith(`${before}.`) || path.startsWith(`${before}[`)),
  );
}

function checkFolderLength(dataDir: string): ConfigProblem[] {
  if (Buffer.byteLength(dataDir) <= maxDataDirBytes) return [];
  const message = `Is too long for the path of the socket inside. Use a path of at most ${maxDataDirBytes} bytes.`;
  return [{ path: 'dataDir', message }];
}

/** Reads the keys of the environment. Problems do not repeat the text, because even a damaged key is secret. */
function readEnvironmentKeys(environment: NodeJS.ProcessEnv, problems: ConfigProblem[]): EnvironmentKeys {
  const readVariable = (name: string) => {
    const text = environment[name] ?? '';
    const key = readKey(text);
    if (text !== '' && !key) problems.push({ path: `the environment variable ${name}`, message: keyRule });
    return key;
  };
  const [present, old] = [readVariable('CONVEY_SECRETS_KEY'), readVariable('CONVEY_SECRETS_KEY_OLD')];
  return { ...(present && { present }), ...(old && { old }) };
}

function findBlockedEndpoints(endpoints: ConfigFile['endpoints'], allowPrivate: boolean): ConfigProblem[] {
  return Object.entries(endpoints).flatMap(([id, endpoint]) => {
    const message = findDestination(id)
      ? allowPrivate
        ? undefined
        : explainBlockedEndpoint(endpoint)
      : unknownDestinationMessage;
    return message === undefined ? [] : [{ path: `endpoints.${id}`, message }];
  });
}

function findBlockedApps(apps: ConfigFile['platformAccounts'], allowPrivate: boolean): ConfigProblem[] {
  return Object.entries(apps ?? {}).flatMap(([id, app]) => {
    const message = app?.endpoint === undefined || allowPrivate ? undefined : explainBlockedEndpoint(app.endpoint);
    return message === undefined ? [] : [{ path: `platformAccounts.${id}.endpoint`, message }];
  });
}

/** Finds repeated ids and keys of sites and connections, which must be unique. */
function findRepeatedNames(sites: z.output<typeof lenientFileSchema>['sites']): ConfigProblem[] {
  return [
    ...findRepeats(sites.map(({ id }, index) => [`sites[${index}].id`, id])),
    ...findRepeats(sites.map(({ writeKey }, index) => [`sites[${index}].writeKey`, writeKey])),
    ...findRepeats(
      sites.flatMap(({ secretKeys }, index) => secretKeys.map((key, at) => [`sites[${index}].secretKeys[${at}]`, key] as const)),
    ),
    ...sites.flatMap(({ connections }, index) =>
      findRepeats(connections.map(({ id }, at) => [`sites[${index}].connections[${at}].id`, id])),
    ),
  ];
}

function findRepeats(named: readonly (readonly [string, string])[]): ConfigProblem[] {
  const seen = new Map<string, string>();
  return named.flatMap(([path, value]) => {
    const first = seen.get(value);
    seen.set(value, first ?? path);
    return first === undefined ? [] : [{ path, message: `Is the same as ${first}. Use a unique value.` }];
  });
}
