import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually, post, purchase, startSink } from '../../gateway.fixture.ts';
import {
  type CrashScenario,
  connection,
  rejectSome,
  type ScenarioContext,
  site,
  waitForever,
  waitForRejected,
} from '../crash-scenario.ts';

/** Crash points in the actions of an operator: erasure, replay, change of sites. */

const victim = 'victim@example.com';
const victims = ['victim-1', 'victim-2'];

/** Takes the platform down and sends a person's events, so that they wait. */
const queueVictimEvents = async ({ gateway, vendor }: ScenarioContext) => {
  vendor.react = () => ({ status: 503 });
  const user = { email: victim, anonymousId: 'c171a9b06ce011ecafcd1b209be8601b' };
  await post(
    gateway.url,
    victims.map((id) => purchase(id, { user })),
  );
};
const erase = ({ ask }: ScenarioContext) => ask('POST /api/sites/:site/erase', { site }, { email: victim, dryRun: false });

/**
 * Checks the erasure after the restart. If it was recorded before the kill, the gateway sends no event of the person without a new
 * request. After a second request no file contains the person's data.
 */
const checkErasure = (isRecorded: boolean) => async (context: ScenarioContext) => {
  const { vendor, dataDir } = context;
  const reachedPlatform = () => victims.some((id) => vendor.acceptedEvents.has(id));
  if (isRecorded) {
    vendor.react = undefined;
    await context.driver.send(context.gateway.url);
    await eventually(() => [...context.driver.obligations].every((id) => vendor.acceptedEvents.has(id)));
  }
  await erase(context);
  vendor.react = undefined;
  const trace = createHash('sha256').update(victim).digest('hex');
  const filesLeft = () =>
    ['log.db', 'log.db-wal', 'state.db', 'state.db-wal']
      .map((name) => join(dataDir, name))
      .filter((file) => existsSync(file) && readFileSync(file).includes(trace));
  // After a kill a separate process reads both files, which blocks a WAL reset. The first commit after that resets the WAL.
  await eventually(async () => {
    if (filesLeft().length === 0) return true;
    await context.driver.send(context.gateway.url);
    return false;
  });
  const files = filesLeft();
  if (reachedPlatform() || files.length > 0)
    throw new Error(`data of the erased person: ${[reachedPlatform() ? 'sent' : '', ...files].join(' ')}`);
  return undefined;
};

const erasures: readonly CrashScenario[] = [
  {
    name: 'during erase, before it is recorded',
    point: { at: 'before-commit', file: 'state.db', sql: 'INSERT INTO unfinished_erasures' },
    prepare: queueVictimEvents,
    act: erase,
    afterRestart: checkErasure(false),
  },
  {
    name: 'during erase, once it is recorded',
    inPart: true,
    point: { at: 'after-commit', file: 'state.db', sql: 'INSERT INTO unfinished_erasures' },
    prepare: queueVictimEvents,
    act: erase,
    afterRestart: checkErasure(true),
  },
  {
    name: 'during erase, before the log has redacted',
    point: { at: 'before-commit', file: 'log.db', sql: 'UPDATE records SET bytes = zeroblob' },
    prepare: queueVictimEvents,
    act: erase,
    afterRestart: checkErasure(true),
  },
  {
    name: 'during erase, after the log has redacted',
    point: { at: 'after-commit', file: 'log.db', sql: 'UPDATE records SET bytes = zeroblob' },
    prepare: queueVictimEvents,
    act: erase,
    afterRestart: checkErasure(true),
  },
  {
    name: 'during erase, as the store zeroes unused bytes',
    point: { at: 'during', file: 'state.db', sql: 'auto_vacuum' },
    prepare: queueVictimEvents,
    act: erase,
    afterRestart: checkErasure(true),
  },
];

/** Turns some events into dead letters, then makes the platform accept them. */
const createDeadLetters = async (context: ScenarioContext) => {
  await rejectSome(context);
  await context.driver.send(context.gateway.url, 60);
  await waitForRejected(context);
  context.vendor.react = undefined;
};
const replay = ({ ask }: ScenarioContext) =>
  ask(
    'POST /api/sites/:site/connections/:connection/replay',
    { site, connection },
    { since: Date.now() - 3_600_000, until: Date.now() + 60_000 },
  );
const repeatReplay = async (context: ScenarioContext) => {
  await replay(context);
  return undefined;
};

const replays: readonly CrashScenario[] = [
  {
    name: 'during replay, before it is recorded',
    point: { at: 'before-commit', file: 'state.db', sql: 'INSERT OR REPLACE INTO connections', parameter: '"replay":' },
    prepare: createDeadLetters,
    act: replay,
    afterRestart: repeatReplay,
  },
  {
    name: 'during replay, before a page is committed',
    inPart: true,
    point: { at: 'before-commit', file: 'state.db', sql: 'INSERT OR REPLACE INTO deferred_deliveries' },
    prepare: createDeadLetters,
    act: async (context) => {
      await replay(context);
      await waitForever();
    },
  },
  {
    name: 'during replay, after a page is committed',
    point: { at: 'after-commit', file: 'state.db', sql: 'INSERT OR REPLACE INTO deferred_deliveries' },
    prepare: createDeadLetters,
    act: async (context) => {
      await replay(context);
      await waitForever();
    },
  },
];

const newSite = 'second';
const createSite = ({ ask }: ScenarioContext) => ask('POST /api/sites', {}, { id: newSite, domains: ['second.example'] });

/** Checks that the site exists only if its commit preceded the kill. Creates it otherwise, and sends an event to it. */
const checkSite = (isCommitted: boolean) => async (context: ScenarioContext) => {
  const { ask, gateway } = context;
  const exists = (await ask('GET /api/sites', {})).some(({ id }) => id === newSite);
  if (exists !== isCommitted) throw new Error(`the site ${exists ? 'exists' : 'does not exist'}`);
  if (!isCommitted) await createSite(context);
  const { key } = await ask('POST /api/sites/:site/keys', { site: newSite }, { kind: 'secret' });
  await post(gateway.url, [purchase('event-of-new-site')], key);
  return undefined;
};

const siteChanges: readonly CrashScenario[] = [
  {
    name: 'during a change of sites, before its commit',
    point: { at: 'before-commit', file: 'state.db', sql: 'INSERT INTO dashboard_sites' },
    act: createSite,
    afterRestart: checkSite(false),
  },
  {
    name: 'during a change of sites, after its commit',
    inPart: true,
    point: { at: 'after-commit', file: 'state.db', sql: 'INSERT INTO dashboard_sites' },
    act: createSite,
    afterRestart: checkSite(true),
  },
];

/** The receivers of alerts, by the data folder of their gateway. */
const receivers = new Map<string, Awaited<ReturnType<typeof startSink>>>();

/** Adds an alert channel, and pauses the connection, which the next check of the conditions reports. */
const pauseWithAlert = async ({ ask, dataDir }: ScenarioContext) => {
  const receiver = await startSink();
  receivers.set(dataDir, receiver);
  const secrets = [`whsec_${Buffer.alloc(32).toString('base64')}`];
  const channels = [{ id: 'ops', type: 'webhook', url: receiver.url, secrets }];
  await ask('PUT /api/alerts/settings', {}, { settings: { channels, rules: [{ on: 'paused', threshold: 0 }] } });
  await ask('POST /api/sites/:site/connections/:connection/:action', { site, connection, action: 'pause' });
};

/** Checks that the message that was stored before the kill is sent once, although later checks find the same. */
const checkAlert = async ({ ask, dataDir }: ScenarioContext) => {
  const receiver = receivers.get(dataDir);
  const count = (type: string) => receiver?.requests.filter(({ body }) => body.type === type).length ?? 0;
  await eventually(() => count('alert.began') > 0);
  await ask('POST /api/sites/:site/connections/:connection/:action', { site, connection, action: 'resume' });
  // The end is reported by a later check, and sent after all that the earlier ones stored.
  await eventually(() => count('alert.ended') > 0, 90_000);
  await receiver?.close();
  receivers.delete(dataDir);
  if (count('alert.began') !== 1 || count('alert.ended') !== 1)
    throw new Error(`${count('alert.began')} messages of the beginning, ${count('alert.ended')} of the end`);
  return undefined;
};

const alerts: readonly CrashScenario[] = [
  {
    name: 'between the beginning of an alert and its message',
    point: { at: 'after-commit', file: 'state.db', sql: 'INSERT INTO open_alerts' },
    prepare: pauseWithAlert,
    act: waitForever,
    afterRestart: checkAlert,
  },
];

export const operatorScenarios = [...erasures, ...replays, ...siteChanges, ...alerts];
