import type { z } from 'zod';
import { destinations, findDestination } from '../destinations/destinations.ts';
import type { BoundDestination } from '../destinations/kit/destination.ts';
import type { Sha256 } from '../event/event.ts';
import type { Connection, Site } from '../event/site.ts';
import { explainBlockedUrl } from '../net/ssrf-guard.ts';
import type { ConfigFile } from './schema.ts';

/** From the written form of a site to the site that runs: the same for the config file and for the dashboard. */

/** One thing that is wrong with what was written: where, and what to do. */
export interface ConfigProblem {
  /** `sites[0].connections[1].settings.token`; empty for the whole. */
  readonly path: string;
  readonly message: string;
}

/** A site as it is written, once its schema has read it. */
type WrittenSite = Omit<ConfigFile['sites'][number], 'secretKeys' | 'connections'>;

export function toSite(
  { name, defaultCountry, defaultCurrency, uet, ...site }: WrittenSite,
  secretKeyHashes: readonly Sha256[],
  connections: readonly Connection[],
): Site {
  const { tagId, ...tag } = uet;
  return {
    ...site,
    name: name ?? site.id,
    secretKeyHashes,
    ...(defaultCountry !== undefined && { defaultCountry }),
    ...(defaultCurrency !== undefined && { defaultCurrency }),
    uet: { ...tag, ...(tagId !== undefined && { tagId }) },
    connections,
  };
}

/** Joins a written connection to its destination, or says what is wrong with it, by paths that begin with `path`. */
export function bindConnection(
  given: Connection,
  path: string,
  allowPrivate: boolean,
): { readonly connection: Connection; readonly platform: BoundDestination } | { readonly problems: readonly ConfigProblem[] } {
  const within = (field: string) => (path === '' ? field : `${path}.${field}`);
  const destination = findDestination(given.destination);
  if (!destination) return { problems: [{ path: within('destination'), message: unknownDestinationMessage }] };
  const joined = destination.connect(given.settings);
  if ('issues' in joined) return { problems: joined.issues.map(({ field, message }) => ({ path: within(field), message })) };
  const { endpoint } = joined.settings;
  const refused = typeof endpoint === 'string' && !allowPrivate ? explainBlockedEndpoint(endpoint) : undefined;
  if (refused !== undefined) return { problems: [{ path: within('settings.endpoint'), message: refused }] };
  return { connection: { ...given, settings: joined.settings }, platform: joined.platform };
}

export const unknownDestinationMessage = `Is no destination that this Convey knows. Use one of ${destinations.map((one) => `\`${one.id}\``).join(', ')}.`;

/** Why events may not go there, and what to do. */
export function explainBlockedEndpoint(endpoint: string): string | undefined {
  const refused = explainBlockedUrl(endpoint);
  if (refused === undefined) return undefined;
  return `Is refused: ${refused}. Use a public https address; for the simulator or a network of your own set \`allowPrivateDestinations\` to true.`;
}

/** What a schema of `config-schema.ts` found wrong. */
export function toProblems(issue: z.core.$ZodIssue): readonly ConfigProblem[] {
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
  const message = issue.code === 'invalid_type' && issue.expected === 'object' ? 'Must be an object in braces.' : issue.message;
  const missing = issue.code === 'invalid_type' && issue.input === undefined;
  return [{ path, message: missing ? `Is missing. ${message}` : message }];
}
