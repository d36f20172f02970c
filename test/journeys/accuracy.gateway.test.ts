import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createPacedClock } from '../../src/clock/paced-clock.fixture.ts';
import { buildShopifyHeaders, buildShopifyOrder } from '../../src/ingest/webhooks/shopify.fixture.ts';
import { type MicrosoftSimulator, startMicrosoftSimulator } from '../../src/simulators/microsoft/simulator.ts';
import { convey, parseJsonLines } from '../cli.fixture.ts';
import { eventually, type Folder, makeFolder, tagId, writeKey } from '../gateway.fixture.ts';
import { type PacedGateway, startPacedGateway } from '../paced-gateway.fixture.ts';

/** The accuracy report over a day of a Shopify shop with every kind of order. */

const secret = 'shpss_0123456789abcdef';
const agent = 'Mozilla/5.0 (X11; Linux x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/147.0.0.0 Safari/537.36';
const crawler = 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)';
const granted = { adStorage: 'granted', source: 'shopify', explicit: true };

let folder: Folder;
let microsoft: MicrosoftSimulator;
let gateway: PacedGateway;
let config: string;

async function sendOrderWebhook(id: number, changes: object = {}): Promise<void> {
  const own = { id, checkout_token: `checkout-${id}`, name: `#${id}`, created_at: new Date().toISOString() };
  const body = JSON.stringify(buildShopifyOrder({ ...own, ...changes }));
  const headers = buildShopifyHeaders(body, 'orders/create', secret, crypto.randomUUID());
  const answer = await fetch(`${gateway.url}/hooks/shopify/shop`, { method: 'POST', headers, body });
  expect(await answer.json()).toMatchObject({ accepted: 1 });
}

async function sendBrowserPurchase(id: number): Promise<void> {
  const commerce = { checkoutId: `checkout-${id}`, orderId: String(id), value: 125.4, currency: 'USD' };
  const event = {
    id: `purchase-checkout-${id}`,
    name: 'checkout_completed',
    consent: granted,
    user: { email: 'jane.doe@example.com' },
    commerce,
  };
  const body = JSON.stringify({ writeKey, sentAt: Date.now(), events: [event] });
  const answer = await fetch(`${gateway.url}/e`, { method: 'POST', headers: { origin: 'null', 'user-agent': agent }, body });
  expect(answer.status).toBe(202);
}

const reports = z.array(
  z.looseObject({
    unknownToShop: z.number(),
    file: z.record(z.string(), z.number()).optional(),
    connections: z.array(
      z.looseObject({
        accepted: z.number(),
        gaps: z.array(z.looseObject({ gap: z.string(), orders: z.number() })),
        days: z.array(z.looseObject({ day: z.string(), orders: z.number() })),
      }),
    ),
    notAccepted: z.array(z.looseObject({ gap: z.string() })).optional(),
  }),
);

async function getAccuracyReport(...more: string[]) {
  const { stdout, stderr } = await convey('accuracy', '--json', '--config', config, ...more);
  expect(stderr).toBe('');
  const [one] = reports.parse(parseJsonLines(stdout));
  const [connection] = one?.connections ?? [];
  if (!one || !connection) throw new Error('there is one site with one connection');
  return { ...one, ...connection, gapsByName: Object.fromEntries(connection.gaps.map(({ gap, orders }) => [gap, orders])) };
}

beforeAll(async () => {
  folder = makeFolder();
  const clock = createPacedClock();
  microsoft = await startMicrosoftSimulator({ port: 0, tokens: { [tagId]: 'good-token' }, now: clock.now });
  const site = { platform: 'shopify', purchaseHoldSeconds: 1, webhooks: { secrets: [secret] } };
  config = folder.writeConfig(microsoft.url, { site });
  gateway = await startPacedGateway(config, clock);
  await fetch(`${microsoft.url}/faults`, {
    method: 'POST',
    body: JSON.stringify({ mode: 'reject', eventIds: ['purchase-checkout-1005'], details: 'full' }),
  });
  await sendBrowserPurchase(1001);
  await sendOrderWebhook(1001);
  await sendOrderWebhook(1002);
  await sendBrowserPurchase(1002);
  await sendOrderWebhook(1003);
  await sendOrderWebhook(1004, { note_attributes: [{ name: '_convey_visitor', value: 'denied' }] });
  await sendOrderWebhook(1005);
  await sendOrderWebhook(1006, { test: true });
  await sendOrderWebhook(1007, { source_name: 'pos' });
  await sendOrderWebhook(1008, { client_details: { user_agent: crawler } });
  await sendBrowserPurchase(1009);
  const isSettled = async () => {
    const { gapsByName, accepted } = await getAccuracyReport();
    return accepted === 3 && gapsByName.waiting === undefined && gapsByName.rejected === 1;
  };
  expect(await eventually(isSettled)).toBe(true);
  expect((await convey('connections', 'pause', 'shop/bing', '--config', config)).code).toBe(0);
  await sendOrderWebhook(1010);
  expect(await eventually(async () => (await getAccuracyReport()).gapsByName.waiting === 1)).toBe(true);
});
afterAll(async () => {
  await gateway.stop();
  await microsoft.close();
  folder.remove();
});

describe('the accuracy report over a mixed day', () => {
  it('assigns every order of the shop to one group, and counts browser and webhook once', async () => {
    expect(await getAccuracyReport('--orders')).toMatchObject({
      orders: 7,
      accepted: 3,
      explained: 2,
      missing: 2,
      gapsByName: { rejected: 1, 'consent-denied': 1, bot: 1, waiting: 1 },
      notCounted: { 'test-order': 1, 'offline-order': 1 },
      unknownToShop: 1,
      alert: { state: 'few', orders: 0 },
    });
    const { days, notAccepted } = await getAccuracyReport('--orders');
    expect(days.reduce((sum, { orders }) => sum + orders, 0)).toBe(7);
    expect(notAccepted?.map(({ gap, orderId }) => [gap, orderId])).toEqual([
      ['consent-denied', undefined],
      ['rejected', '1005'],
      ['bot', '1008'],
      ['waiting', '1010'],
    ]);
    const accepted = microsoft.journalEvents().filter(({ counted }) => counted !== 'none');
    expect(accepted.filter(({ eventId }) => eventId !== 'purchase-checkout-1009')).toHaveLength(3);
  });

  it("also lists the orders that were never received when it is compared with the shop's export", async () => {
    const now = new Date().toISOString();
    const hoursAgo = (hours: number) =>
      new Date(Date.now() - hours * 3_600_000).toISOString().replace('T', ' ').replace(/\..*/, ' +0000');
    const file = join(folder.dir, 'orders_export.csv');
    const rows = [1001, 1002, 1003, 1004, 1005, 1008, 1009, 1010].map((id) => `#${id},jane.doe@example.com,${now},"12,50",${id}`);
    const item = '#1001,jane.doe@example.com,,,';
    const text = [
      'Name,Email,Created at,Total,Id',
      ...rows,
      item,
      `#1011,"x ""y"" z",${now},1,1011`,
      `#1000,,${hoursAgo(72)},1,1000`,
    ];
    writeFileSync(file, `\ufeff${text.join('\r\n')}\r\n`);
    const report = await getAccuracyReport('--csv', file, '--orders');
    expect(report).toMatchObject({
      orders: 9,
      accepted: 4,
      explained: 2,
      missing: 3,
      gapsByName: { rejected: 1, 'never-seen': 1, 'consent-denied': 1, bot: 1, waiting: 1 },
      file: { orders: 10, otherDays: 0, beforeKept: 1, notInFile: 2 },
    });
    const { stdout } = await convey('accuracy', '--csv', file, '--orders', '--config', config);
    expect(stdout).toContain('never-seen');
    expect(stdout).toContain('Not counted: 1 order of the file before');
    expect(stdout).not.toContain('jane');
    // The earliest start that a report accepts, and a period that ended before the first stored event.
    const day = (ago: number) => new Date(Date.now() - ago * 86_400_000).toISOString().slice(0, 10);
    expect(await getAccuracyReport('--csv', file, '--from', day(398))).toMatchObject({ orders: 9 });
    expect(await getAccuracyReport('--csv', file, '--from', day(398), '--to', day(390))).toMatchObject({ orders: 0 });
    expect(stdout.split('\n').filter((line) => line.length > 80 && !line.includes('purchase-'))).toEqual([]);
  });

  it('prints a table with reasons and fixes to a terminal', async () => {
    const { stdout } = await convey('accuracy', '--config', config);
    expect(stdout).toMatch(/^shop\/bing {2}orders that the shop reported, /);
    expect(stdout).toMatch(/ {6}7 {9}3 {10}2 {8}2 {9}43% {14}71%/);
    expect(stdout).toContain('missing: 2 of 7');
    expect(stdout).toContain('     1  rejected');
    expect(stdout).toContain('explained: 2 of 7');
    expect(stdout).toContain('Not counted: 1 test order.');
    expect(stdout).toContain('Not counted: 1 purchase that only browsers reported');
    expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
  });

  it('reports an invalid option', async () => {
    const getError = async (...more: string[]) => (await convey('accuracy', '--config', config, ...more)).stderr;
    expect(await getError('--site', 'nowhere')).toMatch(/^error: There is no such site\. Use the id/);
    expect(await getError('--from', '2026-11-31')).toMatch(/^error: .*Use a day such as 2026-11-18/);
    expect(await getError('--from', '2026-11-24', '--to', '2026-11-20')).toContain('`since` must be a day up to `until`');
    expect(await getError('--csv', join(folder.dir, 'none.csv'))).toMatch(/^error: The file cannot be read: ENOENT/);
    const file = join(folder.dir, 'other.csv');
    writeFileSync(file, 'Bestellung;Tag\n1001;24.11.2026\n');
    expect(await getError('--csv', file)).toMatch(
      /^error: The file has no column .* time\. Its columns are `Bestellung`, `Tag`\. Select .* --time-column/,
    );
    const withColumns = ['--csv', file, '--order-column', 'Bestellung', '--time-column', 'Tag'];
    expect(await getError(...withColumns)).toMatch(
      /^error: Line 2 of the file has no valid time in the column `Tag`\. Use times such as/,
    );
  });
});
