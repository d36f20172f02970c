import type { CallerActivity } from '../activity/activity-recorder.ts';
import type { RouteBody, RouteParams } from './http/route.ts';
import type { RouteKey, Routes } from './routes.ts';

/** Facts that a description needs besides the request. */
export interface ChangeFacts {
  /** The changed paths of what the route watches. */
  readonly changed: { readonly changed: readonly string[]; readonly more?: number };
  /** The id of the account that the route names. */
  readonly account: string;
  readonly result: unknown;
}

/** The entry of a route, or the reason why it has none. */
export interface RouteActivity<K extends RouteKey> {
  /** Why the route records nothing. */
  readonly exempt?: string;
  /** The settings whose changed paths the entry names. */
  readonly watches?: 'site' | 'connection' | 'alerts';
  /** Returns the name of the account that is changed. */
  readonly account?: (params: RouteParams<Routes[K]>, body: RouteBody<Routes[K]>) => string;
  /** Returns the entry. `undefined`: this request changes nothing. */
  readonly describe?: (
    params: RouteParams<Routes[K]>,
    body: RouteBody<Routes[K]>,
    facts: ChangeFacts,
  ) => CallerActivity | undefined;
}

/** The routes that change something, and those whose read is audited. */
export type RecordedRouteKey = Exclude<RouteKey, `GET ${string}`> | 'GET /api/sites/:site/exports/:export';

const readsOnly = 'It changes nothing.';
const inHistory = 'It is in the history of the issue.';

/** The activity of each route that changes something. The type demands a row for a new route. */
export const routeActivity: { readonly [K in RecordedRouteKey]: RouteActivity<K> } = {
  'POST /api/sites': { describe: (_, { id }) => ({ kind: 'site-added', site: id }) },
  'PATCH /api/sites/:site': {
    watches: 'site',
    describe: ({ site }, _, { changed }) => ({ kind: 'site-changed', site, ...changed }),
  },
  'DELETE /api/sites/:site': { describe: ({ site }) => ({ kind: 'site-removed', site }) },
  'POST /api/sites/:site/keys': {
    describe: ({ site }, { kind }) => ({
      kind: 'key-added',
      site,
      key: kind === 'write' || kind === 'secret' ? kind : 'segment',
    }),
  },
  'DELETE /api/sites/:site/keys/:key': {
    describe: ({ site, key }) => ({ kind: 'key-removed', site, key: getKeyKind(key) }),
  },
  'POST /api/sites/:site/keys/:key/trust': { describe: ({ site, key }) => ({ kind: 'key-trusted', site, key }) },
  'POST /api/sites/:site/webhook-secrets': { describe: ({ site }) => ({ kind: 'key-added', site, key: 'webhook' }) },
  'DELETE /api/sites/:site/webhook-secrets/:secret': {
    describe: ({ site }) => ({ kind: 'key-removed', site, key: 'webhook' }),
  },
  'PUT /api/sites/:site/connections/:connection': {
    watches: 'connection',
    describe: ({ site, connection }, { destination }, { changed }) => ({
      kind: 'connection-saved',
      site,
      connection,
      destination,
      ...changed,
    }),
  },
  'DELETE /api/sites/:site/connections/:connection': {
    describe: ({ site, connection }) => ({ kind: 'connection-removed', site, connection }),
  },
  'POST /api/sites/:site/simulator': {
    describe: ({ site }, { destination }) => ({
      kind: 'connection-saved',
      site,
      connection: `${destination}-simulator`,
      destination,
      changed: [],
    }),
  },
  'POST /api/sites/:site/page-sessions': { exempt: readsOnly },
  'POST /api/sites/:site/try-connection': { exempt: readsOnly },
  'POST /api/sites/:site/doctor': { exempt: readsOnly },
  'POST /api/secrets/rotate': { describe: () => ({ kind: 'secrets-rotated' }) },

  'PUT /api/sites/:site/hooks/:hook': {
    watches: 'site',
    describe: ({ site }, _, { changed }) => ({ kind: 'site-changed', site, ...changed }),
  },
  'DELETE /api/sites/:site/hooks/:hook': {
    watches: 'site',
    describe: ({ site }, _, { changed }) => ({ kind: 'site-changed', site, ...changed }),
  },
  'DELETE /api/sites/:site/hooks/:hook/secrets/:secret': {
    describe: ({ site }) => ({ kind: 'key-removed', site, key: 'webhook' }),
  },
  'POST /api/sites/:site/hooks/:hook/preview': { exempt: readsOnly },

  'PUT /api/sites/:site/rules': {
    describe: ({ site }, { connection, rules }) => ({
      kind: 'rules-changed',
      site,
      ...(connection !== undefined && { connection }),
      rules: rules.length,
    }),
  },
  'POST /api/sites/:site/rules/preview': { exempt: readsOnly },

  'POST /api/sites/:site/account-links': { exempt: 'The attempt expires. Saving the connection is recorded.' },
  'POST /api/account-links/finish': { exempt: 'The attempt expires. Saving the connection is recorded.' },
  'PUT /api/account-platforms/:destination/app': {
    describe: ({ destination }) => ({ kind: 'platform-app-saved', destination }),
  },
  'DELETE /api/account-platforms/:destination/app': {
    describe: ({ destination }) => ({ kind: 'platform-app-removed', destination }),
  },
  'POST /api/sites/:site/account-sign-ins': { exempt: 'The attempt expires. The choice of a tag is recorded.' },
  'POST /api/sites/:site/account-links/:link/tags': { exempt: readsOnly },
  'POST /api/sites/:site/account-links/:link/tag': {
    describe: ({ site }, _, { result }) => ({
      kind: 'platform-tag-chosen',
      site,
      destination: readText(result, 'destination'),
    }),
  },
  'POST /api/sites/:site/account-links/:link/account': {
    describe: ({ site }, _, { result }) => ({ kind: 'platform-connected', site, connection: readText(result, 'connection') }),
  },
  'DELETE /api/sites/:site/connections/:connection/account': {
    describe: ({ site, connection }) => ({ kind: 'platform-disconnected', site, connection }),
  },
  'POST /api/sites/:site/connections/:connection/goals/check': { exempt: readsOnly },
  'POST /api/sites/:site/connections/:connection/paid-clicks/check': { exempt: readsOnly },
  'POST /api/sites/:site/connections/:connection/goals': {
    describe: ({ site, connection }, _, { result }) => ({
      kind: 'goals-made',
      site,
      connection,
      count: countMade(result),
    }),
  },

  'PUT /api/sites/:site/connections/:connection/late-purchases': {
    describe: ({ site, connection }, { isOn }, { result }) => {
      const goal = readText(result, 'goalChange');
      return { kind: 'late-purchases-set', site, connection, isOn, goal: goal === 'made' || goal === 'taken' ? goal : 'none' };
    },
  },

  'POST /api/sites/:site/send-test': { exempt: 'The test event is in the list of events.' },
  'POST /api/sites/:site/connections/:connection/replay': {
    describe: ({ site, connection }, { since, until, again = false }) => ({
      kind: 'replay-started',
      site,
      connection,
      ...(since !== undefined && { since }),
      ...(until !== undefined && { until }),
      again,
    }),
  },
  'DELETE /api/sites/:site/connections/:connection/replay': {
    describe: ({ site, connection }) => ({ kind: 'replay-stopped', site, connection }),
  },
  'POST /api/sites/:site/connections/:connection/dead-letters/retry': {
    describe: ({ site, connection }, _, { result }) => ({
      kind: 'dead-letters-retried',
      site,
      connection,
      count: readCount(result, 'events'),
    }),
  },
  'POST /api/sites/:site/connections/:connection/dead-letters/drop': {
    describe: ({ site, connection }, _, { result }) => ({
      kind: 'dead-letters-dropped',
      site,
      connection,
      count: readCount(result, 'events'),
    }),
  },
  'POST /api/sites/:site/connections/:connection/:action': {
    describe: ({ site, connection, action }) => {
      if (action === 'pause') return { kind: 'connection-paused', site, connection };
      // A probe asks the platform, and changes nothing.
      return action === 'resume' ? { kind: 'connection-resumed', site, connection } : undefined;
    },
  },

  'PUT /api/alerts/settings': {
    watches: 'alerts',
    describe: (_params, _body, { changed }) => ({ kind: 'alert-settings-changed', ...changed }),
  },
  'POST /api/alerts/channels/:channel/test': { exempt: 'The test message is in the list of messages.' },
  'PUT /api/sites/:site/connections/:connection/mute': {
    describe: ({ site, connection }, { hours }) => ({
      kind: 'connection-muted',
      site,
      connection,
      ...(hours !== undefined && { hours }),
    }),
  },
  'DELETE /api/sites/:site/connections/:connection/mute': {
    describe: ({ site, connection }) => ({ kind: 'connection-unmuted', site, connection }),
  },

  'POST /api/sites/:site/events/retry': {
    describe: ({ site }, { dryRun }, { result }) =>
      dryRun ? undefined : { kind: 'events-retried', site, count: readCount(result, 'events') },
  },
  'POST /api/sites/:site/imports': { exempt: 'The list of imports has it.' },
  'POST /api/sites/:site/imports/:import/rows': { exempt: 'The list of imports has its progress.' },
  'POST /api/sites/:site/imports/dry-run': { exempt: readsOnly },
  'POST /api/sites/:site/views': { exempt: 'The list of views names who saved each.' },
  'DELETE /api/sites/:site/views/:view': { exempt: 'A view changes no event.' },

  'POST /api/issues/:issue/acknowledge': { exempt: inHistory },
  'POST /api/issues/:issue/snooze': { exempt: inHistory },
  'POST /api/issues/:issue/assign': { exempt: inHistory },
  'POST /api/issues/:issue/open': { exempt: inHistory },

  'POST /api/sites/:site/erase': {
    describe: ({ site }, { dryRun }) => (dryRun ? undefined : { kind: 'person-erased', site }),
  },
  'POST /api/sites/:site/visitors/drop': {
    describe: ({ site }, { dryRun }, { result }) =>
      dryRun ? undefined : { kind: 'profiles-dropped', site, count: readCount(result, 'profiles') },
  },
  'POST /api/sites/:site/export': { describe: ({ site }) => ({ kind: 'person-exported', site }) },
  'GET /api/sites/:site/exports/:export': {
    describe: ({ site, export: file }) => ({ kind: 'export-downloaded', site, export: file }),
  },
  'DELETE /api/sites/:site/exports/:export': {
    describe: ({ site, export: file }) => ({ kind: 'export-removed', site, export: file }),
  },

  'POST /api/accounts': {
    account: (_, { name }) => name,
    describe: (_, { role }, { account }) => ({ kind: 'account-added', account, role }),
  },
  'PATCH /api/accounts/:name': {
    account: ({ name }) => name,
    describe: (_, { role }, { account }) =>
      role === undefined ? { kind: 'account-password-changed', account } : { kind: 'account-role-changed', account, role },
  },
  'DELETE /api/accounts/:name': {
    account: ({ name }) => name,
    describe: (_params, _body, { account }) => ({ kind: 'account-removed', account }),
  },
  'POST /api/invitations': {
    describe: (_, { role }, { result }) => ({ kind: 'invitation-created', role, invitation: readText(result, 'id') }),
  },
  'DELETE /api/invitations/:invitation': {
    describe: ({ invitation }) => ({ kind: 'invitation-revoked', invitation }),
  },

  'POST /api/backup': { describe: () => ({ kind: 'backup-created' }) },
};

function getKeyKind(id: string): 'old-write' | 'segment' | 'secret' {
  if (id.startsWith('wk_')) return 'old-write';
  return id.startsWith('segment-') ? 'segment' : 'secret';
}

function readMember(result: unknown, name: string): unknown {
  return typeof result === 'object' && result !== null ? Object.entries(result).find(([key]) => key === name)?.[1] : undefined;
}

function readCount(result: unknown, name: string): number {
  const count = readMember(result, name);
  return typeof count === 'number' ? count : 0;
}

function countMade(result: unknown): number {
  const made = readMember(result, 'made');
  return Array.isArray(made) ? made.filter((one) => readMember(one, 'failure') === undefined).length : 0;
}

function readText(result: unknown, name: string): string {
  const text = readMember(result, name);
  return typeof text === 'string' ? text : '';
}
