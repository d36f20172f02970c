import { z } from 'zod';
import { type ActivityKind, systemActors } from './activity-kinds.ts';

/**
 * One entry of the activity: the change, its time, and the actor. Names no person and has no value of a setting: an actor is an account's id,
 * a changed setting is its path. A reader ignores members that it does not know.
 */

/** The random id of an account, which says nothing about its name. */
const accountId = z.string().regex(/^[0-9a-f]{16}$/);
const path = z.string().max(200);
const short = z.string().max(200);
const count = z.int().nonnegative();

/** The most paths that an entry names. */
export const maxChangedPaths = 50;
const changed = z.array(path).max(maxChangedPaths).readonly();
/** The number of further paths. */
const more = count.optional();

const common = { at: z.int(), actor: z.union([z.enum(systemActors), accountId]) };
const site = short;
const ofConnection = { site, connection: short };

const define = <const Kind extends ActivityKind, Shape extends z.ZodRawShape>(kind: Kind, shape: Shape) =>
  z.strictObject({ kind: z.literal(kind), ...common, ...shape });

const keyKind = z.enum(['write', 'secret', 'webhook', 'old-write', 'segment']);
const role = z.enum(['owner', 'editor', 'viewer', 'per-site']);

export const activityEntrySchema = z.discriminatedUnion('kind', [
  define('site-added', { site }),
  define('site-changed', { site, changed, more }),
  define('site-removed', { site }),
  define('connection-saved', { ...ofConnection, destination: short, changed, more }),
  define('connection-removed', ofConnection),
  define('connection-paused', ofConnection),
  define('connection-resumed', ofConnection),
  define('platform-tag-chosen', { site, destination: short }),
  define('platform-connected', ofConnection),
  define('platform-disconnected', ofConnection),
  define('platform-app-saved', { destination: short }),
  define('platform-app-removed', { destination: short }),
  define('goals-made', { ...ofConnection, count }),
  /** `goal`: the goal that counts the uploads. */
  define('late-purchases-set', { ...ofConnection, isOn: z.boolean(), goal: z.enum(['made', 'taken', 'none']) }),
  define('key-added', { site, key: keyKind }),
  define('key-removed', { site, key: keyKind }),
  /** `key`: the first digits of its hash. */
  define('key-trusted', { site, key: short }),
  define('secrets-rotated', {}),
  define('account-added', { account: accountId, role }),
  define('account-role-changed', { account: accountId, role }),
  define('account-password-changed', { account: accountId }),
  define('account-removed', { account: accountId }),
  define('invitation-created', { role, invitation: short }),
  define('invitation-revoked', { invitation: short }),
  define('signed-in', {}),
  /** The failures of an hour. */
  define('sign-ins-failed', { hour: z.int(), count }),
  define('sessions-ended', {}),
  define('rules-changed', { site, connection: short.optional(), rules: count }),
  define('replay-started', { ...ofConnection, since: z.int().optional(), until: z.int().optional(), again: z.boolean() }),
  define('replay-stopped', ofConnection),
  define('dead-letters-retried', { ...ofConnection, count }),
  define('events-retried', { site, count }),
  define('dead-letters-dropped', { ...ofConnection, count }),
  define('alert-settings-changed', { changed, more }),
  define('connection-muted', { ...ofConnection, hours: count.optional() }),
  define('connection-unmuted', ofConnection),
  define('person-exported', { site }),
  define('export-downloaded', { site, export: short }),
  define('export-removed', { site, export: short }),
  define('person-erased', { site }),
  define('profiles-dropped', { site, count }),
  define('config-changed', { site: site.optional(), digest: z.string().regex(/^[0-9a-f]{16}$/), changed, more }),
  define('backup-created', {}),
  define('restored', { madeAt: z.int() }),
  define('moved', {}),
]);

export type ActivityEntry = z.output<typeof activityEntrySchema>;
/** An entry before its time is known. */
export type NewActivity = DistributiveOmit<ActivityEntry, 'at'>;
type DistributiveOmit<T, Key extends PropertyKey> = T extends unknown ? Omit<T, Key> : never;

/** The members by which any stored entry can be shown, also that of a newer version. */
const anyEntrySchema = z.looseObject({
  kind: z.string(),
  at: z.int(),
  actor: z.string(),
  site: z.string().optional(),
  connection: z.string().optional(),
});
export type StoredEntry = z.output<typeof anyEntrySchema>;

/** Parses a stored entry. Returns `undefined` if it was changed to something else. */
export function parseStoredEntry(text: string): StoredEntry | undefined {
  try {
    return anyEntrySchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** Returns the entry in the form of this version. `undefined` if a newer version has recorded it. */
export function readKnownEntry(entry: StoredEntry): ActivityEntry | undefined {
  return activityEntrySchema.safeParse(entry).data;
}
