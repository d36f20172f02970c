import { join, resolve } from 'node:path';
import { type ParseError, parseTree, printParseErrorCode } from 'jsonc-parser';
import { z } from 'zod';
import { refuseAddress } from './delivery/address-guard.ts';
import { destinations, findDestination } from './destinations/destinations.ts';
import type { Platform } from './destinations/kit/destination.ts';
import { consentPolicies } from './event/consent.ts';
import { type Connection, platforms, type Site } from './event/site.ts';
import { sha256 } from './identity/hash.ts';
import { logLevels } from './telemetry.ts';

/** Everything that the gateway is told at its start: the config file with the environment's values filled in. */
export interface Config {
  /** Absolute. */
  readonly dataDir: string;
  readonly collector: z.output<typeof collectorSchema>;
  readonly dashboard: z.output<typeof dashboardSchema>;
  readonly allowPrivateDestinations: boolean;
  readonly retentionDays: z.output<typeof retentionSchema>;
  readonly logLevel: z.output<typeof logLevelSchema>;
  readonly sites: readonly Site[];
  /** Each connection's destination joined to its settings. */
  readonly platformOf: (connection: Connection) => Platform;
}

/** Where the CLI finds the gateway that runs on a data folder. */
export function adminSocketOf({ dataDir }: Pick<Config, 'dataDir'>): string {
  return join(dataDir, 'admin.sock');
}

/** A Unix socket's path is bounded by the kernel, and so is the folder's. */
const maxDataDirBytes = 92;

/** One thing that is wrong with the file: where, and what to do. */
export interface ConfigProblem {
  /** `sites[0].connections[1].settings.token`; empty for the file as a whole. */
  readonly path: string;
  readonly message: string;
}

const id = z
  .string('Must be text: lower-case letters, digits and hyphens.')
  .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'Must be 1 to 63 lower-case letters, digits and hyphens, and not start with a hyphen.');
const text = (rule: string) => z.string(rule).trim().min(1, rule).max(200, rule);
const host = text('Must be a host name or an address to listen on, such as `127.0.0.1`.');
const port = z
  .int('Must be a whole number from 0 to 65535; 0 takes a free port.')
  .min(0, 'Must be 0 or more.')
  .max(65_535, 'Must be 65535 or less.');
const country = z
  .string('Must be a two-letter country code.')
  .regex(/^[A-Za-z]{2}$/, 'Must be a two-letter country code (ISO 3166-1), such as `US`.')
  .transform((code) => code.toUpperCase());
const currency = z
  .string('Must be a three-letter currency code.')
  .regex(/^[A-Za-z]{3}$/, 'Must be a three-letter currency code (ISO 4217), such as `USD`.')
  .transform((code) => code.toUpperCase());
const domain = z
  .string('Must be a domain name.')
  .toLowerCase()
  .regex(
    /^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/,
    'Must be a domain name without scheme, port or path, such as `shop.example`. It covers its subdomains.',
  );
const cidr = z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()], 'Must be an IP address or a network such as `10.0.0.0/8`.');
const days = (least: number) =>
  z.number('Must be a number of days.').min(least, `Must be at least ${least} days.`).max(3_650, 'Must be at most 3650 days.');

const collectorSchema = z.strictObject({
  host: host.default('0.0.0.0'),
  port: port.default(8080),
  trustedProxies: z.array(cidr, 'Must be a list of addresses and networks.').default([]),
  countryHeader: text('Must be the name of the header that your proxy sets.').toLowerCase().optional(),
  pixelPath: z
    .string('Must be a path.')
    .regex(/^\/[\w./-]{1,100}$/, 'Must be a path such as `/p.js`.')
    .default('/p.js'),
});
const dashboardSchema = z.strictObject({ host: host.default('127.0.0.1'), port: port.default(8081) });
/** Events at least 8 days: deduplication and the platforms' seven days need them. */
const retentionSchema = z.strictObject({
  events: days(8).default(8),
  deadLetters: days(1).default(30),
  facts: days(1).default(400),
});
const logLevelSchema = z.enum(logLevels, `Must be one of ${logLevels.join(', ')}.`);

const connectionSchema = z.strictObject({
  id,
  destination: text(`Must be one of ${destinations.map((one) => one.id).join(', ')}.`),
  enabled: z.boolean('Must be true or false.').default(true),
  settings: z.record(z.string(), z.unknown(), 'Must be an object with the settings of the destination.'),
});
const uetTagId = z
  .union([z.string(), z.int()])
  .transform(String)
  .pipe(z.string().regex(/^[1-9]\d{0,19}$/, 'Must be the UET tag id: digits, not starting with 0.'));
const siteSchema = z.strictObject({
  id,
  name: text('Must be 1 to 200 characters.').optional(),
  domains: z.array(domain, 'Must be a list of domain names.').min(1, 'Must name at least one domain, such as `shop.example`.'),
  platform: z.enum(platforms, `Must be one of ${platforms.join(', ')}.`).default('custom'),
  writeKey: z
    .string('Must be text that starts with `wk_`.')
    .regex(/^wk_[\w-]{8,120}$/, 'Must be `wk_` and 8 to 120 letters, digits, `_` or `-`. It is public.'),
  secretKeys: z
    .array(
      z
        .string('Must be text that starts with `sk_`.')
        .regex(/^sk_[\w-]{16,120}$/, 'Must be `sk_` and 16 to 120 random letters, digits, `_` or `-`.'),
      'Must be a list of keys.',
    )
    .max(20, 'Must be at most 20 keys.')
    .default([]),
  consent: z
    .strictObject({ policy: z.enum(consentPolicies, `Must be one of ${consentPolicies.join(', ')}.`).default('regional') })
    .default({ policy: 'regional' }),
  defaultCountry: country.optional(),
  defaultCurrency: currency.optional(),
  bots: z.enum(['drop', 'send'], 'Must be `drop` (kept, not sent) or `send`.').default('drop'),
  uet: z
    .strictObject({
      mode: z.enum(['off', 'attach', 'load'], 'Must be `off`, `attach` or `load`.').default('off'),
      tagId: uetTagId.optional(),
      script: z.url('Must be the address of the tag script.').default('https://bat.bing.com/bat.js'),
    })
    .refine(({ mode, tagId }) => mode === 'off' || tagId !== undefined, {
      path: ['tagId'],
      error: 'Is needed unless `mode` is `off`: the tag that the page runs.',
    })
    .default({ mode: 'off', script: 'https://bat.bing.com/bat.js' }),
  purchaseHoldSeconds: z
    .union([z.literal('auto'), z.number().min(0).max(900)], 'Must be `auto` or 0 to 900 seconds.')
    .default('auto'),
  connections: z.array(connectionSchema, 'Must be a list of connections.').default([]),
});

/** The config file's shape; `docs/reference/config.md` is checked against it. */
export const fileSchema = z.strictObject({
  dataDir: text('Must be the folder that Convey keeps its data in.').default('./data'),
  collector: collectorSchema.prefault({}),
  dashboard: dashboardSchema.prefault({}),
  allowPrivateDestinations: z.boolean('Must be true or false.').default(false),
  retentionDays: retentionSchema.prefault({}),
  logLevel: logLevelSchema.default('info'),
  sites: z.array(siteSchema, 'Must be a list of sites.').min(1, 'Must hold at least one site.'),
});

type ReadConfig = { readonly config: Config } | { readonly problems: readonly ConfigProblem[] };

/**
 * Reads a config file's text. Pure but for what is handed in; every problem is reported at once, and no message echoes a
 * value, because values may be secrets.
 */
export function readConfig(file: string, environment: NodeJS.ProcessEnv, baseDir: string): ReadConfig {
  const problems: ConfigProblem[] = [];
  let json: unknown;
  try {
    json = JSON.parse(file);
  } catch {
    return {
      problems: [
        { path: '', message: `Is not valid JSON: ${whereNotJson(file)}. Look for a missing comma, quote or brace there.` },
      ],
    };
  }
  const filled = fillIn(json, environment, '', problems);
  const parsed = fileSchema.safeParse(filled);
  if (!parsed.success) return { problems: [...problems, ...withoutRepeats(parsed.error.issues.flatMap(toProblems), problems)] };

  const platformByConnection = new Map<Connection, Platform>();
  const allowPrivateDestinations = parsed.data.allowPrivateDestinations || environment.CONVEY_ALLOW_PRIVATE_DESTINATIONS === '1';
  const sites = parsed.data.sites.map((given, index) => {
    const connections = given.connections.flatMap((connection, position) => {
      const path = `sites[${index}].connections[${position}]`;
      const joined = joinConnection(connection, path, allowPrivateDestinations);
      if ('problems' in joined) {
        problems.push(...withoutRepeats(joined.problems, problems));
        return [];
      }
      platformByConnection.set(joined.connection, joined.platform);
      return [joined.connection];
    });
    return toSite(given, connections);
  });
  problems.push(...repeats(sites.map((site, index) => [`sites[${index}].id`, site.id])));
  problems.push(...repeats(sites.map((site, index) => [`sites[${index}].writeKey`, site.writeKey])));
  problems.push(
    ...repeats(
      sites.flatMap((site, index) =>
        site.secretKeyHashes.map((hash, key) => [`sites[${index}].secretKeys[${key}]`, hash] as const),
      ),
    ),
  );
  for (const [index, site] of parsed.data.sites.entries()) {
    problems.push(
      ...repeats(site.connections.map((connection, position) => [`sites[${index}].connections[${position}].id`, connection.id])),
    );
  }
  const dataDir = resolve(baseDir, parsed.data.dataDir);
  if (Buffer.byteLength(dataDir) > maxDataDirBytes) {
    problems.push({
      path: 'dataDir',
      message: `Is too long a path for the socket inside. Use one of at most ${maxDataDirBytes} bytes.`,
    });
  }
  if (problems.length > 0) return { problems };

  const platformOf = (connection: Connection): Platform => {
    const platform = platformByConnection.get(connection);
    if (!platform) throw new Error(`connection ${connection.id} is not of this config`);
    return platform;
  };
  return { config: { ...parsed.data, dataDir, allowPrivateDestinations, sites, platformOf } };
}

/** The first place where the text stops being JSON; the text itself may hold secrets and is not quoted. */
function whereNotJson(file: string): string {
  const errors: ParseError[] = [];
  parseTree(file, errors, { disallowComments: true });
  const [first] = errors;
  const before = file.slice(0, first?.offset ?? file.length).split('\n');
  return `${first ? printParseErrorCode(first.error) : 'a fault'} at line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`;
}

function toSite(
  { secretKeys, name, defaultCountry, defaultCurrency, uet, ...site }: z.output<typeof siteSchema>,
  connections: readonly Connection[],
): Site {
  const { tagId, ...tag } = uet;
  return {
    ...site,
    name: name ?? site.id,
    secretKeyHashes: secretKeys.map((key) => sha256(key)),
    ...(defaultCountry !== undefined && { defaultCountry }),
    ...(defaultCurrency !== undefined && { defaultCurrency }),
    uet: { ...tag, ...(tagId !== undefined && { tagId }) },
    connections,
  };
}

function joinConnection(
  given: z.output<typeof connectionSchema>,
  path: string,
  allowPrivate: boolean,
): { connection: Connection; platform: Platform } | { problems: ConfigProblem[] } {
  const destination = findDestination(given.destination);
  if (!destination) {
    const known = destinations.map((one) => `\`${one.id}\``).join(', ');
    return {
      problems: [{ path: `${path}.destination`, message: `Is no destination that this Convey knows. Use one of ${known}.` }],
    };
  }
  const joined = destination.connect(given.settings);
  if ('issues' in joined) return { problems: joined.issues.map(({ field, message }) => ({ path: `${path}.${field}`, message })) };
  const { endpoint } = joined.settings;
  const refused = typeof endpoint === 'string' && !allowPrivate ? refuseAddress(endpoint) : undefined;
  if (refused !== undefined) {
    const message = `Is refused: ${refused}. Use a public https address; for the simulator or a network of your own set \`allowPrivateDestinations\` to true.`;
    return { problems: [{ path: `${path}.settings.endpoint`, message }] };
  }
  return { connection: { ...given, settings: joined.settings }, platform: joined.platform };
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

function toProblems(issue: z.core.$ZodIssue): ConfigProblem[] {
  const path = issue.path.reduce<string>(
    (before, key) => (typeof key === 'number' ? `${before}[${key}]` : before === '' ? String(key) : `${before}.${String(key)}`),
    '',
  );
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      path: path === '' ? key : `${path}.${key}`,
      message: 'Is no setting of Convey. Correct its spelling, or remove it.',
    }));
  }
  const missing = issue.code === 'invalid_type' && issue.input === undefined;
  return [{ path, message: missing ? `Is missing. ${issue.message}` : issue.message }];
}

/** A value that the environment did not give is told once, as that. */
function withoutRepeats(found: readonly ConfigProblem[], told: readonly ConfigProblem[]): ConfigProblem[] {
  const paths = new Set(told.map(({ path }) => path));
  return found.filter(({ path }) => !paths.has(path));
}

function repeats(named: readonly (readonly [string, string])[]): ConfigProblem[] {
  const seen = new Map<string, string>();
  return named.flatMap(([path, value]) => {
    const first = seen.get(value);
    seen.set(value, first ?? path);
    return first === undefined ? [] : [{ path, message: `Is the same as ${first}. Each must be its own.` }];
  });
}
