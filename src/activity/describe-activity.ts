import { formatCount } from '../event/format-numbers.ts';
import { formatUtc } from '../event/units.ts';
import { type ActivityEntry, readKnownEntry, type StoredEntry } from './activity-entry.ts';
import type { ActivityKind } from './activity-kinds.ts';

/** Returns the present name of an account, or its id if it has been removed or may not be shown. */
export type NameAccount = (id: string) => string;

type EntryOf<Kind extends ActivityKind> = Extract<ActivityEntry, { readonly kind: Kind }>;
type Describe = { readonly [Kind in ActivityKind]: (entry: EntryOf<Kind>, nameAccount: NameAccount) => string };

const keyNames = {
  write: 'write key',
  secret: 'secret key',
  webhook: 'webhook secret',
  'old-write': 'old write key',
  segment: 'Segment key',
} as const;

const lateGoalTexts = { made: ', and made their goal at the platform', taken: ', with the existing goal', none: '' } as const;

/** The sentences of the entries. Site, connection and actor have columns of their own. */
const descriptions: Describe = {
  'site-added': () => 'Added the site',
  'site-changed': (entry) => `Changed the site's settings${listChanged(entry)}`,
  'site-removed': () => 'Removed the site',
  'connection-saved': ({ destination, ...entry }) => `Saved the connection to ${destination}${listChanged(entry)}`,
  'connection-removed': () => 'Removed the connection',
  'connection-paused': () => 'Paused the connection',
  'connection-resumed': () => 'Resumed the connection',
  'platform-tag-chosen': ({ destination }) => `Fetched the token of a tag of ${destination}`,
  'platform-connected': () => 'Connected an account of the platform for goals alone',
  'platform-disconnected': () => 'Disconnected the account of the platform',
  'platform-app-saved': ({ destination }) => `Saved the app for accounts of ${destination}`,
  'platform-app-removed': ({ destination }) => `Removed the app for accounts of ${destination}`,
  'goals-made': ({ count }) => `Made ${formatCount(count, 'goal')} at the platform`,
  'late-purchases-set': ({ isOn, goal }) => `Turned late purchases ${isOn ? 'on' : 'off'}${lateGoalTexts[goal]}`,
  'key-added': ({ key }) => `Added a ${keyNames[key]}`,
  'key-removed': ({ key }) => `Removed ${key === 'old-write' ? 'an' : 'a'} ${keyNames[key]}`,
  'key-trusted': ({ key }) => `Trusted the secret key ${key} again, which a page had used`,
  'secrets-rotated': () => 'Encrypted all secrets with a new key',
  'account-added': ({ account, role }, nameAccount) => `Added the account ${nameAccount(account)} as ${describeRole(role)}`,
  'account-role-changed': ({ account, role }, nameAccount) => `Made the account ${nameAccount(account)} ${describeRole(role)}`,
  'account-password-changed': ({ account }, nameAccount) => `Changed the password of the account ${nameAccount(account)}`,
  'account-removed': ({ account }, nameAccount) => `Removed the account ${nameAccount(account)}`,
  'invitation-created': ({ role }) => `Invited a person as ${describeRole(role)}`,
  'invitation-revoked': () => 'Revoked an invitation',
  'signed-in': () => 'Signed in',
  'sign-ins-failed': ({ hour, count }) => `${formatCount(count, 'sign-in')} failed in the hour from ${formatUtc(hour)} UTC`,
  'sessions-ended': () => 'Ended all own sessions',
  'rules-changed': ({ rules, connection }) =>
    `Saved ${formatCount(rules, 'rule')} of the ${connection === undefined ? 'site' : 'connection'}`,
  'replay-started': ({ since, until, again }) => {
    const period =
      since === undefined || until === undefined ? 'one event' : `events of ${formatUtc(since)} to ${formatUtc(until)} UTC`;
    return `Started a replay of ${period}${again ? ', also of delivered ones' : ''}`;
  },
  'replay-stopped': () => 'Stopped the replay',
  'dead-letters-retried': ({ count }) => `Retried ${formatCount(count, 'failed event')}`,
  'events-retried': ({ count }) => `Retried ${formatCount(count, 'failed event')} of the event list`,
  'dead-letters-dropped': ({ count }) => `Dropped ${formatCount(count, 'failed event')}`,
  'alert-settings-changed': (entry) => `Changed the settings of alerts${listChanged(entry)}`,
  'connection-muted': ({ hours }) =>
    `Muted the connection's alerts ${hours === undefined ? 'until they are unmuted' : `for ${formatCount(hours, 'hour')}`}`,
  'connection-unmuted': () => "Unmuted the connection's alerts",
  'person-exported': () => 'Exported the data of one person',
  'export-downloaded': () => 'Downloaded an export of one person',
  'export-removed': () => 'Removed an export of one person',
  'person-erased': () => 'Erased the data of one person',
  'profiles-dropped': ({ count }) => `Dropped ${formatCount(count, 'visitor profile')}`,
  'config-changed': (entry) => `Started with a changed config${listChanged(entry)}`,
  'backup-created': () => 'Created a backup',
  restored: ({ madeAt }) => `Restored the backup of ${formatUtc(madeAt)} UTC. Later entries of the earlier chain are lost`,
  moved: () => 'Moved the data folder to PostgreSQL',
};

/** Describes an entry in plain words, for dashboard and command line. */
export function describeActivity(entry: StoredEntry, nameAccount: NameAccount): string {
  const known = readKnownEntry(entry);
  return known ? describeKnown(known.kind, known, nameAccount) : 'A newer version of Convey has recorded this';
}

function describeKnown<Kind extends ActivityKind>(kind: Kind, entry: EntryOf<Kind>, nameAccount: NameAccount): string {
  return descriptions[kind](entry, nameAccount);
}

const shownPaths = 5;

function listChanged({ changed, more = 0 }: { readonly changed: readonly string[]; readonly more?: number | undefined }): string {
  if (changed.length === 0) return '';
  const rest = changed.length - shownPaths + more;
  const shown = changed.slice(0, shownPaths).join(', ');
  return `: ${shown}${rest > 0 ? ` and ${formatCount(rest, 'other')}` : ''}`;
}

function describeRole(role: 'owner' | 'editor' | 'viewer' | 'per-site'): string {
  return role === 'per-site' ? 'a member of single sites' : `${role === 'viewer' ? 'a' : 'an'} ${role} of all sites`;
}
