import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually, post, purchase } from '../../gateway.fixture.ts';
import { connection, refuseSome, type Scene, type Stage, site, theRefused, wait } from '../crash-scenario.ts';

/** What an operator asks for: an erasure, a replay, a change of sites. */

const victim = 'victim@example.com';
const victims = ['victim-1', 'victim-2'];

/** A person's events wait, because the platform is down. */
const letVictimsWait = async ({ gateway, vendor }: Stage) => {
  vendor.react = () => ({ status: 503 });
  const user = { email: victim, anonymousId: 'c171a9b06ce011ecafcd1b209be8601b' };
  await post(
    gateway.url,
    victims.map((id) => purchase(id, { user })),
  );
};
const erase = ({ ask }: Stage) => ask('POST /api/sites/:site/erase', { site }, { email: victim, dryRun: false });

/** What was promised is kept without being asked for again: nothing of the person is sent. Asked again, nothing is left of them. */
const backFromErasure = (isNoted: boolean) => async (stage: Stage) => {
  const { vendor, dataDir } = stage;
  const reachedPlatform = () => victims.some((id) => vendor.taken.has(id));
  if (isNoted) {
    vendor.react = undefined;
    await stage.driver.send(stage.gateway.url);
    await eventually(() => [...stage.driver.obligations].every((id) => vendor.taken.has(id)));
  }
  await erase(stage);
  vendor.react = undefined;
  const trace = createHash('sha256').update(victim).digest('hex');
  const filesLeft = () =>
    ['log.db', 'log.db-wal', 'state.db', 'state.db-wal']
      .map((name) => join(dataDir, name))
      .filter((file) => existsSync(file) && readFileSync(file).includes(trace));
  // After a kill a process of its own reads both files through. Meanwhile a write-ahead log cannot be emptied; the first commit afterwards does.
  await eventually(async () => {
    if (filesLeft().length === 0) return true;
    await stage.driver.send(stage.gateway.url);
    return false;
  });
  const files = filesLeft();
  if (reachedPlatform() || files.length > 0)
    throw new Error(`of the erased person: ${[reachedPlatform() ? 'sent' : '', ...files].join(' ')}`);
  return undefined;
};

const erasures: readonly Scene[] = [
  {
    name: 'during erase, before it is noted',
    point: { at: 'before-commit', file: 'state.db', sql: 'INSERT OR IGNORE INTO unfinished_erasures' },
    before: letVictimsWait,
    act: erase,
    back: backFromErasure(false),
  },
  {
    name: 'during erase, once it is noted',
    inPart: true,
    point: { at: 'after-commit', file: 'state.db', sql: 'INSERT OR IGNORE INTO unfinished_erasures' },
    before: letVictimsWait,
    act: erase,
    back: backFromErasure(true),
  },
  {
    name: 'during erase, before the log has redacted',
    point: { at: 'before-commit', file: 'log.db', sql: 'UPDATE records SET bytes = zeroblob' },
    before: letVictimsWait,
    act: erase,
    back: backFromErasure(true),
  },
  {
    name: 'during erase, after the log has redacted',
    point: { at: 'after-commit', file: 'log.db', sql: 'UPDATE records SET bytes = zeroblob' },
    before: letVictimsWait,
    act: erase,
    back: backFromErasure(true),
  },
  {
    name: 'during erase, while the store is written anew',
    point: { at: 'during', file: 'state.db', sql: 'VACUUM' },
    before: letVictimsWait,
    act: erase,
    back: backFromErasure(true),
  },
];

/** Some events are dead letters, and the platform takes them by now. */
const buryAndMend = async (stage: Stage) => {
  await refuseSome(stage);
  await stage.driver.send(stage.gateway.url, 60);
  await theRefused(stage);
  stage.vendor.react = undefined;
};
const replay = ({ ask }: Stage) =>
  ask(
    'POST /api/sites/:site/connections/:connection/replay',
    { site, connection },
    { since: Date.now() - 3_600_000, until: Date.now() + 60_000 },
  );
const replayAgain = async (stage: Stage) => {
  await replay(stage);
  return undefined;
};

const replays: readonly Scene[] = [
  {
    name: 'during replay, before it is noted',
    point: { at: 'before-commit', file: 'state.db', sql: 'INSERT OR REPLACE INTO connections', given: '"replay":' },
    before: buryAndMend,
    act: replay,
    back: replayAgain,
  },
  {
    name: 'during replay, before a page is committed',
    inPart: true,
    point: { at: 'before-commit', file: 'state.db', sql: 'INSERT OR REPLACE INTO deferred_deliveries' },
    before: buryAndMend,
    act: async (stage) => {
      await replay(stage);
      await wait();
    },
  },
  {
    name: 'during replay, after a page is committed',
    point: { at: 'after-commit', file: 'state.db', sql: 'INSERT OR REPLACE INTO deferred_deliveries' },
    before: buryAndMend,
    act: async (stage) => {
      await replay(stage);
      await wait();
    },
  },
];

const madeSite = 'second';
const makeSite = ({ ask }: Stage) => ask('POST /api/sites', {}, { id: madeSite, domains: ['second.example'] });

/** The site is there whole, or not at all; then it is made, and takes events. */
const backWithSite = (isMade: boolean) => async (stage: Stage) => {
  const { ask, gateway } = stage;
  const isThere = (await ask('GET /api/sites', {})).some(({ id }) => id === madeSite);
  if (isThere !== isMade) throw new Error(`the site is ${isThere ? '' : 'not '}there`);
  if (!isMade) await makeSite(stage);
  const { key } = await ask('POST /api/sites/:site/keys', { site: madeSite }, { kind: 'secret' });
  await post(gateway.url, [purchase('of-the-made-site')], key);
  return undefined;
};

const changesOfSites: readonly Scene[] = [
  {
    name: 'during a change of sites, before its commit',
    point: { at: 'before-commit', file: 'state.db', sql: 'INSERT OR REPLACE INTO dashboard_sites' },
    act: makeSite,
    back: backWithSite(false),
  },
  {
    name: 'during a change of sites, after its commit',
    inPart: true,
    point: { at: 'after-commit', file: 'state.db', sql: 'INSERT OR REPLACE INTO dashboard_sites' },
    act: makeSite,
    back: backWithSite(true),
  },
];

export const scenesOfOperators = [...erasures, ...replays, ...changesOfSites];
