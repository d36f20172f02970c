import { join, resolve } from 'node:path';
import { type ParseError, parseTree, printParseErrorCode } from 'jsonc-parser';
import type { z } from 'zod';
import { findDestination } from '../destinations/destinations.ts';
import type { BoundDestination } from '../destinations/kit/destination.ts';
import type { Connection, Site } from '../event/site.ts';
import { sha256 } from '../identity/hashing.ts';
import { keyRule, readKey, type SecretsKey } from './master-key.ts';
import { type ConfigFile, fileSchema, lenientFileSchema } from './schema.ts';
import {
  bindConnection,
  type ConfigProblem,
  explainBlockedEndpoint,
  toProblems,
  toSite,
  unknownDestinationMessage,
} from './sites.ts';

/** Everything that the gateway is told at its start: the config file with the environment's values filled in. */
export interface Config {
  /** Absolute. */
  readonly dataDir: string;
  readonly collector: ConfigFile['collector'];
  readonly dashboard: ConfigFile['dashboard'];
  readonly allowPrivateDestinations: boolean;
  readonly retentionDays: ConfigFile['retentionDays'];
  readonly logLevel: ConfigFile['logLevel'];
  /** Absolute. Holds the key for secrets where the environment holds none. */
  readonly secretsKeyFile: string;
  readonly secretsKeys: EnvironmentKeys;
  /** By destination: where connections that were made in the dashboard send, if not to the platform's own address. */
  readonly endpoints: ConfigFile['endpoints'];
  readonly sites: readonly Site[];
  /** Each connection's destination joined to its settings. */
  readonly platformOf: (connection: Connection) => BoundDestination;
}

/** The keys for secrets that the environment holds: that which counts, and that which is being replaced. */
export interface EnvironmentKeys {
  readonly present?: SecretsKey;
  readonly old?: SecretsKey;
}

/** Where the CLI finds the gateway that runs on a data folder. */
export function adminSocketOf({ dataDir }: Pick<Config, 'dataDir'>): string {
  return join(dataDir, 'admin.sock');
}

/** A Unix socket's path is bounded by the kernel, and so is the folder's. */
const maxDataDirBytes = 92;

type ReadConfig = { readonly config: Config } | { readonly problems: readonly ConfigProblem[] };

/**
 * Reads a config file's text. Pure but for what is handed in; every problem is reported at once, and no message echoes a
 * value, because values may be secrets.
 */
export function readConfig(file: string, environment: NodeJS.ProcessEnv, baseDir: string): ReadConfig {
  const text = file.replace(/^\uFEFF/, '');
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    const message = `Is not valid JSON: ${whereNotJson(text)}. Look for a missing comma, quote or brace there.`;
    return { problems: [{ path: '', message }] };
  }
  const problems: ConfigProblem[] = [];
  const tell = (found: readonly ConfigProblem[]) => problems.push(...notYetTold(found, problems));
  const filled = fillIn(json, environment, '', problems);
  const parsed = fileSchema.safeParse(filled, { reportInput: true });
  if (!parsed.success) tell(parsed.error.issues.flatMap(toProblems));

  const outline = lenientFileSchema.parse(filled);
  const dataDir = resolve(baseDir, outline.dataDir);
  tell(tooLongFolder(dataDir));
  const secretsKeys = environmentKeys(environment, problems);
  const allowPrivateDestinations = outline.allowPrivateDestinations || environment.CONVEY_ALLOW_PRIVATE_DESTINATIONS === '1';
  const platformByConnection = new Map<Connection, BoundDestination>();
  const connections = outline.sites.map((site, index) =>
    site.connections.flatMap((given, position) => {
      const joined = bindConnection(given, `sites[${index}].connections[${position}]`, allowPrivateDestinations);
      if ('problems' in joined) {
        tell(joined.problems);
        return [];
      }
      platformByConnection.set(joined.connection, joined.platform);
      return [joined.connection];
    }),
  );
  tell(repeatedNames(outline.sites));
  tell(unusableEndpoints(outline.endpoints, allowPrivateDestinations));
  if (!parsed.success || problems.length > 0) return { problems };

  const sites = parsed.data.sites.map(({ secretKeys, ...site }, index) =>
    toSite(site, secretKeys.map(sha256), connections[index] ?? []),
  );
  const platformOf = (connection: Connection): BoundDestination => {
    const platform = platformByConnection.get(connection);
    if (!platform) throw new Error(`connection ${connection.id} is not of this config`);
    return platform;
  };
  const { secretsKeyFile } = parsed.data;
  return {
    config: {
      ...parsed.data,
      dataDir,
      allowPrivateDestinations,
      secretsKeyFile: secretsKeyFile === undefined ? join(dataDir, 'secrets.key') : resolve(baseDir, secretsKeyFile),
      secretsKeys,
      sites,
      platformOf,
    },
  };
}

/** The first place where the text stops being JSON; the text itself may hold secrets and is not quoted. */
function whereNotJson(file: string): string {
  const errors: ParseError[] = [];
  parseTree(file, errors, { disallowComments: true });
  const [first] = errors;
  const before = file.slice(0, first?.offset ?? file.length).split('\n');
  return `${first ? printParseErrorCode(first.error) : 'a fault'} at line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`;
}

/** `${NAME}` in any text is taken from the environment. */
function fillIn(value: unknown, environment: NodeJS.ProcessEnv, path: string, problems: ConfigProblem[]): unknown {
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
  if (Array.isArray(value)) return value.map((one, index) => fillIn(one, environment, `${path}[${index}]`, problems));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [key, fillIn(one, environment, path === '' ? key : `${path}.${key}`, problems)]),
  );
}

/** Of a value that is wrong one thing is said: nothing beyond it, nor of what it holds. */
function notYetTold(found: readonly ConfigProblem[], told: readonly ConfigProblem[]): ConfigProblem[] {
  const paths = told.map(({ path }) => path);
  return found.filter(
    ({ path }) => !paths.some((before) => path === before || path.startsWith(`${before}.`) || path.startsWith(`${before}[`)),
  );
}

function tooLongFolder(dataDir: string): ConfigProblem[] {
  if (Buffer.byteLength(dataDir) <= maxDataDirBytes) return [];
  const message = `Is too long a path for the socket inside. Use one of at most ${maxDataDirBytes} bytes.`;
  return [{ path: 'dataDir', message }];
}

/** Nothing of the text goes into a problem: it is a key, if a damaged one. */
function environmentKeys(environment: NodeJS.ProcessEnv, problems: ConfigProblem[]): EnvironmentKeys {
  const keyOf = (name: string) => {
    const text = environment[name] ?? '';
    const key = readKey(text);
    if (text !== '' && !key) problems.push({ path: `the environment variable ${name}`, message: keyRule });
    return key;
  };
  const [present, old] = [keyOf('CONVEY_SECRETS_KEY'), keyOf('CONVEY_SECRETS_KEY_OLD')];
  return { ...(present && { present }), ...(old && { old }) };
}

function unusableEndpoints(endpoints: ConfigFile['endpoints'], allowPrivate: boolean): ConfigProblem[] {
  return Object.entries(endpoints).flatMap(([id, endpoint]) => {
    const message = findDestination(id)
      ? allowPrivate
        ? undefined
        : explainBlockedEndpoint(endpoint)
      : unknownDestinationMessage;
    return message === undefined ? [] : [{ path: `endpoints.${id}`, message }];
  });
}

/** Sites, connections and keys are found by these, so each must be its own. */
function repeatedNames(sites: z.output<typeof lenientFileSchema>['sites']): ConfigProblem[] {
  return [
    ...repeats(sites.map(({ id }, index) => [`sites[${index}].id`, id])),
    ...repeats(sites.map(({ writeKey }, index) => [`sites[${index}].writeKey`, writeKey])),
    ...repeats(
      sites.flatMap(({ secretKeys }, index) => secretKeys.map((key, at) => [`sites[${index}].secretKeys[${at}]`, key] as const)),
    ),
    ...sites.flatMap(({ connections }, index) =>
      repeats(connections.map(({ id }, at) => [`sites[${index}].connections[${at}].id`, id])),
    ),
  ];
}

function repeats(named: readonly (readonly [string, string])[]): ConfigProblem[] {
  const seen = new Map<string, string>();
  return named.flatMap(([path, value]) => {
    const first = seen.get(value);
    seen.set(value, first ?? path);
    return first === undefined ? [] : [{ path, message: `Is the same as ${first}. Each must be its own.` }];
  });
}
