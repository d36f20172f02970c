import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { createPacedClock } from '../../src/clock/paced-clock.fixture.ts';
import { processingReasons } from '../../src/destinations/google-ads/processing-reasons.ts';
import { type GoogleAdsSimulator, startGoogleAdsSimulator } from '../../src/simulators/google-ads/simulator.ts';
import { eventually, makeFolder, post } from '../gateway.fixture.ts';
import { type PacedGateway, startPacedGateway } from '../paced-gateway.fixture.ts';

/** Google's verdicts arrive 30 minutes after its answers. Until then no event counts as delivered. */

const account = 'convey@shop-project.example';
const { privateKey, publicKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
});
const [minuteMs, hourMs] = [60_000, 3_600_000];
const clock = createPacedClock();
const folder = makeFolder();
let google: GoogleAdsSimulator;
let gateway: PacedGateway;
let settings: Readonly<Record<string, unknown>>;

beforeAll(async () => {
  google = await startGoogleAdsSimulator({
    port: 0,
    now: clock.now,
    credentials: { serviceAccounts: { [account]: publicKey } },
    overrides: {
      actions: [
        { id: '987654321', name: 'Purchase', type: 'WEBPAGE', owner: '1234567890' },
        { id: '987654322', name: 'Lead', type: 'UPLOAD_CLICKS' },
      ],
    },
  });
  settings = {
    customerId: '123-456-7890',
    conversions: { Purchase: '987654321 website', Lead: '987654322 import' },
    serviceAccount: JSON.stringify({ type: 'service_account', client_email: account, private_key: privateKey }),
    endpoint: google.url,
    tokenEndpoint: google.url,
  };
  const site = { purchaseHoldSeconds: 0, connections: [{ id: 'google', destination: 'google-ads', settings }] };
  gateway = await startPacedGateway(folder.writeConfig(google.url, { site }), clock);
});
afterAll(async () => {
  await gateway.stop();
  await google.close();
  folder.remove();
});
beforeEach(() => {
  google.faults({ mode: 'ok' });
  google.clearJournal();
});

let visitors = 0;

/** Returns an event of a visitor of its own, because a visitor's newest click is used. */
function createEvent(name: 'Purchase' | 'Lead', id: string, gclid = 'Cj0KCQ.click') {
  visitors += 1;
  return {
    id,
    name,
    time: clock.now(),
    user: { anonymousId: visitors.toString(16).padStart(32, 'a') },
    clickIds: { gclid },
    consent: { adStorage: 'granted', source: 'server', explicit: true },
    ...(name === 'Purchase' && { commerce: { orderId: id, value: 125.4, currency: 'EUR' } }),
  };
}

/** Returns the outcome and the codes of the issues of each event whose id begins with `prefix`. */
async function getOutcomes(prefix: string): Promise<Readonly<Record<string, string>>> {
  const { events } = await gateway.callApi('GET /api/sites/:site/events', { site: 'shop', limit: 200 });
  const found = events.flatMap((event) =>
    'id' in event && event.id.startsWith(prefix)
      ? [
          [
            event.id,
            event.outcomes.map(({ outcome, issues }) => [outcome, ...issues.map(({ code }) => code)].join(' ')).join(),
          ] as const,
        ]
      : [],
  );
  return Object.fromEntries(found.toSorted());
}

async function expectOutcomes(prefix: string, expected: Readonly<Record<string, string>>): Promise<void> {
  const sorted = Object.fromEntries(Object.entries(expected).toSorted());
  await expect.poll(() => getOutcomes(prefix), { interval: 100 }).toEqual(sorted);
}

const fill = (ids: readonly string[], outcome: string) => Object.fromEntries(ids.map((id) => [id, outcome]));

it("each event waits for Google's verdict, and is then delivered or rejected with each documented reason", async () => {
  const reasons = Object.keys(processingReasons);
  const toId = (reason: string) => `v-${reason.toLowerCase()}`;
  const events = reasons.map((reason) =>
    createEvent('Purchase', toId(reason), `sim-${reason.toLowerCase().replaceAll('_', '-')}`),
  );
  await post(gateway.url, [createEvent('Purchase', 'v-good'), ...events]);
  const ids = ['v-good', ...reasons.map(toId)];
  await expectOutcomes('v-', fill(ids, 'awaiting-verdict'));
  // A purchase has a request of its own.
  expect(google.journal().filter(({ status }) => status === 200)).toHaveLength(ids.length);

  clock.jump(29 * minuteMs);
  await expectOutcomes('v-', fill(ids, 'awaiting-verdict'));
  clock.jump(3 * minuteMs);
  const isLater = (reason: string) => processingReasons[reason]?.resendAfterMs !== undefined;
  const toOutcome = (reason: string) => {
    if (isLater(reason)) return 'waiting';
    return processingReasons[reason]?.isCounted ? 'delivered already-counted' : `dead ${reason}`;
  };
  const settled = Object.fromEntries(reasons.map((reason) => [toId(reason), toOutcome(reason)]));
  await expectOutcomes('v-', { ...settled, 'v-good': 'delivered' });

  // The click is old enough after 6 hours, and Google counts the repetition once.
  clock.jump(6 * hourMs + 5 * minuteMs);
  await expect.poll(async () => (await getOutcomes('v-too_recent'))['v-too_recent_click']).toBe('awaiting-verdict');
  clock.jump(32 * minuteMs);
  await expect.poll(async () => (await getOutcomes('v-too_recent'))['v-too_recent_click']).toBe('delivered');
  const recent = google.journalEvents().find(({ transactionId }) => transactionId === 'v-too_recent_click');
  expect(recent).toMatchObject({ counted: 'server', adjustments: 0 });
});

it('each event of a request that was refused in part goes again alone, and gets its own verdict', async () => {
  const events = ['p-1', 'p-2', 'p-3'].map((id) => createEvent('Lead', id, id === 'p-2' ? 'sim-invalid' : 'Cj0KCQ.click'));
  await post(gateway.url, events);
  await expectOutcomes('p-', fill(['p-1', 'p-2', 'p-3'], 'awaiting-verdict'));
  const countRequests = () => google.journal().filter(({ body }) => JSON.stringify(body).includes('"p-')).length;
  expect(countRequests()).toBe(1);
  clock.jump(32 * minuteMs);
  await expect.poll(countRequests).toBe(4);
  // A verdict is due half an hour after the gateway has handled Google's answer, which can be after a jump.
  const passTime = async () => {
    clock.jump(5 * minuteMs);
    return getOutcomes('p-');
  };
  const settled = { 'p-1': 'delivered', 'p-2': 'dead INVALID_GCLID', 'p-3': 'delivered' };
  await expect.poll(passTime, { interval: 100 }).toEqual(settled);
  const counted = google.journalEvents().filter(({ transactionId }) => transactionId?.startsWith('p-'));
  expect(
    counted.map(({ transactionId, counted: from, adjustments }) => `${transactionId} ${from} ${adjustments}`).toSorted(),
  ).toEqual(['p-1 server 1', 'p-2 none 0', 'p-3 server 1']);
});

it('a refund of a part restates the value once Google has confirmed the purchase, and a whole refund is not sent', async () => {
  const refund = (id: string, value?: number) => ({
    ...{ id, name: 'Refund', time: clock.now() },
    commerce: { orderId: 'paid-sale', ...(value !== undefined && { value, currency: 'EUR' }) },
  });
  await post(gateway.url, [createEvent('Purchase', 'paid-sale')]);
  await expectOutcomes('paid-', { 'paid-sale': 'awaiting-verdict' });
  await post(gateway.url, [refund('paid-part', 50)]);
  await expectOutcomes('paid-', { 'paid-sale': 'awaiting-verdict', 'paid-part': 'awaiting-purchase' });
  const passTime = async () => {
    clock.jump(5 * minuteMs);
    return getOutcomes('paid-');
  };
  await expect.poll(passTime, { interval: 100 }).toEqual({ 'paid-sale': 'delivered', 'paid-part': 'restated' });
  const [sale] = google.journalEvents().filter(({ transactionId }) => transactionId === 'paid-sale');
  expect(sale).toMatchObject({ counted: 'server', adjustments: 1, value: 75.4, currency: 'EUR', verdict: 'accepted' });
  const countRequests = () => google.journal().filter(({ body }) => JSON.stringify(body).includes('"paid-sale"')).length;
  const count = countRequests();
  await post(gateway.url, [refund('paid-whole')]);
  await expect.poll(async () => (await getOutcomes('paid-whole'))['paid-whole']).toBe('unsupported');
  expect(countRequests()).toBe(count);
  const whole = await gateway.callApi('GET /api/sites/:site/timelines', { site: 'shop', id: 'paid-whole' });
  expect(JSON.stringify(whole)).toMatch(
    /Nothing is left of the purchase of .{1,12}125\.40.{0,8}\. The platform has .{1,12}75\.40/,
  );
  expect(JSON.stringify(whole)).toContain('"step":"consent","state":"not-applicable"');
});

it('a verdict that never comes, or that Google forgot, ends unverified and never delivered', async () => {
  google.faults({ mode: 'processing' });
  await post(gateway.url, [createEvent('Purchase', 'n-1')]);
  await expectOutcomes('n-', { 'n-1': 'awaiting-verdict' });
  const sentAt = clock.now();
  const passHalfHour = async () => {
    clock.jump(30 * minuteMs);
    return (await getOutcomes('n-'))['n-1'];
  };
  await expect.poll(passHalfHour, { interval: 20 }).toBe('unverified no-verdict');
  expect(clock.now() - sentAt).toBeGreaterThanOrEqual(24 * hourMs);
  google.faults({ mode: 'forget' });
  await post(gateway.url, [createEvent('Purchase', 'n-2')]);
  await expect.poll(async () => (await getOutcomes('n-2'))['n-2']).toBe('awaiting-verdict');
  clock.jump(32 * minuteMs);
  await expect.poll(async () => (await getOutcomes('n-2'))['n-2']).toBe('unverified INVALID_REQUEST_ID');
});

it.each([
  ['a page of a proxy', { mode: 'html', count: 2 }],
  ['an answer that is cut', { mode: 'truncated', count: 2 }],
  ['a reset connection', { mode: 'reset', count: 2 }],
  ['a used-up quota', { mode: '429', count: 2 }],
  ['an error of Google', { mode: '503', count: 2 }],
  ['an aborted request', { mode: '409', count: 2 }],
  ['a token server that fails', { mode: 'token-500', count: 2 }],
] as const)('after %s the event is sent again, and counts once', async (name, fault) => {
  const id = `w-${name.replaceAll(' ', '-')}`;
  // The cached token has ended.
  if (fault.mode.startsWith('token-')) clock.jump(2 * hourMs);
  google.faults(fault);
  await post(gateway.url, [createEvent('Purchase', id)]);
  const isTaken = async () => {
    clock.jump(5 * minuteMs);
    return ['awaiting-verdict', 'delivered'].includes((await getOutcomes(id))[id] ?? '');
  };
  expect(await eventually(isTaken)).toBe(true);
  expect(google.faults().mode).toBe('ok');
  clock.jump(32 * minuteMs);
  await expectOutcomes(id, { [id]: 'delivered' });
  expect(google.journalEvents().filter(({ transactionId }) => transactionId === id)).toMatchObject([{ counted: 'server' }]);
});

it('an answer without a request id is unverified, because no verdict can come', async () => {
  google.faults({ mode: 'no-request-id' });
  await post(gateway.url, [createEvent('Purchase', 'u-1')]);
  await expectOutcomes('u-', { 'u-1': 'unverified request-unnamed' });
});

it('an event that Google names is rejected at once, and the rest of its request is sent again', async () => {
  google.faults({ mode: 'reject', eventIds: ['r-2'], reason: 'EVENT_TIME_INVALID' });
  await post(
    gateway.url,
    ['r-1', 'r-2', 'r-3'].map((id) => createEvent('Lead', id)),
  );
  await expectOutcomes('r-', { 'r-1': 'awaiting-verdict', 'r-2': 'dead EVENT_TIME_INVALID', 'r-3': 'awaiting-verdict' });
});

it('an event that Google does not name is found by bisection', async () => {
  google.faults({ mode: 'reject', eventIds: ['b-3'], details: 'none' });
  await post(
    gateway.url,
    ['b-1', 'b-2', 'b-3', 'b-4'].map((id) => createEvent('Lead', id)),
  );
  await expectOutcomes('b-', {
    'b-1': 'awaiting-verdict',
    'b-2': 'awaiting-verdict',
    'b-3': 'dead INVALID_EVENT',
    'b-4': 'awaiting-verdict',
  });
});

it('when the token is revoked in the middle, events wait, and are sent once the credential works', async () => {
  await post(gateway.url, [createEvent('Purchase', 't-1')]);
  await expectOutcomes('t-', { 't-1': 'awaiting-verdict' });
  clock.jump(2 * hourMs);
  await expectOutcomes('t-', { 't-1': 'delivered' });
  clock.jump(2 * hourMs);
  google.faults({ mode: 'token-revoked' });
  await post(gateway.url, [createEvent('Purchase', 't-2')]);
  const getState = async () => {
    const [connection] = await gateway.callApi('GET /api/connections', {});
    return `${connection?.health}: ${connection?.says}`;
  };
  await expect.poll(getState).toMatch(/^unhealthy: .*Google withdrew the credential/);
  expect((await getOutcomes('t-2'))['t-2']).toMatch(/^(?:undelivered|waiting)$/);
  google.faults({ mode: 'ok' });
  const isTaken = async () => {
    clock.jump(10 * minuteMs);
    return ['awaiting-verdict', 'delivered'].includes((await getOutcomes('t-2'))['t-2'] ?? '');
  };
  expect(await eventually(isTaken)).toBe(true);
  clock.jump(32 * minuteMs);
  await expect.poll(async () => (await getOutcomes('t-2'))['t-2']).toBe('delivered');
});

it("an operator's test event is only checked, counts nothing, and ends unverified", async () => {
  const { eventId } = await gateway.callApi('POST /api/sites/:site/send-test', { site: 'shop' });
  await expectOutcomes(eventId, { [eventId]: 'awaiting-verdict' });
  expect(google.journal().map(({ body }) => Object(body).validateOnly)).toEqual([true]);
  expect(google.journalEvents()).toEqual([]);
  clock.jump(32 * minuteMs);
  await expectOutcomes(eventId, { [eventId]: 'unverified INVALID_REQUEST_ID' });
});

it('the log and the stored requests hold neither the key, nor a token, nor an assertion', async () => {
  const { events } = await gateway.callApi('GET /api/sites/:site/events', { site: 'shop', limit: 200 });
  const text = JSON.stringify([gateway.lines, events]);
  expect(text).not.toMatch(/PRIVATE KEY|sim-\d+"|assertion|eyJhbGciOi/);
});

it('the demo has the verdict within a minute', async () => {
  const fast = makeFolder();
  const credentials = { serviceAccounts: { [account]: publicKey } };
  const demo = await startGoogleAdsSimulator({ port: 0, now: clock.now, credentials, overrides: { verdictAfterMs: 15_000 } });
  const own = { ...settings, endpoint: demo.url, tokenEndpoint: demo.url };
  const connection = { id: 'google', destination: 'google-ads', settings: own };
  const file = fast.writeConfig(demo.url, { site: { purchaseHoldSeconds: 0, connections: [connection] } });
  const running = await startPacedGateway(file, clock, { demoAccount: 'demo' });
  const getOutcome = async () => {
    const { events } = await running.callApi('GET /api/sites/:site/events', { site: 'shop' });
    return events.flatMap((event) => ('id' in event ? event.outcomes.map(({ outcome }) => outcome) : [])).join();
  };
  try {
    await post(running.url, [createEvent('Purchase', 'demo-1')]);
    await expect.poll(getOutcome).toBe('awaiting-verdict');
    clock.jump(minuteMs);
    await expect.poll(getOutcome).toBe('delivered');
  } finally {
    await running.stop();
    await demo.close();
    fast.remove();
  }
});
