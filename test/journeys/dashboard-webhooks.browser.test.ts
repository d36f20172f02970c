import { text } from 'node:stream/consumers';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildShopifyHeaders, buildShopifyOrder } from '../../src/ingest/webhooks/shopify.fixture.ts';
import { getSharedBrowser } from '../browser.fixture.ts';
import { callDashboard, createDashboardUser, type DashboardUser, type Scene, signUp, startScene } from '../dashboard.fixture.ts';
import { eventually } from '../gateway.fixture.ts';
import { auditPage } from '../page-audit.fixture.ts';

/** A Shopify shop that is set up in the dashboard: its webhooks, and its customers' data requests. */

const secret = 'shpss_canary_0123456789';

let browser: Browser;
let scene: Scene;
let reader: DashboardUser;
beforeAll(async () => {
  browser = await getSharedBrowser();
  scene = await startScene({ site: null });
  reader = await createDashboardUser(browser, scene.gateway);
  await signUp(reader, scene.gateway);
  await callDashboard(reader, scene.gateway, 'POST', '/api/sites', {
    id: 'clocks',
    domains: ['shop.example'],
    publicUrl: 'https://data.shop.example',
    platform: 'shopify',
    consent: { policy: 'granted' },
  });
});
afterAll(async () => {
  await scene.close();
});

async function sendWebhook(topic: string, payload: object): Promise<number> {
  const body = JSON.stringify(payload);
  const headers = buildShopifyHeaders(body, topic, secret, crypto.randomUUID());
  return (await fetch(`${scene.gateway.url}/hooks/shopify/clocks`, { method: 'POST', headers, body })).status;
}

const order = () => buildShopifyOrder({ created_at: new Date().toISOString() });

test('a secret is entered, used at once, and never shown again', { timeout: 120_000 }, async () => {
  const { page } = reader;
  expect(await sendWebhook('orders/create', order())).toBe(401);
  await reader.open('/sites/clocks');
  await page.getByText('because the site has no webhook secret').first().waitFor();
  const effect = page.getByText('An order without a choice and without a country counts as granted, and is sent.');
  await effect.waitFor();
  await page.getByRole('radio', { name: /WooCommerce/ }).click();
  await page.getByText('Enter the settings').waitFor();
  await effect.waitFor();

  await reader.open('/sites/clocks/settings');
  const panel = page.getByRole('region', { name: 'Webhooks', exact: true });
  await panel.getByText('https://data.shop.example/hooks/shopify/clocks', { exact: true }).waitFor();
  await panel.getByLabel('Webhook secret').fill('short');
  await panel.getByRole('button', { name: 'Add secret' }).click();
  await panel.getByText('Must have at least 8 characters').waitFor();
  await panel.getByLabel('Webhook secret').fill(secret);
  await panel.getByRole('button', { name: 'Add secret' }).click();
  await panel.getByText('Secret set').waitFor();
  // The form is cleared when the response arrives, which may be after the list was updated.
  expect(await eventually(async () => !(await page.content()).includes('canary'))).toBe(true);
  const sites = await page.evaluate(async () => (await fetch('/api/sites')).text());
  expect(sites).not.toContain('canary');

  expect(await sendWebhook('orders/create', order())).toBe(200);
  await reader.open('/sites/clocks');
  await page.getByText('1 order by webhook in the last 7 days').waitFor();
});

test('the order status that counts as a purchase is saved with the other settings', async () => {
  const { page } = reader;
  await reader.open('/sites/clocks/settings');
  await page.getByText('When paid', { exact: true }).click();
  await page.getByRole('button', { name: 'Save' }).click();
  const readPurchaseSetting = () =>
    page.evaluate(async () => {
      const site: { webhooks: { purchaseOn: string } } = await (await fetch('/api/sites/clocks')).json();
      return site.webhooks.purchaseOn;
    });
  expect(await eventually(async () => (await readPurchaseSetting()) === 'paid')).toBe(true);
  expect(await sendWebhook('orders/create', buildShopifyOrder({ checkout_token: 'unpaid' }))).toBe(200);
});

test('the file of a customer data request is downloaded and removed', { timeout: 120_000 }, async () => {
  const { page } = reader;
  const customer = { id: 1, email: 'jane.doe@example.com' };
  const request = { shop_domain: 'shop.myshopify.example', customer, orders_requested: [] };
  expect(await sendWebhook('customers/data_request', request)).toBe(200);
  await reader.open('/');
  await page.getByText('A customer asked the shop for their data').waitFor();
  await reader.open('/sites/clocks/privacy');
  const panel = page.getByRole('region', { name: 'Customer data requests' });
  const [download] = await Promise.all([page.waitForEvent('download'), panel.getByRole('link', { name: /^Download/ }).click()]);
  expect(download.suggestedFilename()).toMatch(/^clocks-[0-9a-f]{16}\.json$/);
  const file: { namedBy: string[]; events: { name: string }[] } = JSON.parse(await text(await download.createReadStream()));
  expect(file).toMatchObject({ namedBy: ['email', 'externalId'], events: [{ name: 'Purchase' }] });

  for (const [colorScheme, width] of [
    ['light', 1280],
    ['dark', 390],
  ] as const) {
    const storageState = await reader.context.storageState();
    const other = await createDashboardUser(browser, scene.gateway, {
      storageState,
      colorScheme,
      viewport: { width, height: 900 },
    });
    await other.open('/sites/clocks/privacy');
    await other.page.getByRole('region', { name: 'Customer data requests' }).waitFor();
    const { violations, overflow } = await auditPage(other.page);
    expect([colorScheme, violations, overflow]).toEqual([colorScheme, [], 0]);
    expect(other.pageErrors).toEqual([]);
    await other.close();
  }

  await panel.getByRole('button', { name: /^Remove the file/ }).click();
  await page.getByRole('button', { name: 'Remove file', exact: true }).click();
  await panel.getByText('No files.').waitFor();
});
