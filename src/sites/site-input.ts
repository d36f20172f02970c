import { z } from 'zod';
import type { ConfigProblem } from '../config/sites.ts';
import { findUnlistedLinks } from '../config/unlisted-links.ts';
import { findDestination } from '../destinations/destinations.ts';
import type { BoundDestination } from '../destinations/kit/destination.ts';
import type { Issue } from '../event/issue.ts';
import type { DashboardConnection, DashboardSite, StoredConfig } from '../storage/ports/dashboard-sites.ts';
import type { FindKey } from './envelope-encryption.ts';
import { decryptSecrets } from './site-secrets.ts';
import { type ConnectionRules, getEndpoints, parseStoredConnection, parseStoredSite } from './stored-sites.ts';
import { findRepeatedTag, restoreUetPath } from './uet-alias.ts';

/** The result of a change that was rejected, with the code of an error. */
export interface ChangeRejection<Code extends string> {
  readonly refused: Code;
  readonly issues?: readonly Issue[];
}

/** Codes of changes of a site that does not exist, or that the config file has. */
export type NotEditable = 'no-such-site' | 'file-made';
export type NotChangeable = NotEditable | 'changed-meanwhile';

/** Input in the format of the config file. */
export type ConfigInput = Readonly<Record<string, unknown>>;

/** The complete input for a connection. Secrets may be missing; they stay unchanged. */
export interface ConnectionInput {
  readonly destination: string;
  /** Absent: unchanged, and true for a new connection. */
  readonly enabled?: boolean | undefined;
  readonly settings: ConfigInput;
}

const writtenSchema = z.record(z.string(), z.json());

/** Validates a site and returns it in its stored form. @param request the members of the request, from which the site was made. */
export function parseSiteInput(
  input: ConfigInput,
  keys: Omit<DashboardSite, 'id' | 'config'>,
  request: ConfigInput,
): DashboardSite | ChangeRejection<'parameter-invalid'> {
  const repeated = findRepeatedTag(request);
  const written = writtenSchema.safeParse(input);
  if (!written.success || repeated.length > 0) return invalidInput(repeated);
  const stored = { ...keys, id: String(written.data.id), config: written.data };
  const read = parseStoredSite(stored);
  if ('site' in read) {
    const unlisted = findUnlistedLinks(read.site, '');
    return unlisted.length > 0 ? invalidInput(unlisted) : stored;
  }
  return invalidInput(read.problems.map(({ path, message }) => ({ path: restoreUetPath(path, request), message })));
}

/** A validated connection with its secrets, not yet encrypted. */
export interface ReadConnection {
  readonly written: StoredConfig;
  readonly secrets: ConfigInput;
  readonly platform: BoundDestination;
}

/** @param before provides the secrets that the input does not have. */
export function parseConnectionInput(
  id: string,
  { destination, enabled = true, settings }: ConnectionInput,
  before: DashboardConnection | undefined,
  { findKey, rules }: { readonly findKey: FindKey; readonly rules: ConnectionRules },
): ReadConnection | ChangeRejection<'parameter-invalid'> {
  const { secrets: secretNames = [] } = findDestination(destination) ?? {};
  const { opened, lost } = before ? decryptSecrets(before, findKey) : { opened: {}, lost: [] };
  const entries = Object.entries(settings);
  const secrets = { ...opened, ...Object.fromEntries(entries.filter(([name]) => secretNames.includes(name))) };
  const forbidden = findForbidden(destination, settings);
  const plain = Object.fromEntries(entries.filter(([name]) => !secretNames.includes(name)));
  const { rules: ownRules } = before?.config ?? {};
  const written = writtenSchema.safeParse({
    id,
    destination,
    enabled,
    settings: plain,
    ...(ownRules !== undefined && { rules: ownRules }),
  });
  if (!written.success || forbidden.length > 0) return invalidInput(forbidden);
  const read = parseStoredConnection(written.data, secrets, rules);
  if ('connection' in read) return { platform: read.platform, written: written.data, secrets };
  return invalidInput(read.problems.map((problem) => lost.find(({ path }) => path === problem.path) ?? problem));
}

/** Completes settings with the stored secrets and the addresses of the config file, without validating them. */
export function completeConnectionInput(
  { destination, settings }: ConnectionInput,
  before: DashboardConnection | undefined,
  { findKey, rules }: { readonly findKey: FindKey; readonly rules: ConnectionRules },
): { readonly settings: ConfigInput } | ChangeRejection<'parameter-invalid'> {
  const forbidden = findForbidden(destination, settings);
  if (forbidden.length > 0) return invalidInput(forbidden);
  const { opened } = before ? decryptSecrets(before, findKey) : { opened: {} };
  return { settings: { ...opened, ...settings, ...getEndpoints(destination, rules) } };
}

function findForbidden(destination: string, settings: ConfigInput): readonly ConfigProblem[] {
  const { fileOnly = [] } = findDestination(destination) ?? {};
  return Object.keys(settings).flatMap((name) => (fileOnly.includes(name) ? [onlyInFile(name)] : []));
}

export function invalidInput(problems: readonly ConfigProblem[]): ChangeRejection<'parameter-invalid'> {
  const issues = problems.map(({ path, message }) => ({ field: path, code: 'parameter-invalid', message }));
  return { refused: 'parameter-invalid', issues };
}

function onlyInFile(name: string): ConfigProblem {
  return { path: `settings.${name}`, message: 'Can be set only in the config file, under `endpoints`. Omit it here.' };
}
