import { createServer, request as forward } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPacedClock } from '../../src/clock/paced-clock.fixture.ts';
import { buildSnippet } from '../../src/pixel/pixel.fixture.ts';
import { startMicrosoftSimulator } from '../../src/simulators/microsoft/simulator.ts';
import { startWebhookSimulator } from '../../src/simulators/webhook/simulator.ts';
import type { Shopper } from '../browser.fixture.ts';
import { eventually, makeFolder, tagId, writeKey } from '../gateway.fixture.ts';
import { type PacedGateway, settleAll, startPacedGateway } from '../paced-gateway.fixture.ts';
import { sharePage, startAtNewOrigin } from '../reused-page.fixture.ts';

/** Shoppers with and without Global Privacy Control who buy and visit further pages while their purchase is held. */

const grant = `convey('consent', { adStorage: 'granted' })`;
const consentMode = (then: string) => `
  window.dataLayer = [];
  function gtag() { dataLayer.push(arguments) }
  gtag('consent', 'default', { ad_storage: 'denied', ad_user_data: 'denied', ad_personalization: 'denied' });
  const accept = () =>
    gtag('consent', 'update', { ad_storage: 'granted', ad_user_data: 'granted', ad_personalization: 'granted' });
  ${then}`;

/** The ways in which each page of a shop states the grant of a shopper who accepted. */
const ways = {
  'a queued call': grant,
  'a call 300 ms after load': `addEventListener('load', () => setTimeout(() => ${grant}, 300))`,
  'an update of Google Consent Mode before the pixel': consentMode('accept()'),
  'an update of Google Consent Mode 500 ms later': consentMode('setTimeout(accept, 500)'),
} as const;
const refusal = `convey('consent', { adStorage: 'denied' })`;

const msclkid = 'dd4afcccb1c94a4cad9544dd7e5006ab';
const clock = createPacedClock();
const folder = makeFolder();
const secret = `whsec_${Buffer.from('a secret of 24 bytes....'.repeat(2)).toString('base64')}`;
let microsoft: Awaited<ReturnType<typeof startMicrosoftSimulator>>;
let receiver: Awaited<ReturnType<typeof startWebhookSimulator>>;
let gateway: PacedGateway;

const createPlainShopper = sharePage();
const createGpcShopper = sharePage(async ({ context }: Shopper) => {
  await context.addInitScript(() => Object.defineProperty(navigator, 'globalPrivacyControl', { value: true }));
});

beforeAll(async () => {
  microsoft = await startMicrosoftSimulator({ port: 0, tokens: { [tagId]: 'good-token' }, now: clock.now });
  receiver = await startWebhookSimulator({ port: 0, now: clock.now, overrides: { secrets: [secret] } });
  const site = {
    domains: ['127.0.0.1'],
    consent: { policy: 'strict' },
    // With webhooks, purchases are held: longer than all shoppers visit the shop.
    webhooks: { secrets: ['a secret of the shop'] },
    purchaseHoldSeconds: 900,
    connections: [
      { id: 'bing', destination: 'microsoft', settings: { tagId, token: 'good-token', endpoint: microsoft.url } },
      { id: 'warehouse', destination: 'webhook', settings: { url: `${receiver.url}/receive`, secrets: [secret] } },
    ],
  };
  gateway = await startPacedGateway(folder.writeConfig(microsoft.url, { site }), clock);
});
afterAll(async () => {
  await gateway.stop();
  await Promise.all([microsoft.close(), receiver.close()]);
  folder.remove();
});

/** Serves the shop's pages, and the gateway at the same origin. With GPC, each request has its header, also a beacon. */
async function startShop(hasGpc: boolean) {
  const bodies: Record<string, string> = {};
  const reports: string[] = [];
  const server = createServer((input, output) => {
    const path = new URL(input.url ?? '/', 'http://shop').pathname;
    if (path !== '/e' && path !== '/p.js') {
      const head = `<!doctype html><title>${path}</title>${buildSnippet(`/p.js?k=${writeKey}`)}`;
      output.setHeader('content-type', 'text/html').end(head + (bodies[path] ?? ''));
      return;
    }
    const headers = { ...input.headers, ...(hasGpc && { 'sec-gpc': '1' }) };
    let text = '';
    const sent = forward(gateway.url + input.url, { method: input.method, headers }, (answer) => {
      output.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(output).once('finish', () => reports.push(text));
    });
    input.on('data', (chunk) => {
      text += chunk;
    });
    input.pipe(sent);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  return {
    url,
    bodies,
    /** Waits until a report with this text was answered. */
    waitForReport: async (...parts: readonly string[]) => {
      const isAnswered = () => reports.some((report) => parts.every((part) => report.includes(part)));
      expect(await eventually(isAnswered), `a report with ${parts.join()}`).toBe(true);
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

interface Visit {
  readonly orderId: string;
  readonly hasGpc: boolean;
  /** The script of each page. */
  readonly script: string;
  /** The script of the last page. */
  readonly ending?: string;
}

/** Lands from an ad, buys, leaves the account page before a late grant, and opens it again. */
async function visit({ orderId, hasGpc, script, ending = script }: Visit): Promise<void> {
  const shop = await startAtNewOrigin(() => startShop(hasGpc));
  const shopper = await (hasGpc ? createGpcShopper() : createPlainShopper());
  const { page } = shopper;
  const order = `convey('track', 'Purchase', { orderId: '${orderId}', value: 20, currency: 'USD' })`;
  shop.bodies['/'] = `<script>${script}</script>`;
  shop.bodies['/thanks'] = `<script>${script};${order}</script>`;
  shop.bodies['/account/orders'] = `<script>${ending}</script>`;
  await page.goto(`${shop.url}/?msclkid=${msclkid}`);
  await shop.waitForReport('"type":"consent"', '"granted"');
  await page.waitForFunction(() => Object.values(localStorage).some((text) => text.includes('"queue":[]')));
  await page.goto(`${shop.url}/thanks`);
  await shop.waitForReport(`purchase-${orderId}`);
  await page.goto(`${shop.url}/account`);
  await page.waitForFunction(() => Reflect.get(window, 'convey')?.isLive);
  await page.goto(`${shop.url}/account/orders`);
  await shop.waitForReport('/account"');
  await shop.waitForReport('/account/orders');
  await shopper.close();
  await shop.close();
}

/** Counts the order's purchases at each destination, and those with the click id of the landing page. */
function countPurchases(orderId: string) {
  const received = { microsoft: microsoft.journalEvents(), webhook: receiver.journalEvents() };
  return Object.entries(received).map(([destination, events]) => {
    const purchases = events.filter(({ eventId }) => eventId === `purchase-${orderId}`);
    const hasClick = (event: object) => JSON.stringify(event).replaceAll('-', '').includes(msclkid);
    return [destination, purchases.length, purchases.filter(hasClick).length];
  });
}

describe.each([false, true])('a shopper, with Global Privacy Control: %s', (hasGpc) => {
  const cases = Object.entries(ways).map(([way, script], index) => ({ way, script, orderId: `${hasGpc ? 'g' : 'p'}-${index}` }));
  const refused = `${hasGpc ? 'g' : 'p'}-refused`;

  beforeAll(async () => {
    for (const { script, orderId } of cases) await visit({ orderId, hasGpc, script });
    await visit({ orderId: refused, hasGpc, script: grant, ending: refusal });
    await settleAll(gateway, clock);
  }, 120_000);

  it.each(cases)('who accepts keeps the purchase everywhere when pages state it by $way', async ({ orderId }) => {
    expect(countPurchases(orderId)).toEqual([
      ['microsoft', 1, 1],
      ['webhook', 1, 1],
    ]);
  });

  it('who refuses before the hold ends has no purchase anywhere', () => {
    expect(countPurchases(refused)).toEqual([
      ['microsoft', 0, 0],
      ['webhook', 0, 0],
    ]);
  });
});
