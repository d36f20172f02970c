import { z } from 'zod';
import { storedHooksSchema } from '../config/hook-schema.ts';
import { segmentSchema } from '../config/segment-schema.ts';
import { connectionSchema, siteSchema } from '../config/site-schema.ts';
import { bindConnection, type ConfigProblem, isEndpointName, markLate, toProblems, toSite } from '../config/sites.ts';
import { tagSchemas } from '../config/tags.ts';
import { findDestination } from '../destinations/destinations.ts';
import type { BoundDestination } from '../destinations/kit/destination.ts';
import { defaultSegmentSettings } from '../event/segment-settings.ts';
import type { Connection, Site } from '../event/site.ts';
import type { DashboardSite, StoredConfig } from '../storage/ports/dashboard-sites.ts';
import { dropRefusedValues } from './drop-refused-values.ts';

/** Parses stored sites and connections of the dashboard with the schemas of the config file, so that both have the same rules and messages. */

type Problems = { readonly problems: readonly ConfigProblem[] };

/** The schema of a stored site. Secrets are stored separately. */
const writtenSite = z.lazy(() => {
  const { purchaseOn } = siteSchema.shape.webhooks.unwrap().shape;
  return siteSchema.omit({ secretKeys: true, connections: true, uet: true, segment: true, hooks: true, shopify: true }).extend({
    tags: tagSchemas.dashboard,
    webhooks: z.strictObject({ purchaseOn }).prefault({}),
    segment: segmentSchema.omit({ keys: true }).optional(),
    hooks: storedHooksSchema.optional(),
  });
});

/** The decrypted secrets of a site: of its webhooks, and of its hooks by their ids. */
export interface SiteSecrets {
  readonly webhooks: readonly string[];
  readonly hooks: ReadonlyMap<string, readonly string[]>;
}

const noSecrets: SiteSecrets = { webhooks: [], hooks: new Map() };

/** Parses a site without its connections. */
export function parseStoredSite(
  { config: written, ...keys }: DashboardSite,
  secrets = noSecrets,
): { readonly site: Site } | Problems {
  const { success, data, error } = writtenSite.safeParse(written, { reportInput: true });
  if (!success) return { problems: error.issues.flatMap(toProblems) };
  return { site: withKeys(data, secrets, keys) };
}

/** Reads a stored site without the values that an earlier version accepted and this one refuses; `ignored` lists them. */
export function readStoredSite(
  stored: DashboardSite,
  secrets: SiteSecrets,
): { readonly site: Site; readonly ignored: readonly ConfigProblem[] } | Problems {
  const { written, ignored } = dropRefusedValues(stored.config);
  const read = parseStoredSite({ ...stored, config: written }, secrets);
  return 'problems' in read ? read : { ...read, ignored };
}

/** Parses the valid parts of a stored site that has problems, so that the dashboard can show them. */
export function parseStoredSiteLeniently({ id, config: stored, ...keys }: DashboardSite): Site {
  const { written } = dropRefusedValues(stored);
  const shape = new Map(Object.entries(writtenSite.unwrap().shape));
  const fits = (key: string, value: unknown) => shape.get(key)?.safeParse(value).success === true;
  const readable = Object.fromEntries(Object.entries(written).filter(([key, value]) => fits(key, value)));
  const read = writtenSite.parse({ domains: [`${id}.invalid`], writeKey: 'wk_not_readable', ...readable, id });
  const domains = 'domains' in readable ? read.domains : [];
  const writeKey = 'writeKey' in readable ? read.writeKey : '';
  return withKeys({ ...read, domains, writeKey }, noSecrets, keys);
}

function withKeys(
  { segment, webhooks, hooks, ...read }: z.output<typeof writtenSite>,
  secrets: SiteSecrets,
  { secretKeys, oldWriteKeys, segmentKeys = [] }: Pick<DashboardSite, 'secretKeys' | 'oldWriteKeys' | 'segmentKeys'>,
): Site {
  const hashes = secretKeys.map(({ hash }) => hash);
  const withSecrets = {
    ...read,
    webhooks: { ...webhooks, secrets: [...secrets.webhooks] },
    ...(hooks && { hooks: hooks.map((hook) => ({ ...hook, secrets: [...(secrets.hooks.get(hook.id) ?? [])] })) }),
  };
  const site = toSite(withSecrets, hashes, []);
  const hasSegment = segment !== undefined || segmentKeys.length > 0;
  return {
    ...site,
    ...(oldWriteKeys.length > 0 && { oldWriteKeys: oldWriteKeys.map(({ key }) => key) }),
    ...(hasSegment && {
      segment: { ...defaultSegmentSettings, ...segment, keys: segmentKeys.map(({ hash, kind }) => ({ hash, kind })) },
    }),
  };
}

/** The settings of the config file that apply to connections of the dashboard. */
export interface ConnectionRules {
  readonly endpoints: Readonly<Record<string, string>>;
  readonly allowPrivateDestinations: boolean;
  /** Whether the secrets of connections are read, as by default. If not, no connection runs here. */
  readonly readsSecrets?: boolean;
  /** Returns the settings of a connection to the gateway's own simulator of a platform; `undefined` if it does not run. */
  readonly getSimulatorSettings?: (destination: string) => Readonly<Record<string, unknown>> | undefined;
}

/** The mark of a stored connection to the gateway's own simulator. Its settings come from the simulator, and it has no secrets. */
const simulatorSchema = z.lazy(() => connectionSchema.extend({ settings: z.strictObject({}), simulator: z.literal(true) }));

/** Returns whether a stored connection sends to the gateway's own simulator. */
export function isSimulated(written: StoredConfig): boolean {
  return written.simulator === true;
}

function parseSimulatorConnection(
  written: StoredConfig,
  { getSimulatorSettings }: ConnectionRules,
): ReturnType<typeof bindConnection> {
  const { success, data, error } = simulatorSchema.safeParse(written, { reportInput: true });
  if (!success) return { problems: error.issues.flatMap(toProblems) };
  const { simulator: _, ...connection } = data;
  const settings = getSimulatorSettings?.(connection.destination);
  if (settings === undefined) return { problems: [simulatorStopped] };
  // The guard of the sender still refuses every private address but the simulator's.
  const bound = bindConnection({ ...connection, settings }, '', true);
  return 'problems' in bound ? bound : { ...bound, connection: { ...bound.connection, isSimulated: true } };
}

const simulatorStopped: ConfigProblem = {
  path: 'simulator',
  message: 'Does not run. It starts with the gateway: restart the gateway, or remove this connection.',
};

/** Parses a stored connection. @param secrets the decrypted secret settings. */
export function parseStoredConnection(
  written: StoredConfig,
  secrets: Readonly<Record<string, unknown>>,
  rules: ConnectionRules,
): { readonly connection: Connection; readonly platform: BoundDestination } | Problems {
  if (isSimulated(written)) return parseSimulatorConnection(written, rules);
  const { success, data, error } = connectionSchema.safeParse(written, { reportInput: true });
  if (!success) return { problems: error.issues.flatMap(toProblems) };
  const settings = { ...data.settings, ...secrets, ...getEndpoints(data.destination, rules) };
  return bindConnection({ ...data, settings }, '', rules.allowPrivateDestinations);
}

/** Parses a stored connection without its secrets, for a process that runs none. */
export function parseConnectionOutline(written: StoredConfig): { readonly connection: Connection } | Problems {
  const { simulator: _, ...rest } = written;
  const { success, data, error } = connectionSchema.safeParse(rest, { reportInput: true });
  if (!success) return { problems: error.issues.flatMap(toProblems) };
  return { connection: markLate(isSimulated(written) ? { ...data, isSimulated: true } : data) };
}

/** Returns the addresses of a platform that the config file replaces for connections of the dashboard, as settings. */
export function getEndpoints(destination: string, { endpoints }: ConnectionRules): Readonly<Record<string, string>> {
  const url = Object.hasOwn(endpoints, destination) ? endpoints[destination] : undefined;
  if (url === undefined) return {};
  const names = findDestination(destination)?.fileOnly.filter(isEndpointName) ?? [];
  return Object.fromEntries(names.map((name) => [name, url]));
}

/** Applies a merge patch: null removes a member, an object is merged member by member. */
export function applyMergePatch(
  written: StoredConfig,
  changes: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const merged: Record<string, unknown> = { ...written };
  for (const [key, value] of Object.entries(changes)) {
    if (value === null) delete merged[key];
    else if (isPlain(value)) merged[key] = applyMergePatch(isWritten(written[key]) ? written[key] : {}, value);
    else if (value !== undefined) merged[key] = value;
  }
  return merged;
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isWritten(value: StoredConfig[string] | undefined): value is StoredConfig {
  return isPlain(value);
}

/** Joins problems to one message. */
export function joinProblems(problems: readonly ConfigProblem[]): string {
  return problems.map(({ path, message }) => `\`${path}\`: ${message}`).join(' ');
}
