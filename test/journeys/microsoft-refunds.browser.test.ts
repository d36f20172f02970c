import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createPacedClock, type PacedClock } from '../../src/clock/paced-clock.fixture.ts';
import { type MicrosoftSimulator, startMicrosoftSimulator } from '../../src/simulators/microsoft/simulator.ts';
import { getSharedBrowser } from '../browser.fixture.ts';
import { createAccount, createDashboardUser, type DashboardUser } from '../dashboard.fixture.ts';
import { eventually, type Folder, makeFolder, post, purchase, tagId } from '../gateway.fixture.ts';
import { type PacedGateway, settleAll, startPacedGateway } from '../paced-gateway.fixture.ts';
import { auditPage } from '../page-audit.fixture.ts';

/** A shop refunds delivered purchases, which Convey changes at Microsoft with the access to the connected account. */

const [hourMs, dayMs] = [3_600_000, 86_400_000];
let folder: Folder;
let clock: PacedClock;
let simulator: MicrosoftSimulator;
let gateway: PacedGateway;
let owner: DashboardUser;
let cookie: Awaited<ReturnType<typeof createAccount>>;

beforeAll(async () => {
  folder = makeFolder();
  clock = createPacedClock(20);
  simulator = await startMicrosoftSimulator({ port: 0, tokens: { [tagId]: 'good-token' }, now: () => clock.now() });
  const settings = { tagId, token: 'good-token', endpoint: simulator.url, adjustGoals: ['purchase'] };
  const file = folder.writeConfig(simulator.url, {
    site: { connections: [{ id: 'bing', destination: 'microsoft', settings }], purchaseHoldSeconds: 0 },
  });
  const app = { clientId: 'app', clientSecret: 'app-secret', developerToken: 'dev', endpoint: simulator.url };
  const config = { ...JSON.parse(readFileSync(file, 'utf8')), platformAccounts: { microsoft: app } };
  writeFileSync(file, JSON.stringify(config));
  gateway = await startPacedGateway(file, clock);
  cookie = await createAccount({ dashboard: { setupUrl: gateway.setupUrl } });
  const { url, dashboardUrl } = gateway;
  owner = await createDashboardUser(await getSharedBrowser(), {
    url,
    siteCount: 1,
    pixelUrl: '',
    dashboard: { url: dashboardUrl },
    stop: async () => {},
  });
  await owner.context.addCookies([cookie]);
});
afterAll(async () => {
  await owner.close();
  await gateway.stop();
  await simulator.close();
  folder.remove();
});

/** Calls the dashboard's API as the owner. */
async function call(method: string, path: string, body?: unknown) {
  const { name, value, url: origin } = cookie;
  const response = await fetch(origin + path, {
    method,
    headers: { origin, 'convey-request': '1', cookie: `${name}=${value}`, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return text === '' ? undefined : JSON.parse(text);
}

/** Signs in on the simulator's page, and uses the account for the connection. */
async function connectAccount(): Promise<void> {
  const { url } = await call('POST', '/api/sites/shop/account-sign-ins', {
    ...{ connection: 'bing', destination: 'microsoft', settings: {} },
  });
  const page = await (await fetch(url)).text();
  const link = /href="([^"]+)">Continue as owner@shop.example/.exec(page)?.[1]?.replaceAll('&amp;', '&') ?? '';
  const { searchParams } = new URL(link);
  const [state, code] = [searchParams.get('state'), searchParams.get('code')];
  const finished = await call('POST', '/api/account-links/finish', { state, code });
  await call('POST', `/api/sites/shop/account-links/${finished.link}/account`, {
    customerId: '254610987',
    accountId: '180000001',
  });
}

const send = async (...events: readonly object[]) => {
  const time = new Date(clock.now()).toISOString();
  await post(
    gateway.url,
    events.map((event) => ({ time, ...event })),
  );
  await settleAll(gateway, clock);
};
const refund = (id: string, orderId: string, value?: number) => ({
  ...{ id, name: value === undefined ? 'OrderCancelled' : 'Refund' },
  commerce: { orderId, ...(value !== undefined && { value, currency: 'USD' }) },
});
const readAdjustments = async (): Promise<readonly Record<string, unknown>[]> =>
  (await (await fetch(`${simulator.url}/journal/adjustments`)).json()).adjustments;
const readEvent = async (event: string) =>
  (await gateway.callApi('GET /api/sites/:site/timelines', { site: 'shop', id: event }))[0]?.connections[0];

test('refunds change the conversion at Microsoft a day after the purchase, and a dead access stops no event', async () => {
  await connectAccount();
  await send(purchase('1001'));
  await send(refund('r-1', '1001', 25.4));
  expect(await readEvent('r-1')).toMatchObject({ outcome: 'awaiting-upload', uploads: [{ goal: 'purchase', state: 'waiting' }] });
  // A session ends after 12 hours without a request.
  for (const hours of [9, 9, 9]) {
    clock.jump(hours * hourMs);
    await call('GET', '/api/sites');
  }
  expect(await eventually(async () => (await readAdjustments()).length === 1)).toBe(true);
  expect(await readAdjustments()).toMatchObject([
    {
      adjustmentType: 'Restate',
      conversionName: 'purchase',
      transactionId: '1001',
      value: 100,
      currency: 'USD',
      outcome: 'Success',
    },
  ]);
  expect(await eventually(async () => (await readEvent('r-1'))?.outcome === 'restated')).toBe(true);
  expect((await readEvent('1001'))?.uploads).toMatchObject([{ state: 'uploaded', trackingId: expect.any(String) }]);

  await send(refund('cancelled-1001', '1001'));
  expect(await eventually(async () => (await readAdjustments()).length === 2)).toBe(true);
  expect((await readAdjustments()).find(({ adjustmentType }) => adjustmentType === 'Retract')).toMatchObject({
    ...{ transactionId: '1001', value: null, outcome: 'Success' },
  });
  expect(await eventually(async () => (await readEvent('cancelled-1001'))?.outcome === 'retracted')).toBe(true);

  const { page } = owner;
  await owner.open('/sites/shop/events/1001');
  await page.getByText(/The conversion of the goal purchase is changed to/).waitFor();
  await page.getByText(/The conversion of the goal purchase is taken back/).waitFor();
  await page.getByText('Tracking ID').first().waitFor();
  expect((await auditPage(page)).violations).toEqual([]);
  await owner.open('/sites/shop/destinations/bing?tab=settings');
  await page.getByText('Refunds and late purchases: 2 sent, 0 waiting, 0 refused.').waitFor();
  expect(owner.pageErrors).toEqual([]);

  // The refresh token ends once the access token has expired.
  simulator.faults({ mode: 'token-dead' });
  await send(purchase('1003'));
  await send(refund('r-2', '1003', 5.4));
  clock.jump(dayMs);
  expect(
    await eventually(async () => JSON.stringify(await gateway.callApi('GET /api/issues', {})).includes('ended the access')),
  ).toBe(true);
  await send(purchase('1004'));
  expect((await readEvent('1004'))?.outcome).toBe('delivered');
  expect((await readEvent('r-2'))?.outcome).toBe('awaiting-upload');
  expect(await readAdjustments()).toHaveLength(2);
  const { account } = await gateway.callApi('GET /api/sites/:site/connections/:connection/account', {
    ...{ site: 'shop', connection: 'bing' },
  });
  expect(account).toMatchObject({ ended: { code: expect.any(String) }, uploads: { sent: 2, waiting: 1, refused: 0 } });
});
