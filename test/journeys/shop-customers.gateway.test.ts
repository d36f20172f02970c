import { createHash, randomUUID } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { ExportView } from '../../src/api/client.ts';
import { buildShopifyHeaders, buildShopifyOrder, checkoutToken, visitorId } from '../../src/ingest/webhooks/shopify.fixture.ts';
import { type MicrosoftSimulator, startMicrosoftSimulator } from '../../src/simulators/microsoft/simulator.ts';
import { convey, parseJsonLines } from '../cli.fixture.ts';
import { eventually, type Folder, makeFolder, startGatewayProcess, tagId, writeKey } from '../gateway.fixture.ts';
import { startLocalGateway } from '../paced-gateway.fixture.ts';

/** A customer requests their data or its erasure from a Shopify shop, which forwards the request to Convey by signed webhooks. */

const secret = 'shpss_0123456789abcdef';
const agent = 'Mozilla/5.0 (X11; Linux x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/147.0.0.0 Safari/537.36';
const consent = { adStorage: 'granted', source: 'shopify', explicit: true };
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

const jane = {
  customer: { id: 207119551, email: 'Jane.Doe+x@shop.example', phone: '+1 (425) 555-0101' },
  clientId: 'c0ffee00-1234-4abc-8def-001122334455',
  orderId: '5734826901234',
  title: 'Wall clock of Jane',
};
const bob = {
  clientId: 'b0b00000-1234-4abc-8def-001122334455',
  email: 'bob@shop.example',
  orderId: '5734826909999',
  checkout: 'b0b-token',
};

/** Values that must be in no file after the erasure. The ids of her events, with checkout and order, remain as keys of the event log. */
const janesData = [
  jane.customer.email,
  '4255550101',
  sha256('janedoe@shop.example'),
  sha256('jane.doe+x@shop.example'),
  sha256('+14255550101'),
  sha256(String(jane.customer.id)),
  jane.clientId,
  visitorId,
  `"orderId":"${jane.orderId}"`,
  `"transactionId":"${jane.orderId}"`,
  `order:${jane.orderId}`,
  jane.title,
  `checkout ${checkoutToken}`,
];

let folder: Folder;
let microsoft: MicrosoftSimulator;
/** The gateway that runs now. */
let gateway: { readonly url: string; output(): string };
let config: string;
const cleanups: (() => Promise<void>)[] = [];

beforeEach(async () => {
  folder = makeFolder();
  microsoft = await startMicrosoftSimulator({ port: 0, tokens: { [tagId]: 'good-token' } });
  const site = { platform: 'shopify', purchaseHoldSeconds: 1, webhooks: { secrets: [secret] } };
  config = folder.writeConfig(microsoft.url, { site });
});
afterEach(async () => {
  for (const cleanUp of cleanups.splice(0)) await cleanUp();
  await microsoft.close();
  folder.remove();
});

/** Starts a gateway in this process. */
async function start(): Promise<void> {
  const { url, lines, stop } = await startLocalGateway(config);
  gateway = { url, output: () => JSON.stringify(lines) };
  cleanups.push(stop);
}

async function sendPixelEvents(user: object, ...events: readonly object[]): Promise<void> {
  const body = JSON.stringify({ writeKey, sentAt: Date.now(), events: events.map((one) => ({ consent, user, ...one })) });
  const answer = await fetch(`${gateway.url}/e`, { method: 'POST', headers: { origin: 'null', 'user-agent': agent }, body });
  expect(answer.status).toBe(202);
}

async function sendWebhook(topic: string, payload: unknown, delivery: string = randomUUID()) {
  const body = JSON.stringify(payload);
  const headers = buildShopifyHeaders(body, topic, secret, delivery);
  const answer = await fetch(`${gateway.url}/hooks/shopify/shop`, { method: 'POST', headers, body });
  const json: unknown = await answer.json();
  return { status: answer.status, json };
}

/** Repeats a webhook until the gateway responds with 200, as Shopify does. */
async function sendWebhookUntilDone(topic: string, payload: unknown, delivery: string): Promise<void> {
  expect(await eventually(async () => (await sendWebhook(topic, payload, delivery)).status === 200)).toBe(true);
}

/** Sends purchases of both customers, each reported by the browser and by the shop. */
async function sendPurchases(): Promise<void> {
  const at = new Date().toISOString();
  await sendPixelEvents(
    { anonymousId: jane.clientId },
    { id: 'view-jane', name: 'page_viewed', page: { url: 'https://shop.example/', title: jane.title } },
    { id: `checkout-${checkoutToken}`, name: 'checkout_started', commerce: { checkoutId: checkoutToken } },
    {
      id: `purchase-${checkoutToken}`,
      name: 'checkout_completed',
      commerce: { checkoutId: checkoutToken, orderId: jane.orderId },
    },
  );
  const { customer } = jane;
  await sendWebhook(
    'orders/create',
    buildShopifyOrder({ created_at: at, email: customer.email, phone: customer.phone, customer }),
  );
  await sendPixelEvents(
    { anonymousId: bob.clientId },
    { id: 'view-bob', name: 'page_viewed', page: { url: 'https://shop.example/' } },
    { id: `checkout-${bob.checkout}`, name: 'checkout_started', commerce: { checkoutId: bob.checkout } },
  );
  const bobsOrder = { id: bob.orderId, checkout_token: bob.checkout, email: bob.email, phone: null, customer: { id: 9 } };
  const withoutAddress = { billing_address: null, shipping_address: null, note_attributes: [] };
  await sendWebhook('orders/create', buildShopifyOrder({ created_at: at, ...bobsOrder, ...withoutAddress }));
  const getPurchases = () =>
    microsoft.journalEvents().filter(({ eventName, server }) => eventName === 'purchase' && server.length > 0);
  expect(await eventually(() => getPurchases().length === 2)).toBe(true);
  // A purchase that is cancelled earlier is not sent.
  await sendWebhook('orders/cancelled', { id: jane.orderId, cancelled_at: at, total_price: '125.40', currency: 'USD' });
  expect(await eventually(async () => (await listEvents()).includes('cancelled-'))).toBe(true);
}

async function listEvents(): Promise<string> {
  return (await convey('events', '--site', 'shop', '--json', '--config', config)).stdout;
}

function listDataFiles(): readonly string[] {
  const all = readdirSync(folder.dataDir, { recursive: true, withFileTypes: true });
  return all.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name));
}

/** Returns the texts that are in any file of the data folder. */
function findOnDisk(texts: readonly string[]): readonly string[] {
  const bytes = listDataFiles().map((file) => readFileSync(file));
  return texts.filter((text) => bytes.some((file) => file.includes(text)));
}

async function listExports(): Promise<readonly ExportView[]> {
  return parseJsonLines((await convey('exports', 'list', '--json', '--config', config)).stdout);
}

const request = { shop_domain: 'shop.myshopify.com', customer: jane.customer, orders_requested: [Number(jane.orderId)] };
const redaction = { shop_domain: 'shop.myshopify.com', customer: jane.customer, orders_to_redact: [Number(jane.orderId)] };

it("a customer's data is exported to a file, with all of it and nothing of others", async () => {
  await start();
  await sendPurchases();
  await sendWebhookUntilDone('customers/data_request', request, 'data-1');
  await sendWebhookUntilDone('customers/data_request', request, 'data-1');
  const [file, ...others] = await listExports();
  expect(others).toEqual([]);
  expect(file).toMatchObject({ askedBy: 'shop' });
  const [path = ''] = listDataFiles().filter((one) => one.includes('exports'));
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(await eventually(() => gateway.output().includes('customer export ready'))).toBe(true);
  expect(gateway.output().toLowerCase()).not.toContain('jane');

  const { stdout } = await convey('exports', 'get', file?.id ?? '', '--config', config);
  const exportedFile: {
    events: { id: string; reporter: string }[];
    people: object[];
    requests: { payloads: object[] }[];
    received: object[];
  } = JSON.parse(stdout);
  expect(exportedFile.events.map(({ id, reporter }) => `${id} ${reporter}`).toSorted()).toEqual(
    [
      'view-jane browser',
      `checkout-${checkoutToken} browser`,
      `purchase-${checkoutToken} browser`,
      `purchase-${checkoutToken} webhook`,
      `cancelled-${jane.orderId} webhook`,
    ].toSorted(),
  );
  expect(exportedFile.people).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ anonymousId: jane.clientId }),
      expect.objectContaining({ checkoutId: checkoutToken }),
    ]),
  );
  expect(exportedFile.received).toMatchObject([{ connection: 'bing', destination: 'microsoft' }]);
  expect(exportedFile.requests.flatMap(({ payloads }) => payloads).length).toBeGreaterThan(0);
  for (const value of [bob.clientId, sha256(bob.email), bob.orderId, bob.checkout, 'view-bob'])
    expect(stdout).not.toContain(value);
  for (const raw of [jane.customer.email, '4255550101']) expect(stdout).not.toContain(raw);

  expect((await convey('exports', 'remove', file?.id ?? '', '--config', config)).stdout).toBe('Export file removed.\n');
  expect(await listExports()).toEqual([]);
}, 60_000);

it('an erased customer is in no file, their export included, and others remain', async () => {
  const first = await startGatewayProcess(config);
  gateway = first;
  cleanups.push(first.kill);
  await sendPurchases();
  await sendWebhookUntilDone('customers/data_request', request, 'data-1');
  expect(findOnDisk([sha256('janedoe@shop.example'), jane.clientId])).toHaveLength(2);
  await sendWebhookUntilDone('customers/redact', redaction, 'redact-1');
  expect(findOnDisk(janesData)).toEqual([]);
  expect(await listExports()).toEqual([]);
  const bobsData = [bob.clientId, sha256(bob.email), bob.orderId, `checkout ${bob.checkout}`];
  expect(findOnDisk(bobsData)).toEqual(bobsData);
  expect((await sendWebhook('customers/redact', redaction, 'redact-1')).json).toMatchObject({ duplicates: 1 });

  await first.kill();
  await start();
  expect(findOnDisk(janesData)).toEqual([]);
  const remaining = await listEvents();
  expect(remaining).not.toContain('view-jane');
  expect(remaining).toContain('view-bob');
  // A shop without a response repeats its request to the restarted gateway.
  await sendWebhookUntilDone('customers/redact', redaction, 'redact-1');
  for (const one of [first, gateway]) expect(one.output().toLowerCase()).not.toContain('jane');
}, 60_000);

it('an operator exports the data of one key, and no file remains in the data folder', async () => {
  await start();
  await sendPurchases();
  const out = join(folder.dir, 'jane.json');
  const result = await convey('export', '--order-id', jane.orderId, '--out', out, '--config', config);
  expect([result.code, result.stderr]).toEqual([0, '']);
  expect(statSync(out).mode & 0o777).toBe(0o600);
  const data: { events: { id: string }[] } = JSON.parse(readFileSync(out, 'utf8'));
  expect(data.events.map(({ id }) => id)).toEqual(expect.arrayContaining(['view-jane', `cancelled-${jane.orderId}`]));
  expect(JSON.stringify(data)).not.toContain(bob.clientId);
  expect(await listExports()).toEqual([]);
  const second = await convey('export', '--order-id', jane.orderId, '--out', out, '--config', config);
  expect([second.code, second.stderr]).toEqual([1, expect.stringContaining('already')]);
}, 60_000);
