import { expect, it } from 'vitest';
import { activityEntrySchema, type NewActivity } from '../activity/activity-entry.ts';
import { activityKinds } from '../activity/activity-kinds.ts';
import { createActivityRecorder } from '../activity/activity-recorder.ts';
import { listRoutes } from './http/route.ts';
import { createRouteRecorder } from './record-routes.ts';
import { type RouteActivity, routeActivity } from './route-activity.ts';
import { type RouteKey, routes } from './routes.ts';

const ada = { id: 'a'.repeat(16), name: 'ada@shop.example' };
const vic = { id: 'b'.repeat(16), name: 'vic@shop.example' };
const rows: { readonly [K in RouteKey]?: RouteActivity<K> } = routeActivity;

/** The kinds that no route of the admin API records, and their place. */
const elsewhere: Readonly<Record<string, string>> = {
  'signed-in': 'the dashboard port',
  'sign-ins-failed': 'the dashboard port',
  'sessions-ended': 'the dashboard port',
  'config-changed': 'the start',
  restored: 'convey restore',
  moved: 'convey migrate',
};

const secret = 'the-secret-value-of-a-setting';
const person = 'jane@customer.example';
/** A request with every member that a route reads, and with values that no entry may have. */
const params = {
  ...{ site: 'shop', connection: 'bing', key: 'wk_old', secret: 'f'.repeat(8), export: 'e'.repeat(16), name: vic.name },
  ...{ destination: 'microsoft', action: 'pause', invitation: 'c'.repeat(16), channel: 'ops' },
};
const body = {
  ...{ id: 'shop', kind: 'secret', secret, destination: 'microsoft', settings: { token: secret }, rules: [{ name: secret }] },
  ...{ email: person, name: vic.name, role: 'viewer', password: secret, label: person, hours: 3, since: 1, until: 2, isOn: true },
};

/** Calls the recorder of a route as the router does. Returns what it recorded. */
async function record(key: RouteKey, change: Readonly<Record<string, unknown>> = {}): Promise<readonly NewActivity[]> {
  const recorded: NewActivity[] = [];
  const recorder = createActivityRecorder({
    activity: { appendActivity: async (entry) => void recorded.push(entry), listAccountIds: async () => [ada, vic] },
    now: () => 1,
    logger: { error: (...of: unknown[]) => expect.unreachable(JSON.stringify(of)) },
  });
  let token = secret;
  const recordRoute = createRouteRecorder({
    recorder,
    activity: { listAccountIds: async () => [ada, vic] },
    readSite: () => ({ id: 'shop', name: token }),
    readConnection: () => ({ id: 'bing', settings: { token } }),
    readAlerts: () => ({ channels: [{ id: 'ops', url: token }] }),
  });
  // The route's schema has made the types; the table reads only these members.
  const note = await recordRoute(key, Object({ ...params, ...change }), Object({ ...body, ...change }), { account: ada.name });
  token = 'another';
  await note({
    id: 'c'.repeat(16),
    destination: 'microsoft',
    connection: 'bing',
    made: [{ event: 'Lead' }],
    events: 2,
    profiles: 4,
    secretKey: secret,
  });
  return recorded;
}

const changing = listRoutes(routes).flatMap(([key, { isAudited }]) => (!key.startsWith('GET ') || isAudited ? [key] : []));

it.each(changing)('%s records an entry, or is exempt for a reason', async (key) => {
  const row = rows[key];
  expect(row, 'add a row to route-activity.ts').toBeDefined();
  const recorded = await record(key);
  if (row?.exempt !== undefined) {
    expect(recorded).toEqual([]);
    expect(row.exempt).toMatch(/\.$/);
    return;
  }
  expect(recorded).toMatchObject([{ actor: ada.id, at: 1 }]);
  expect(recorded.map((entry) => activityEntrySchema.safeParse(entry).success)).toEqual([true]);
  for (const leak of [secret, person, ada.name, vic.name]) expect(JSON.stringify(recorded)).not.toContain(leak);
});

it('each kind has a route or another place that records it', async () => {
  const recorded = await Promise.all([
    ...changing.map((key) => record(key)),
    record('POST /api/sites/:site/connections/:connection/:action', { action: 'resume' }),
    record('PATCH /api/accounts/:name', { role: undefined }),
  ]);
  const kinds = new Set([...recorded.flat().map(({ kind }) => kind), ...Object.keys(elsewhere)]);
  expect(activityKinds.filter((kind) => !kinds.has(kind))).toEqual([]);
});

it('a preview and a probe record nothing, and changed settings are named by their paths', async () => {
  expect(await record('POST /api/sites/:site/erase', { dryRun: true })).toEqual([]);
  expect(await record('POST /api/sites/:site/visitors/drop', { dryRun: true })).toEqual([]);
  expect(await record('POST /api/sites/:site/connections/:connection/:action', { action: 'probe' })).toEqual([]);
  const saved = await record('PUT /api/sites/:site/connections/:connection');
  expect(saved).toMatchObject([{ kind: 'connection-saved', site: 'shop', connection: 'bing', changed: ['settings.token'] }]);
  expect(await record('DELETE /api/accounts/:name')).toMatchObject([{ kind: 'account-removed', account: vic.id }]);
});
