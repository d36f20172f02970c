import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { createPacedClock } from '../../src/clock/paced-clock.fixture.ts';
import { dayMs, minuteMs } from '../../src/event/units.ts';
import { type MicrosoftSimulator, startMicrosoftSimulator } from '../../src/simulators/microsoft/simulator.ts';
import { convey } from '../cli.fixture.ts';
import { eventually, makeFolder, post, purchase, tagId } from '../gateway.fixture.ts';
import { openDashboard, signInAtMicrosoft } from '../microsoft-account.fixture.ts';
import { type PacedGateway, startPacedGateway } from '../paced-gateway.fixture.ts';

/** A shop reports a sale weeks later, and Microsoft gets it as an offline conversion. */

const cleanups: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanups.splice(0).reverse()) await cleanUp();
});

const click = 'c'.repeat(32);

async function start() {
  const folder = makeFolder();
  cleanups.push(() => folder.remove());
  const clock = createPacedClock();
  const simulator = await startMicrosoftSimulator({
    port: 0,
    tokens: { [tagId]: 'good-token' },
    clients: { app: 'app-secret' },
    now: () => clock.now(),
  });
  cleanups.push(() => simulator.close());
  const microsoft = { tagId, token: 'good-token', endpoint: simulator.url, latePurchases: 'on' };
  const meta = { datasetId: '1234567890', token: 'a-token', endpoint: 'http://127.0.0.1:1' };
  const file = folder.writeConfig(simulator.url, {
    site: {
      consent: { policy: 'granted' },
      purchaseHoldSeconds: 0,
      connections: [
        { id: 'bing', destination: 'microsoft', settings: microsoft },
        { id: 'meta', destination: 'meta', settings: meta },
      ],
    },
  });
  const config = JSON.parse(readFileSync(file, 'utf8'));
  const app = { endpoint: simulator.url, clientId: 'app', clientSecret: 'app-secret', developerToken: 'dev' };
  writeFileSync(file, JSON.stringify({ ...config, platformAccounts: { microsoft: app } }));
  const gateway = await startPacedGateway(file, clock);
  cleanups.push(() => gateway.stop());
  return { file, folder, clock, simulator, gateway };
}

/** Connects the account as the owner. Returns how to call the API. */
async function connectAccount(gateway: PacedGateway) {
  const call = await openDashboard(gateway);
  await signInAtMicrosoft(call);
  return call;
}

const readOffline = async ({ url }: MicrosoftSimulator) => Object(await (await fetch(`${url}/journal/offline`)).json()).offline;

test('a purchase of 20 days ago is uploaded, and other connections skip it as too old on arrival', async () => {
  const { file, clock, simulator, gateway } = await start();
  const call = await connectAccount(gateway);
  const path = '/api/sites/shop/connections/bing/late-purchases';
  expect(await call('GET', path)).toMatchObject({ state: 'no-goal' });
  const tooEarly = purchase('early', { time: new Date(clock.now() - 20 * dayMs).toISOString() });
  const refused = { rejected: [{ id: 'early', issues: [{ code: 'late-account-missing' }] }] };
  expect(await post(gateway.url, [tooEarly])).toMatchObject(refused);
  expect(await call('PUT', path, { isOn: true })).toMatchObject({
    state: 'resting',
    goalChange: 'made',
    goal: { name: 'Purchase, late (Convey)', isEnhanced: false },
  });

  const sold = new Date(clock.now() - 20 * dayMs).toISOString();
  const user = { anonymousId: 'b171a9b06ce011ecafcd1b209be8601b', email: 'ann@shop.example' };
  const late = (id: string, more: object = {}) => purchase(id, { time: sold, user, clickIds: { msclkid: click }, ...more });
  const denied = { consent: { adStorage: 'denied', source: 'server', explicit: true } };
  const accepted = await post(gateway.url, [
    late('old-1'),
    late('old-denied', { ...denied, user: { email: 'eve@shop.example' } }),
    late('old-tag', { page: { browserTag: 'ran' } }),
    late('old-hash', { clickIds: {}, user: { email: 'bob@shop.example' } }),
  ]);
  expect(accepted).toMatchObject({ accepted: 4, rejected: [] });
  const readOutcome = async (id: string) => {
    const [found] = await call('GET', `/api/sites/shop/timelines?id=${id}`);
    const find = (one: string) => found?.connections.find(({ connection }: { connection: string }) => connection === one);
    return { bing: find('bing'), meta: find('meta') };
  };
  expect(await eventually(async () => (await readOutcome('old-hash')).bing?.outcome === 'too-old-on-arrival')).toBe(true);
  expect(await eventually(async () => (await readOutcome('old-1')).meta?.outcome === 'too-old-on-arrival')).toBe(true);
  expect(await readOutcome('old-1')).toMatchObject({
    bing: { outcome: 'too-old-on-arrival', says: expect.stringMatching(/^Waits to be uploaded/) },
    meta: { outcome: 'too-old-on-arrival' },
  });

  clock.jump(120 * minuteMs);
  clock.pace(60);
  await clock.pass(2 * minuteMs);
  expect(await readOffline(simulator)).toEqual([]);
  expect(await eventually(async () => (await readOffline(simulator)).length > 0)).toBe(true);
  expect(await readOffline(simulator)).toEqual([
    expect.objectContaining({ conversionName: 'Purchase, late (Convey)', value: 125.4, currency: 'USD' }),
  ]);
  expect(
    await eventually(async () =>
      /^Uploaded to the goal “Purchase, late \(Convey\)”/.test((await readOutcome('old-1')).bing.says),
    ),
  ).toBe(true);
  const uploaded = await readOutcome('old-1');
  expect(uploaded.bing.says).toContain('does not say whether it attributes');
  expect((await readOutcome('old-denied')).bing.issues).toMatchObject([
    { code: 'not-uploaded', message: expect.stringContaining('denied') },
  ]);
  expect((await readOutcome('old-tag')).bing.issues).toMatchObject([{ code: 'not-uploaded' }]);
  expect((await readOutcome('old-hash')).bing.says).toContain('no click id');
  expect((await convey('event', 'old-1', '--config', file)).stdout).toContain('Uploaded to the goal');
  // Nothing failed, and no order is missing.
  const [bing, meta] = await call('GET', '/api/connections');
  expect([bing.deadLetters, meta.deadLetters]).toEqual([0, 0]);

  clock.jump(dayMs);
  await clock.pass(2 * minuteMs);
  const readLate = () =>
    gateway.callApi('GET /api/sites/:site/connections/:connection/late-purchases', { site: 'shop', connection: 'bing' });
  expect(await eventually(async () => (await readLate()).report?.unattributed === 1)).toBe(true);
  expect(await readLate()).toMatchObject({
    state: 'ready',
    report: { attributed: 0, reasons: [{ reason: 'NoMatchingClickFound', purchases: 1 }] },
  });
  const shown = (await convey('microsoft', 'late', '--config', file)).stdout;
  expect(shown).toContain('0 attributed to a click, 1 to none');
  expect(shown).toMatch(/NoMatchingClickFound: The shopper clicked no ad/);

  // A refund changes the uploaded purchase by its name, time and click id.
  const refund = (id: string, commerce: object) => ({
    id,
    name: 'Refund',
    commerce: { orderId: 'old-1', ...commerce },
  });
  await post(gateway.url, [refund('refund-1', { value: 25.4, currency: 'USD' })]);
  const readRefund = async (id: string) => {
    const [found] = await gateway.callApi('GET /api/sites/:site/timelines', { site: 'shop', id });
    return found?.connections.find(({ connection }) => connection === 'bing');
  };
  await clock.pass(2 * minuteMs);
  expect(await eventually(async () => (await readRefund('refund-1'))?.outcome === 'restated')).toBe(true);
  expect(await readOffline(simulator)).toMatchObject([
    { kind: 'conversion', value: 100, isRetracted: false },
    { kind: 'adjustment', adjustmentType: 'Restate', value: 100, currency: 'USD', outcome: 'Success' },
  ]);
  expect((await readRefund('refund-1'))?.uploads).toMatchObject([
    { state: 'uploaded', goal: 'Purchase, late (Convey)', says: expect.stringContaining('is changed to') },
  ]);
  await post(gateway.url, [refund('refund-2', {})]);
  await clock.pass(2 * minuteMs);
  expect(await eventually(async () => (await readRefund('refund-2'))?.outcome === 'retracted')).toBe(true);
  expect(await readOffline(simulator)).toMatchObject([
    { isRetracted: true },
    {},
    { adjustmentType: 'Retract', outcome: 'Success' },
  ]);
  expect((await convey('event', 'refund-2', '--config', file)).stdout).toContain('is taken back');

  // Without the account nobody can send them, so they are rejected again.
  await gateway.callApi('DELETE /api/sites/:site/connections/:connection/account', { site: 'shop', connection: 'bing' });
  expect(await post(gateway.url, [tooEarly])).toMatchObject(refused);
});

test('a late purchase waits for the access to the account, says for how long, and is uploaded once it is renewed', async () => {
  const { clock, simulator, gateway } = await start();
  const call = await connectAccount(gateway);
  await call('PUT', '/api/sites/shop/connections/bing/late-purchases', { isOn: true });
  const readIssue = async () => {
    const issues = await gateway.callApi('GET /api/issues', {});
    return issues.find(({ title }) => title.includes('ended the access'));
  };
  // The access token lives for an hour.
  simulator.faults({ mode: 'token-dead' });
  const user = { anonymousId: 'b171a9b06ce011ecafcd1b209be8601b', email: 'ann@shop.example' };
  const sold = new Date(clock.now() - 20 * dayMs).toISOString();
  await post(gateway.url, [purchase('old-1', { time: sold, user, clickIds: { msclkid: click }, page: { browserTag: 'none' } })]);
  clock.jump(130 * minuteMs);
  expect(await eventually(async () => ((await readIssue())?.events ?? 0) > 0)).toBe(true);
  expect(await readIssue()).toMatchObject({
    events: 1,
    money: [{ amount: 125.4, currency: 'USD' }],
    sentence: expect.stringMatching(/1 late purchase waits to be uploaded.* The platform takes the oldest for 69 days more\.$/),
  });
  // Others are accepted meanwhile, and wait too.
  const another = purchase('old-2', { time: sold, user, clickIds: { msclkid: click }, page: { browserTag: 'none' } });
  expect(await post(gateway.url, [another])).toMatchObject({ accepted: 1, rejected: [] });
  const readBing = async (id: string) =>
    (await gateway.callApi('GET /api/sites/:site/timelines', { site: 'shop', id }))[0]?.connections[0];
  const waits =
    /^Waits for the access to the account, and is uploaded once it is renewed\. .* The platform takes it for 69 days more\./;
  expect(await eventually(async () => waits.test((await readBing('old-2'))?.says ?? ''))).toBe(true);
  expect((await readBing('old-1'))?.says).toMatch(waits);
  // The setting is on already.
  expect((await readBing('old-1'))?.says).not.toContain('Turn on');
  const readSent = async () => (await readBing('old-2'))?.steps.find(({ step }) => step === 'sent')?.state;
  expect(await readSent()).toBe('waiting');
  expect(await readOffline(simulator)).toEqual([]);

  simulator.faults({ mode: 'ok' });
  await signInAtMicrosoft(call);
  clock.pace(60);
  expect(await eventually(async () => (await readOffline(simulator)).length === 2)).toBe(true);
  expect(await eventually(async () => /^Uploaded to the goal/.test((await readBing('old-2'))?.says ?? ''))).toBe(true);
  expect(await readSent()).toBe('done');
  expect((await readBing('old-2'))?.checks).toContainEqual(
    expect.objectContaining({ title: 'Microsoft has the upload of the purchase', answer: 'yes' }),
  );
  expect(await readIssue()).toBeUndefined();
});

test("Microsoft's template of 20 days ago is imported, uploaded once, and skipped by Meta as too old on arrival", async () => {
  const { file, folder, clock, simulator, gateway } = await start();
  const call = await connectAccount(gateway);
  await call('PUT', '/api/sites/shop/connections/bing/late-purchases', { isOn: true });
  const sold = new Date(clock.now() - 20 * dayMs).toISOString().slice(0, 19).replace('T', ' ');
  const template = join(folder.dir, 'offline.csv');
  const lines = [
    'Parameters:TimeZone=+0000;,,,,',
    '# Fill in one conversion a line,,,,',
    'Microsoft Click ID,Conversion Name,Conversion Time,Conversion Value,Conversion Currency',
    `${click},Offline sale,${sold},125.4,USD`,
    `${click},Offline sale,${sold},125.4,USD`,
    `${'d'.repeat(32)},Offline sale,${sold},9.95,USD`,
  ];
  writeFileSync(template, `\ufeff${lines.join('\r\n')}\r\n`);
  const args = ['import', template, '--event', 'Purchase', '--config', file];
  const checked = await convey(...args, '--dry-run');
  expect(checked.stdout).toContain('bing: 2 rows would be uploaded to the connected account.');
  expect(checked.stdout).toContain('meta: 2 rows would be skipped as too-old-on-arrival.');
  const imported = await convey(...args);
  expect(imported).toMatchObject({ code: 0, stdout: '2 rows accepted, 1 repeated, 0 refused.\n' });
  expect(imported.stderr).toContain("3 rows in Microsoft's template.");

  const { events } = await call('GET', '/api/sites/shop/events');
  expect(events).toHaveLength(2);
  const readOutcomes = async () => {
    const found = await Promise.all(events.map(({ id }: { id: string }) => call('GET', `/api/sites/shop/timelines?id=${id}`)));
    return found.flat().flatMap(({ connections }) => connections.map(({ outcome }: { outcome: string }) => outcome));
  };
  expect(await eventually(async () => (await readOutcomes()).every((one) => one === 'too-old-on-arrival'))).toBe(true);
  clock.jump(120 * minuteMs);
  clock.pace(60);
  await clock.pass(2 * minuteMs);
  expect(await eventually(async () => (await readOffline(simulator)).length >= 2)).toBe(true);
  expect((await convey(...args)).stdout).toMatch(/Nothing was sent/);
  const uploads: { value: number }[] = await readOffline(simulator);
  expect(uploads.map(({ value }) => value).toSorted((one, other) => one - other)).toEqual([9.95, 125.4]);
});
