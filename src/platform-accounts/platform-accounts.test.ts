import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { hourMs } from '../event/units.ts';
import { type MicrosoftSimulator, startMicrosoftSimulator } from '../simulators/microsoft/simulator.ts';
import { EmptiedStore } from '../storage/store/sqlite/emptied-store.fixture.ts';
import {
  accept,
  account,
  codeVerifier,
  connectBing,
  createAccountWorld,
  openGrant,
  redirectUrl,
  signIn,
  tagId,
} from './account-world.fixture.ts';
import { parseGoalCheck } from './goal-check.ts';
import { parseLateGoal } from './late/late-goal.ts';

/** Connects accounts at the simulator, whose rules come from the vendor's pages. */

const start = 1_795_514_400_000;

let emptied: EmptiedStore;
let simulator: MicrosoftSimulator;
let now: number;
let ids: number;
beforeAll(async () => {
  emptied = await EmptiedStore.open();
  simulator = await startMicrosoftSimulator({
    port: 0,
    clients: { app: 'app-secret', 'google-app': 'google-secret' },
    now: () => now,
  });
});
afterAll(async () => {
  emptied.close();
  await simulator.close();
});
beforeEach(() => {
  [now, ids] = [start, 0];
  emptied.empty();
  simulator.faults({ mode: 'ok' });
});

const open = (app?: object) => {
  const newId = () => {
    ids += 1;
    return `g-${ids}`;
  };
  return createAccountWorld({ store: emptied.store, endpoint: simulator.url, now: () => now, newId }, app);
};

test('a sign-in gives a grant, whose accounts, tags and token are read', async () => {
  const world = open();
  const { grant, opened } = await openGrant(world);
  expect(grant).toMatchObject({ id: 'g-1', site: 'shop', userName: 'o…@shop.example', revision: 1 });
  const accounts = await opened.listAccounts();
  expect(accounts).toMatchObject({
    value: expect.arrayContaining([
      expect.objectContaining({ ...account, number: 'F1000001', isReadOnly: false }),
      // The agency acts for its client.
      expect.objectContaining({ accountId: '180000004', customerId: '254610999' }),
    ]),
  });
  expect(await opened.listTags(account)).toMatchObject({
    value: expect.arrayContaining([expect.objectContaining({ tagId, isShared: false })]),
  });
  expect(await opened.listTags({ customerId: '254610988', accountId: '180000003' })).toMatchObject({
    value: [expect.objectContaining({ tagId, isShared: true })],
  });
  const settings = await opened.provideSettings(account, tagId);
  expect(settings).toEqual({ value: { tagId, customerId: account.customerId, token: expect.stringMatching(/^[\w-]{36}$/) } });
});

test('a user who signs in with Google is connected, and the refresh token stays', async () => {
  const { apps, accounts } = open({ clientId: undefined, developerToken: undefined });
  expect(await apps.save('microsoft', { clientId: 'app', clientSecret: 'app-secret', developerToken: 'dev' })).toBeUndefined();
  const google = { ...signIn, identityProvider: 'Google' };
  expect(await accounts.prepare(google)).toBeUndefined();
  expect(await apps.save('microsoft', { clientId: 'app', google: { clientId: 'google-app' } })).toBe('google.clientSecret');
  const input = { clientId: 'app', google: { clientId: 'google-app', clientSecret: 'google-secret' } };
  expect(await apps.save('microsoft', input)).toBeUndefined();
  // What is absent stays.
  expect(await apps.save('microsoft', { clientId: 'app' })).toBeUndefined();
  expect(await apps.describe('microsoft')).toMatchObject({ google: { clientId: 'google-app' } });
  const exchange = { redirectUrl, codeVerifier, code: await accept(accounts, 'owner@shop.example', 'Google') };
  const result = await accounts.finish(google, exchange);
  const grant = 'value' in result ? await emptied.store.findGrant(result.value) : undefined;
  if (!grant) throw new Error('no grant');
  expect(grant).toMatchObject({ identityProvider: 'Google', userName: 'o…@shop.example' });
  for (const _ of [1, 2]) {
    now += 2 * hourMs;
    expect(await (await accounts.open(grant))?.listTags(account)).toHaveProperty('value');
  }
  expect(await apps.save('microsoft', { clientId: 'app', google: null })).toBeUndefined();
  now += 2 * hourMs;
  expect(await (await accounts.open(grant))?.listTags(account)).toMatchObject({ failure: { code: 'client-missing' } });
});

test.each([
  ['an app that Microsoft does not know', { clientId: 'other' }, 'AADSTS700016'],
  ['a wrong client secret', { clientSecret: 'wrong' }, 'AADSTS7000215'],
])('%s gives its own code, and no grant', async (_, change, code) => {
  const { accounts } = open();
  const granted = await accept(accounts, 'owner@shop.example');
  const other = open({ clientId: 'app', clientSecret: 'app-secret', developerToken: 'dev', ...change });
  const result = await other.accounts.finish(signIn, { redirectUrl, codeVerifier, code: granted });
  expect(result).toMatchObject({ failure: { code, message: expect.stringMatching(/copy/i) } });
  expect(await other.store.listGrants()).toEqual([]);
});

test('a code that was used, and a verifier of another attempt, give no grant', async () => {
  const { accounts } = open();
  const code = await accept(accounts, 'owner@shop.example');
  const exchange = { redirectUrl, codeVerifier, code };
  expect(await accounts.finish(signIn, { ...exchange, codeVerifier: 'w'.repeat(43) })).toMatchObject({
    failure: { code: 'invalid_grant' },
  });
  const { accounts: again } = open();
  expect(await again.finish(signIn, exchange)).toMatchObject({ failure: { code: 'invalid_grant' } });
});

test('a viewer gets no token, nor does an account without the API', async () => {
  const viewer = await openGrant(open(), 'viewer@shop.example');
  expect(await viewer.opened.listAccounts()).toMatchObject({
    value: expect.arrayContaining([expect.objectContaining({ isReadOnly: true })]),
  });
  expect(await viewer.opened.provideSettings(account, tagId)).toMatchObject({
    failure: { code: expect.stringMatching(/^106/), trackingId: expect.any(String) },
  });
  const { opened } = await openGrant(open());
  expect(await opened.provideSettings(account, '187012347')).toMatchObject({ failure: { code: expect.stringMatching(/^5300/) } });
  simulator.faults({ mode: 'keys-off' });
  expect(await opened.provideSettings(account, tagId)).toMatchObject({ failure: { code: expect.stringMatching(/^204/) } });
  simulator.faults({ mode: 'guide-key' });
  expect(await opened.provideSettings(account, tagId)).toMatchObject({ value: { token: expect.any(String) } });
});

test('goals are checked once a day by one gateway, made after a request, and made once', async () => {
  const world = open();
  await connectBing(world);
  const other = open();
  await Promise.all([world.goalChecks.checkDue(), other.goalChecks.checkDue()]);
  const find = async () => {
    const found = await world.accounts.findGrant('shop', 'bing');
    if (found?.connection === undefined) throw new Error('no grant');
    return { ...found, connection: found.connection };
  };
  expect(JSON.parse((await find()).goalCheck ?? '')).toMatchObject({
    checkedAt: start,
    check: { events: [{ event: 'Search', delivered: 3, countedBy: [], findings: [{ code: 'none' }] }] },
  });
  const made = await world.goalChecks.make(await find(), ['Search', 'Unsent']);
  expect(made).toMatchObject({
    value: { made: [{ event: 'Search' }], result: { check: { events: [{ countedBy: ['Search (Convey)'] }] } } },
  });
  expect(await world.goalChecks.make(await find(), ['Search'])).toMatchObject({ value: { made: [] } });
});

test('the goal of late purchases is made once, rests for two hours, and is taken by name afterwards', async () => {
  const world = open();
  const { grant, opened } = await openGrant(world);
  const owned = { ...grant, account };
  const made = await world.lateGoals.choose(owned);
  expect(made).toEqual({
    value: {
      isMade: true,
      goal: { id: expect.any(String), name: 'Purchase, late (Convey)', isEnhanced: false, readyAt: start + 125 * 60_000 },
    },
  });
  now += hourMs;
  const { lateGoal } = (await world.store.findGrant(grant.id)) ?? {};
  expect(parseLateGoal(lateGoal)).toEqual('value' in made ? made.value.goal : undefined);
  expect(await world.lateGoals.choose(owned)).toMatchObject({
    value: { isMade: false, goal: { name: 'Purchase, late (Convey)', readyAt: now } },
  });
  // Another account of the customer may not have a goal with this name.
  const second = await opened.chooseUploadGoal({ customerId: '254610987', accountId: '180000002' });
  expect(second).toMatchObject({ value: { isMade: true, name: 'Purchase, late (Convey) 2' } });
});

test('a failed check is repeated soon, a refused one later, and neither replaces a newer result', async () => {
  const world = open();
  const grant = await connectBing(world);
  const isDue = async () => (await world.store.listDueGrants(now)).length;
  const down = open({ clientId: 'app', clientSecret: 'app-secret', developerToken: 'dev', endpoint: 'http://127.0.0.1:1' });
  await down.goalChecks.checkDue();
  const read = async () => JSON.parse((await world.store.findGrant(grant.id))?.goalCheck ?? '{}');
  expect(await read()).toMatchObject({ failure: { since: start, isPassing: true } });
  expect(await isDue()).toBe(0);
  now += 5 * 60_000;
  expect(await isDue()).toBe(1);
  await world.goalChecks.checkDue();
  const newer = await read();
  expect(newer).toMatchObject({ checkedAt: now, check: { tagId } });
  expect(newer.failure).toBeUndefined();
  // The grant as a slow round listed it before.
  await down.goalChecks.check(grant);
  expect(await read()).toMatchObject({ checkedAt: now, check: newer.check, failure: {} });
  now += 24 * hourMs - 1;
  const before = await read();
  await world.goalChecks.checkDue(() => true);
  expect(await read()).toEqual(before);
});

test('a result of another tag is hidden', () => {
  const check = { events: [], findings: [], tagId: '1' };
  const text = JSON.stringify({ checkedAt: start, check });
  expect(parseGoalCheck(text, '1')).toEqual({ checkedAt: start, check });
  expect(parseGoalCheck(text, '2')).toEqual({});
});

test('a dead grant keeps the result of the last check, with the reason', async () => {
  const world = open();
  const grant = await connectBing(world);
  await world.goalChecks.check(grant);
  simulator.faults({ mode: 'token-dead' });
  now += 2 * hourMs;
  const stored = await world.store.findGrant(grant.id);
  const result = await world.goalChecks.check({ ...grant, ...stored, connection: 'bing' });
  expect(result).toMatchObject({ checkedAt: start, check: { events: [{}] }, failure: { code: 'AADSTS70000' } });
  expect(await world.store.findGrant(grant.id)).toMatchObject({ dead: { code: 'AADSTS70000', since: now } });
});

test("the config file's app replaces the dashboard's, whose secrets stay if they are not entered again", async () => {
  const { apps, store } = open({});
  expect(await apps.describe('microsoft')).toEqual({ source: 'none' });
  expect(await apps.save('microsoft', { clientId: 'one', clientSecret: 'canary' })).toBe('developerToken');
  expect(
    await apps.save('microsoft', { clientId: 'one', clientSecret: 'canary', developerToken: 'canary-token' }),
  ).toBeUndefined();
  expect(await apps.save('microsoft', { clientId: 'two' })).toBeUndefined();
  expect(await apps.find('microsoft')).toMatchObject({ clientId: 'two', clientSecret: 'canary', developerToken: 'canary-token' });
  expect(JSON.stringify(await store.listPlatformClients())).not.toMatch(/canary/);
  expect(await apps.save('microsoft', { clientId: 'two', clientSecret: '' })).toBeUndefined();
  expect(await apps.describe('microsoft')).toEqual({ source: 'dashboard', clientId: 'two', isPublic: true });
  expect(await open().apps.describe('microsoft')).toEqual({ source: 'file', clientId: 'app', isPublic: false });
});
