import { jitsuAnalytics } from '@jitsu/js';
import RudderAnalytics from '@rudderstack/rudder-sdk-node';
import { Analytics } from '@segment/analytics-node';
import FormerAnalytics from 'analytics-node';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { createPacedClock } from '../../src/clock/paced-clock.fixture.ts';
import { type MicrosoftSimulator, startMicrosoftSimulator } from '../../src/simulators/microsoft/simulator.ts';
import { convey, parseJsonLines } from '../cli.fixture.ts';
import { eventually, type Folder, makeFolder, tagId, writeKey } from '../gateway.fixture.ts';
import { type PacedGateway, startPacedGateway } from '../paced-gateway.fixture.ts';

/** Segment's and compatible SDKs for servers, each changed by its host alone. */

const serverKey = 'server-source-0123456789abcdef';
let folder: Folder;
let microsoft: MicrosoftSimulator;
let gateway: PacedGateway;
let config: string;

beforeAll(async () => {
  folder = makeFolder();
  const clock = createPacedClock();
  microsoft = await startMicrosoftSimulator({ port: 0, tokens: { [tagId]: 'good-token' }, now: clock.now });
  const segment = { keys: [{ key: serverKey, kind: 'server' }] };
  config = folder.writeConfig(microsoft.url, { site: { segment, consent: { policy: 'granted' }, purchaseHoldSeconds: 0 } });
  gateway = await startPacedGateway(config, clock);
});
afterAll(async () => {
  await gateway?.stop();
  await microsoft?.close();
  folder?.remove();
});
beforeEach(() => microsoft.clearJournal());

const agent = 'Mozilla/5.0 (X11; Linux x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/147.0.0.0 Safari/537.36';
const msclkid = 'dd4afcccb1c94a4cad9544dd7e5006ab';
const context = { ip: '203.0.113.9', userAgent: agent, page: { url: `https://shop.example/thanks?msclkid=${msclkid}` } };
const buildOrder = (number: string) => ({
  order_id: number,
  total: 125.4,
  currency: 'USD',
  products: [{ product_id: 'sku1', price: 62.7, quantity: 2 }],
});

it.each<[string, string, () => Promise<unknown>]>([
  [
    '@segment/analytics-node',
    '1001',
    async () => {
      const analytics = new Analytics({ writeKey: serverKey, host: gateway.url });
      analytics.identify({ userId: 'cust-7', traits: { email: 'jane.doe@example.com' } });
      analytics.track({ userId: 'cust-7', event: 'Order Completed', properties: buildOrder('1001'), context });
      await analytics.closeAndFlush();
    },
  ],
  [
    'analytics-node',
    '1002',
    async () => {
      const analytics = new FormerAnalytics(serverKey, { host: gateway.url, flushAt: 1 });
      analytics.track({ userId: 'cust-7', event: 'Order Completed', properties: buildOrder('1002'), context });
      await analytics.flush();
    },
  ],
  [
    '@rudderstack/rudder-sdk-node',
    '1003',
    async () => {
      const analytics = new RudderAnalytics(serverKey, { dataPlaneUrl: gateway.url, flushAt: 1 });
      analytics.track({ userId: 'cust-7', event: 'Order Completed', properties: buildOrder('1003'), context });
      await analytics.flush();
    },
  ],
  [
    '@jitsu/js',
    '1004',
    async () => {
      const analytics = jitsuAnalytics({ host: gateway.url, writeKey: `${serverKey}:x`, s2s: true });
      await analytics.track('Order Completed', { ...buildOrder('1004'), context });
    },
  ],
])('a purchase of %s arrives once at Microsoft', async (_, number, send) => {
  await send();
  const received = () => microsoft.journalEvents().filter(({ eventId }) => eventId === `purchase-${number}`);
  expect(await eventually(() => received().length > 0)).toBe(true);
  expect(received()).toMatchObject([{ eventName: 'purchase', server: [expect.anything()], browser: [], counted: 'server' }]);
  const shown = await convey('events', '--config', config, '--json', '--text', `purchase-${number}`);
  expect(parseJsonLines(shown.stdout)).toMatchObject([{ reporter: 'server', via: 'segment' }]);
});

it('a purchase that the pixel and an SDK of the same page report is sent once, with what both know', async () => {
  const consent = { adStorage: 'granted', source: 'call', explicit: true };
  const pixel = { id: 'purchase-1005', name: 'Purchase', consent, commerce: { orderId: '1005', value: 125.4, currency: 'USD' } };
  const headers = { origin: 'https://shop.example', 'user-agent': agent };
  const body = JSON.stringify({ writeKey, sentAt: Date.now(), events: [pixel] });
  expect((await fetch(`${gateway.url}/e`, { method: 'POST', headers, body })).status).toBe(202);
  const message = {
    type: 'track',
    event: 'Order Completed',
    messageId: 'm-5',
    anonymousId: 'visitor-5',
    properties: buildOrder('1005'),
  };
  const track = JSON.stringify({ ...message, writeKey, sentAt: new Date().toISOString() });
  expect((await fetch(`${gateway.url}/v1/track`, { method: 'POST', headers, body: track })).status).toBe(200);
  const listed = async () => parseJsonLines((await convey('event', 'purchase-1005', '--config', config, '--json')).stdout);
  expect(await eventually(async () => Object(await listed()).length > 0)).toBe(true);
  await eventually(() => microsoft.journalEvents().length > 0);
  expect(microsoft.journalEvents().filter(({ eventId }) => eventId === 'purchase-1005')).toMatchObject([
    { server: [expect.anything()] },
  ]);
  expect(await listed()).toMatchObject([{ event: { reporter: 'browser' }, copies: [{ reporter: 'browser', via: 'segment' }] }]);
});
