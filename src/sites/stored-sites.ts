import { z } from 'zod';
import { connectionSchema, siteSchema } from '../config/schema.ts';
import { bindConnection, type ConfigProblem, toProblems, toSite } from '../config/sites.ts';
import { dashboardUetSchema } from '../config/uet-urls.ts';
import type { BoundDestination } from '../destinations/kit/destination.ts';
import type { Connection, Site } from '../event/site.ts';
import type { DashboardSite, StoredConfig } from '../storage/store/dashboard-sites.ts';
import { dropRefusedValues } from './drop-refused-values.ts';

/** How what was made in the dashboard is read: by the schema of the config file, so that both mean the same and say the same. */

type Problems = { readonly problems: readonly ConfigProblem[] };

const { shape } = siteSchema.shape.webhooks.unwrap();
/** Secrets of any kind are kept apart. */
const writtenSite = siteSchema
  .omit({ secretKeys: true, connections: true })
  .extend({ uet: dashboardUetSchema, webhooks: z.strictObject({ purchaseOn: shape.purchaseOn }).prefault({}) });

/** The site without connections. `secrets`: what its webhooks are signed with, opened. */
export function parseStoredSite(
  { config: written, secretKeys, oldWriteKeys }: DashboardSite,
  secrets: readonly string[] = [],
): { readonly site: Site } | Problems {
  const { success, data, error } = writtenSite.safeParse(written, { reportInput: true });
  if (!success) return { problems: error.issues.flatMap(toProblems) };
  return { site: withKeys({ ...data, webhooks: { ...data.webhooks, secrets: [...secrets] } }, secretKeys, oldWriteKeys) };
}

/** Reads a stored site without the values that an earlier version accepted and this one refuses; `ignored` lists them. */
export function readStoredSite(
  made: DashboardSite,
  secrets: readonly string[],
): { readonly site: Site; readonly ignored: readonly ConfigProblem[] } | Problems {
  const { written, ignored } = dropRefusedValues(made.config);
  const read = parseStoredSite({ ...made, config: written }, secrets);
  return 'problems' in read ? read : { ...read, ignored };
}

/** What can still be read of one that `readSite` finds problems in, so that a person sees what to mend. */
export function parseStoredSiteLeniently({ id, config: stored, secretKeys, oldWriteKeys }: DashboardSite): Site {
  const { written } = dropRefusedValues(stored);
  const fits = (key: string, value: unknown) => writtenShape.get(key)?.safeParse(value).success === true;
  const kept = Object.fromEntries(Object.entries(written).filter(([key, value]) => fits(key, value)));
  const read = writtenSite.parse({ domains: [`${id}.invalid`], writeKey: 'wk_not_readable', ...kept, id });
  const domains = 'domains' in kept ? read.domains : [];
  const writeKey = 'writeKey' in kept ? read.writeKey : '';
  return withKeys({ ...read, domains, writeKey, webhooks: { ...read.webhooks, secrets: [] } }, secretKeys, oldWriteKeys);
}

const writtenShape = new Map(Object.entries(writtenSite.shape));

function withKeys(
  read: Parameters<typeof toSite>[0],
  secretKeys: DashboardSite['secretKeys'],
  oldWriteKeys: DashboardSite['oldWriteKeys'],
): Site {
  const site = toSite(
    read,
    secretKeys.map(({ hash }) => hash),
    [],
  );
  return { ...site, ...(oldWriteKeys.length > 0 && { oldWriteKeys: oldWriteKeys.map(({ key }) => key) }) };
}

/** What a connection's settings are completed and judged by. */
export interface ConnectionRules {
  readonly endpoints: Readonly<Record<string, string>>;
  readonly allowPrivateDestinations: boolean;
}

/** @param secrets the secret settings, opened. */
export function parseStoredConnection(
  written: StoredConfig,
  secrets: Readonly<Record<string, unknown>>,
  { endpoints, allowPrivateDestinations }: ConnectionRules,
): { readonly connection: Connection; readonly platform: BoundDestination } | Problems {
  const { success, data, error } = connectionSchema.safeParse(written, { reportInput: true });
  if (!success) return { problems: error.issues.flatMap(toProblems) };
  const endpoint = Object.hasOwn(endpoints, data.destination) ? endpoints[data.destination] : undefined;
  const settings = { ...data.settings, ...secrets, ...(endpoint !== undefined && { endpoint }) };
  return bindConnection({ ...data, settings }, '', allowPrivateDestinations);
}

/** What somebody changed, put into what was written: null takes a member away, an object is put in member by member. */
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

/** A sentence of what is wrong, for a person who looks at the whole. */
export function joinProblems(problems: readonly ConfigProblem[]): string {
  return problems.map(({ path, message }) => `\`${path}\`: ${message}`).join(' ');
}
