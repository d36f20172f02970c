import type { z } from 'zod';
import { destinations, findDestination } from '../destinations/destinations.ts';
import type { BoundDestination } from '../destinations/kit/destination.ts';
import type { Sha256 } from '../event/event.ts';
import { normalizeEventName, standardEventNames } from '../event/event-names.ts';
import type { SegmentSettings } from '../event/segment-settings.ts';
import type { Connection, Site } from '../event/site.ts';
import { sha256 } from '../identity/hashing.ts';
import { explainBlockedUrl } from '../net/ssrf-guard.ts';
import { findTagConflicts, type ReportingConnection } from '../rules/browser-tags.ts';
import { toCaptureSettings } from './capture-schema.ts';
import type { ConfigFile } from './schema.ts';
import { toShopifyApp } from './shopify-schema.ts';

/** Converts configured sites and connections to running ones, in the same way for the config file and the dashboard. */

/** One problem of a configured value, with its path and the remedy. */
export interface ConfigProblem {
  /** For example `sites[0].connections[1].settings.token`. Empty for the whole file. */
  readonly path: string;
  readonly message: string;
}

/** A site after its schema has parsed it. */
type WrittenSite = Omit<ConfigFile['sites'][number], 'secretKeys' | 'connections'>;

/** Keeps no key, but its hash. */
function toSegmentSettings({ keys, ...settings }: NonNullable<WrittenSite['segment']>): SegmentSettings {
  return { ...settings, keys: keys.map(({ key, kind }) => ({ hash: sha256(key), kind })) };
}

export function toSite(
  {
    name,
    publicUrl,
    defaultCountry,
    defaultCurrency,
    assignee,
    uet,
    tags,
    rules,
    segment,
    hooks,
    capture,
    shopify,
    ...site
  }: WrittenSite,
  secretKeyHashes: readonly Sha256[],
  connections: readonly Connection[],
): Site {
  return {
    ...site,
    name: name ?? site.id,
    secretKeyHashes,
    ...(publicUrl !== undefined && { publicUrl }),
    ...(defaultCountry !== undefined && { defaultCountry }),
    ...(defaultCurrency !== undefined && { defaultCurrency }),
    ...(assignee !== undefined && { assignee }),
    tags: uet === undefined ? tags : { ...tags, microsoft: uet },
    ...(rules && rules.length > 0 && { rules }),
    ...(hooks && hooks.length > 0 && { hooks }),
    ...(segment && { segment: toSegmentSettings(segment) }),
    ...(capture && { capture: toCaptureSettings(capture) }),
    ...(shopify && { shopify: toShopifyApp(shopify) }),
    connections,
  };
}

/** Binds a connection to its destination, or returns its problems, with paths that begin with `path`. */
export function bindConnection(
  written: Connection,
  path: string,
  allowPrivate: boolean,
): { readonly connection: Connection; readonly platform: BoundDestination } | { readonly problems: readonly ConfigProblem[] } {
  const formatPath = (field: string) => (path === '' ? field : `${path}.${field}`);
  const destination = findDestination(written.destination);
  if (!destination) return { problems: [{ path: formatPath('destination'), message: unknownDestinationMessage }] };
  const bound = destination.connect(written.settings);
  const settings = 'issues' in bound ? written.settings : bound.settings;
  const blocked = allowPrivate ? [] : findBlockedEndpoints(settings, formatPath);
  if ('issues' in bound) {
    const problems = bound.issues.map(({ field, message }) => ({ path: formatPath(field), message }));
    const others = blocked.filter(({ path: at }) => problems.every((problem) => problem.path !== at));
    return { problems: [...problems, ...others] };
  }
  if (blocked.length > 0) return { problems: blocked };
  return { connection: markLate({ ...written, settings: bound.settings }), platform: bound.platform };
}

/** Marks a connection that takes late purchases. */
export function markLate(connection: Connection): Connection {
  const { takesLate } = findDestination(connection.destination) ?? {};
  return takesLate?.(connection.settings) ? { ...connection, takesLate: true } : connection;
}

function findBlockedEndpoints(
  settings: Readonly<Record<string, unknown>>,
  formatPath: (field: string) => string,
): readonly ConfigProblem[] {
  return Object.entries(settings).flatMap(([name, value]) => {
    const message = isEndpointName(name) && typeof value === 'string' ? explainBlockedEndpoint(value) : undefined;
    return message === undefined ? [] : [{ path: formatPath(`settings.${name}`), message }];
  });
}

/** Returns whether a setting is an address of the platform: `endpoint`, `tokenEndpoint`, or `url`, which includes the path. */
export function isEndpointName(name: string): boolean {
  return /^(?:url|(?:[a-z]\w*E|e)ndpoint)$/.test(name);
}

export const unknownDestinationMessage = `Is not a known destination. Use one of ${destinations.map((one) => `\`${one.id}\``).join(', ')}.`;

/** Explains why events may not be sent to an endpoint, and what to do. */
export function explainBlockedEndpoint(endpoint: string): string | undefined {
  const reason = explainBlockedUrl(endpoint);
  if (reason === undefined) return undefined;
  return `Is not allowed: ${reason}. Use a public https URL. For the simulator or a private network, set \`allowPrivateDestinations\` to true.`;
}

/** Finds rules of a site and its connections that conflict with the site's browser tags, with paths that begin with `path`. */
export function findRuleConflicts(
  { rules, tags, connections }: Pick<Site, 'rules' | 'tags' | 'connections'>,
  path: string,
): readonly ConfigProblem[] {
  const start = path === '' ? '' : `${path}.`;
  const enabled = connections.filter((one) => one.enabled).map(toReportingConnection);
  return [
    ...findTagConflicts(rules, enabled, tags).map(({ index, field, message }) => ({
      path: `${start}rules[${index}].${field}`,
      message,
    })),
    ...connections.flatMap((connection, position) =>
      findTagConflicts(connection.rules, [toReportingConnection(connection)], tags).map(({ index, field, message }) => ({
        path: `${start}connections[${position}].rules[${index}].${field}`,
        message,
      })),
    ),
  ];
}

/**
 * Finds rules of connections that have the id of a rule of the site, with paths that begin with `path`. Outcomes name rules by their ids.
 */
export function findSharedRuleIds(
  { rules = [], connections }: Pick<Site, 'rules' | 'connections'>,
  path: string,
): readonly ConfigProblem[] {
  return connections.flatMap(({ rules: own = [] }, position) =>
    own.flatMap(({ id }, index) =>
      rules.some((one) => one.id === id)
        ? [{ path: `${path}.connections[${position}].rules[${index}].id`, message: sharedIdMessage }]
        : [],
    ),
  );
}

/** Finds secrets of hooks that the shop's webhooks or another source has too, with paths that begin with `path`. */
export function findSharedSecrets(
  { webhooks, hooks = [] }: Pick<Site, 'webhooks' | 'hooks'>,
  path: string,
): readonly ConfigProblem[] {
  return hooks.flatMap(({ source, secrets }, position) =>
    secrets.flatMap((secret, index) => {
      const isShared =
        webhooks.secrets.includes(secret) || hooks.some((other) => other.source !== source && other.secrets.includes(secret));
      return isShared ? [{ path: `${path}.hooks[${position}].secrets[${index}]`, message: sharedSecretMessage }] : [];
    }),
  );
}

const sharedSecretMessage =
  'Is also a secret of another sender, which could then sign in the name of this one. Use a secret for each sender.';

export const sharedIdMessage = 'Is also the id of a rule of the other list that applies to the connection. Choose another id.';

/**
 * Adds the names under which the platform's browser tag reports events: those of standard events, and those of the setting `eventNames`.
 */
export function toReportingConnection({
  id,
  destination,
  settings: { eventNames = {} },
}: Pick<Connection, 'id' | 'destination'> & { readonly settings: Readonly<Record<string, unknown>> }): ReportingConnection {
  const names = Object.entries(eventNames ?? {}).flatMap(([name, renamed]) => [
    normalizeEventName(name) ?? name,
    String(renamed),
  ]);
  const ofPlatform = Object.values(findDestination(destination)?.eventNames ?? {});
  return { id, destination, reportedNames: [...standardEventNames, ...ofPlatform, ...names] };
}

/** Converts an issue of a schema to problems. */
export function toProblems(issue: z.core.$ZodIssue): readonly ConfigProblem[] {
  const path = issue.path.reduce<string>(
    (before, key) => (typeof key === 'number' ? `${before}[${key}]` : before === '' ? String(key) : `${before}.${String(key)}`),
    '',
  );
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      path: path === '' ? key : `${path}.${key}`,
      message: 'Is not a setting of Convey. Correct the spelling, or remove it.',
    }));
  }
  const message = issue.code === 'invalid_type' && issue.expected === 'object' ? 'Must be an object in braces.' : issue.message;
  const missing = issue.code === 'invalid_type' && issue.input === undefined;
  return [{ path, message: missing ? `Is missing. ${message}` : message }];
}
