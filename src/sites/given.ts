import { z } from 'zod';
import type { ConfigProblem } from '../config-sites.ts';
import { findDestination } from '../destinations/destinations.ts';
import type { Platform } from '../destinations/kit/destination.ts';
import type { Issue } from '../event/issue.ts';
import type { MadeConnection, MadeSite, Written } from '../store/made.ts';
import type { FindKey } from './sealed.ts';
import { openSecrets } from './secrets.ts';
import { type ConnectionRules, readConnection, readSite } from './written.ts';

/** Why nothing was changed: the code of an error. */
export interface Refused<Code extends string> {
  readonly refused: Code;
  readonly issues?: readonly Issue[];
}

/** What somebody gives, in the config file's form. */
export type Given = Readonly<Record<string, unknown>>;

/** What somebody gives for a connection: the whole of it, but for secrets that stay. */
export interface GivenConnection {
  readonly destination: string;
  /** Absent: as it is, and true for a new one. */
  readonly enabled?: boolean | undefined;
  readonly settings: Given;
}

const writtenSchema = z.record(z.string(), z.json());

/** A site as it would be kept. */
export function readGivenSite(given: Given, keys: Omit<MadeSite, 'id' | 'written'>): MadeSite | Refused<'parameter-invalid'> {
  const written = writtenSchema.safeParse(given);
  if (!written.success) return invalid([]);
  const { secretKeys, oldWriteKeys, webhookSecrets } = keys;
  const made = { secretKeys, oldWriteKeys, webhookSecrets, id: String(written.data.id), written: written.data };
  const read = readSite(made);
  return 'problems' in read ? invalid(read.problems) : made;
}

/** A connection as it would be kept, with the secrets that are not sealed yet. */
export interface ReadConnection {
  readonly written: Written;
  readonly secrets: Given;
  readonly platform: Platform;
}

/** @param before whose secrets stand where none are given. */
export function readGivenConnection(
  id: string,
  { destination, enabled = true, settings }: GivenConnection,
  before: MadeConnection | undefined,
  { findKey, rules }: { readonly findKey: FindKey; readonly rules: ConnectionRules },
): ReadConnection | Refused<'parameter-invalid'> {
  const { secrets: secretNames = [], fileOnly = [] } = findDestination(destination) ?? {};
  const { opened, lost } = before ? openSecrets(before, findKey) : { opened: {}, lost: [] };
  const given = Object.entries(settings);
  const secrets = { ...opened, ...Object.fromEntries(given.filter(([name]) => secretNames.includes(name))) };
  const forbidden = given.flatMap(([name]) => (fileOnly.includes(name) ? [onlyInFile(name)] : []));
  const shown = Object.fromEntries(given.filter(([name]) => !secretNames.includes(name)));
  const written = writtenSchema.safeParse({ id, destination, enabled, settings: shown });
  if (!written.success || forbidden.length > 0) return invalid(forbidden);
  const read = readConnection(written.data, secrets, rules);
  if ('connection' in read) return { platform: read.platform, written: written.data, secrets };
  return invalid(read.problems.map((problem) => lost.find(({ path }) => path === problem.path) ?? problem));
}

export function invalid(problems: readonly ConfigProblem[]): Refused<'parameter-invalid'> {
  const issues = problems.map(({ path, message }) => ({ field: path, code: 'parameter-invalid', message }));
  return { refused: 'parameter-invalid', issues };
}

function onlyInFile(name: string): ConfigProblem {
  return { path: `settings.${name}`, message: 'Is said only in the config file, under `endpoints`. Leave it out here.' };
}
