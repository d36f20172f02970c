import { z } from 'zod';
import type { ConfigProblem } from '../config/sites.ts';
import { findDestination } from '../destinations/destinations.ts';
import type { BoundDestination } from '../destinations/kit/destination.ts';
import type { Issue } from '../event/issue.ts';
import type { DashboardConnection, DashboardSite, StoredConfig } from '../storage/store/dashboard-sites.ts';
import type { FindKey } from './envelope-encryption.ts';
import { decryptSecrets } from './site-secrets.ts';
import { type ConnectionRules, parseStoredConnection, parseStoredSite } from './stored-sites.ts';

/** Why nothing was changed: the code of an error. */
export interface ChangeRejected<Code extends string> {
  readonly refused: Code;
  readonly issues?: readonly Issue[];
}

/** What somebody gives, in the config file's form. */
export type ConfigInput = Readonly<Record<string, unknown>>;

/** What somebody gives for a connection: the whole of it, but for secrets that stay. */
export interface ConnectionInput {
  readonly destination: string;
  /** Absent: as it is, and true for a new one. */
  readonly enabled?: boolean | undefined;
  readonly settings: ConfigInput;
}

const writtenSchema = z.record(z.string(), z.json());

/** A site as it would be kept. */
export function parseSiteInput(
  given: ConfigInput,
  keys: Omit<DashboardSite, 'id' | 'config'>,
): DashboardSite | ChangeRejected<'parameter-invalid'> {
  const written = writtenSchema.safeParse(given);
  if (!written.success) return invalidInput([]);
  const { secretKeys, oldWriteKeys, webhookSecrets } = keys;
  const made = { secretKeys, oldWriteKeys, webhookSecrets, id: String(written.data.id), config: written.data };
  const read = parseStoredSite(made);
  return 'problems' in read ? invalidInput(read.problems) : made;
}

/** A connection as it would be kept, with the secrets that are not sealed yet. */
export interface ReadConnection {
  readonly written: StoredConfig;
  readonly secrets: ConfigInput;
  readonly platform: BoundDestination;
}

/** @param before whose secrets stand where none are given. */
export function parseConnectionInput(
  id: string,
  { destination, enabled = true, settings }: ConnectionInput,
  before: DashboardConnection | undefined,
  { findKey, rules }: { readonly findKey: FindKey; readonly rules: ConnectionRules },
): ReadConnection | ChangeRejected<'parameter-invalid'> {
  const { secrets: secretNames = [], fileOnly = [] } = findDestination(destination) ?? {};
  const { opened, lost } = before ? decryptSecrets(before, findKey) : { opened: {}, lost: [] };
  const given = Object.entries(settings);
  const secrets = { ...opened, ...Object.fromEntries(given.filter(([name]) => secretNames.includes(name))) };
  const forbidden = given.flatMap(([name]) => (fileOnly.includes(name) ? [onlyInFile(name)] : []));
  const shown = Object.fromEntries(given.filter(([name]) => !secretNames.includes(name)));
  const written = writtenSchema.safeParse({ id, destination, enabled, settings: shown });
  if (!written.success || forbidden.length > 0) return invalidInput(forbidden);
  const read = parseStoredConnection(written.data, secrets, rules);
  if ('connection' in read) return { platform: read.platform, written: written.data, secrets };
  return invalidInput(read.problems.map((problem) => lost.find(({ path }) => path === problem.path) ?? problem));
}

export function invalidInput(problems: readonly ConfigProblem[]): ChangeRejected<'parameter-invalid'> {
  const issues = problems.map(({ path, message }) => ({ field: path, code: 'parameter-invalid', message }));
  return { refused: 'parameter-invalid', issues };
}

function onlyInFile(name: string): ConfigProblem {
  return { path: `settings.${name}`, message: 'Is said only in the config file, under `endpoints`. Leave it out here.' };
}
