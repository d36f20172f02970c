import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { type DemoShop, startDemoShop } from '../../src/simulators/demo-shop/demo-shop.ts';
import { createShopper, getSharedBrowser } from '../browser.fixture.ts';
import { createDashboardUser, createFirstAccount, password, type Scene, startScene } from '../dashboard.fixture.ts';
import { buy, press } from '../demo-shopper.fixture.ts';
import { tagId } from '../gateway.fixture.ts';
import { auditPage } from '../page-audit.fixture.ts';

/** A new user sets up an empty gateway with the dashboard only, up to a delivered purchase, and repairs an expired token. */

const timeout30s = { timeout: 30_000 };
let browser: Browser;
let scene: Scene;
let storefront: DemoShop | undefined;

beforeAll(async () => {
  browser = await getSharedBrowser();
  scene = await startScene({ site: null });
});
afterAll(async () => {
  await storefront?.close();
  await scene.close();
});

const click = (page: Page, name: string | RegExp) => page.getByRole('button', { name, exact: true }).first().click();
const openLink = (page: Page, name: string | RegExp) => page.getByRole('link', { name }).first().click();
const waitUntilSaved = (page: Page) => page.getByText('Saved.', { exact: true }).waitFor(timeout30s);

test('a new user signs in, creates a site, sees its first event, adds Microsoft, and replaces an expired token', {
  timeout: 240_000,
}, async () => {
  const reader = await createDashboardUser(browser, scene.gateway);
  const { page } = reader;
  await createFirstAccount(reader, scene.gateway);

  await click(page, /ada/);
  await page.getByRole('menuitem', { name: 'Sign out', exact: true }).click();
  await page.getByLabel('Name').fill('ada');
  await page.locator('input[type=password]').fill('not the right password');
  await click(page, 'Sign in');
  await page.getByText('The name or the password is wrong').waitFor(timeout30s);
  await page.locator('input[type=password]').fill(password);
  await click(page, 'Sign in');

  // Creates a site. An invalid value is reported at its field.
  await page.getByRole('heading', { name: 'Welcome to Convey' }).waitFor(timeout30s);
  await openLink(page, 'Add site');
  await page.getByLabel('Name').fill('My shop');
  await expectValue(page.getByLabel(/^ID/), 'my-shop');
  const domains = page.getByRole('combobox', { name: 'Domains' });
  await domains.fill('shop_one');
  await page.keyboard.press('Enter');
  await click(page, 'Add site');
  await page.getByText('Must be a domain name').waitFor(timeout30s);
  await waitUntilFocused(domains);
  await domains.press('Backspace');
  await domains.fill('127.0.0.1');
  await page.keyboard.press('Enter');
  await click(page, 'Add site');

  // Adds the snippet to the shop's pages, and waits for the first event.
  await page.getByText('Waiting for the first pixel event').waitFor(timeout30s);
  const line = (await page.getByText(/^<script>.*<\/script>$/s).textContent()) ?? '';
  const [, pixel = ''] = /s\.src='([^']+)'/.exec(line) ?? [];
  expect(pixel).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/p\.js\?k=wk_/);

  // Pages of a domain that the site lacks are refused, until it is added.
  const refused = { writeKey: new URL(pixel).searchParams.get('k'), events: [{ id: 'v-1', name: 'PageView' }] };
  await fetch(new URL('e', pixel), {
    method: 'POST',
    headers: { origin: 'http://localhost:3000' },
    body: JSON.stringify(refused),
  });
  await page.getByText('Events of localhost are refused').first().waitFor(timeout30s);
  await click(page, 'Add localhost');
  await page.getByRole('dialog').getByRole('button', { name: 'Add domain' }).click();
  await page.getByText('Waiting for the first pixel event').waitFor(timeout30s);

  storefront = await startDemoShop({ port: 0, pixel, tagOrigin: scene.simulator.url });
  const shopper = await createShopper(browser);
  await shopper.page.goto(`${storefront.url}/?msclkid=dd4afcccb1c94a4cad9544dd7e5006ab`);
  await page.getByText('The pixel waits for consent').waitFor(timeout30s);
  await press(shopper.page, 'Accept');
  await page.getByText('Receiving pixel events').waitFor(timeout30s);

  // Adds Microsoft. A wrong token is refused before anything is stored.
  await openLink(page, /^Connections/);
  await openLink(page, /Add/);
  await page.getByLabel('UET tag ID').fill(tagId);
  const token = page.getByRole('textbox', { name: 'Conversions API token' });
  await token.fill('wrong-token');
  await click(page, 'Test connection');
  await page.getByText('The platform refuses the credential or the id').waitFor(timeout30s);
  await token.fill('good-token');
  await click(page, 'Test connection');
  await page.getByText('The platform accepts the credential').waitFor(timeout30s);
  await click(page, 'Add connection');
  await page.getByText('Not yet confirmed', { exact: true }).first().waitFor(timeout30s);
  expect((await auditPage(page)).violations).toEqual([]);

  // The list shows the purchase without a reload, and its timeline shows the delivery.
  await openLink(page, /^Events/);
  const firstPurchase = await buyAnything(shopper.page, storefront.url);
  const link = page.locator(`a[href*="${firstPurchase}"]`).first();
  await link.waitFor(timeout30s);
  await link.click();
  await page.getByRole('heading', { level: 1, name: /Purchase/ }).waitFor(timeout30s);
  await page.getByText('Delivered', { exact: true }).first().waitFor(timeout30s);
  const timeline = (await page.locator('main').textContent()) ?? '';
  expect(timeline).toContain('purchase');
  expect(timeline).not.toContain('good-token');
  expect(timeline.toLowerCase()).not.toContain('jane.doe');

  // The token expires. The connection and the overview report it, and new events wait.
  await openLink(page, /^Connections/);
  await openLink(page, /Microsoft Advertising/);
  await page.getByRole('navigation', { name: 'Connection' }).getByRole('link', { name: 'Settings' }).click();
  await token.fill('expired-token');
  await click(page, 'Save');
  await waitUntilSaved(page);
  const secondPurchase = await buyAnything(shopper.page, storefront.url);
  await page.getByText('Unhealthy', { exact: true }).first().waitFor(timeout30s);
  await openLink(page, /^Overview/);
  await page
    .getByText(/refuse[sd] the token/)
    .first()
    .waitFor(timeout30s);
  await reader.open(`/sites/my-shop/events/${secondPurchase}`);
  await page.getByText('Not delivered yet', { exact: true }).first().waitFor(timeout30s);

  // A valid token is saved, and all events are delivered.
  await reader.open('/sites/my-shop/destinations/microsoft?tab=settings');
  await token.fill('good-token');
  await click(page, 'Save');
  await waitUntilSaved(page);
  await page.getByText('Healthy', { exact: true }).first().waitFor(timeout30s);
  await reader.open(`/sites/my-shop/events/${secondPurchase}`);
  await page.getByText('Delivered', { exact: true }).first().waitFor(timeout30s);

  // The destination is disabled and enabled again.
  await reader.open('/sites/my-shop/destinations/microsoft?tab=settings');
  await click(page, 'Disable connection');
  await page.getByRole('dialog').getByRole('button', { name: 'Disable connection' }).click();
  await page.getByText('Disabled', { exact: true }).first().waitFor(timeout30s);
  await click(page, 'Enable connection');
  await page.getByText('Healthy', { exact: true }).first().waitFor(timeout30s);

  // Another platform's tag is set. The form reports its missing ID, and the pixel then drives the tag.
  await reader.open('/sites/my-shop/settings');
  const tag = page.getByRole('radiogroup', { name: 'Meta: Meta Pixel' });
  await tag.getByText('Load it').click();
  await click(page, 'Save');
  await page.getByText('Is missing. Set it to the ID of your pixel.').waitFor(timeout30s);
  await waitUntilFocused(page.getByLabel('Pixel ID'));
  await page.getByLabel('Pixel ID').fill('1234567890123456');
  await click(page, 'Save');
  await waitUntilSaved(page);
  expect((await auditPage(page)).violations).toEqual([]);
  expect(await (await fetch(pixel)).text()).toContain('"pixelId":"1234567890123456"');

  const { events } = await (await fetch(`${scene.simulator.url}/journal/events`)).json();
  for (const id of [firstPurchase, secondPurchase])
    expect(
      events.filter((one: { eventId: string; server: unknown[] }) => one.eventId === id && one.server.length === 1),
    ).toHaveLength(1);
  expect(reader.pageErrors).toEqual([]);
  expect(reader.strayRequests).toEqual([]);
  await shopper.close();
  await reader.close();
});

async function waitUntilFocused(field: ReturnType<Page['getByLabel']>): Promise<void> {
  await expect.poll(() => field.evaluate((element) => element === document.activeElement)).toBe(true);
}

async function expectValue(field: ReturnType<Page['getByLabel']>, value: string): Promise<void> {
  expect(await field.inputValue()).toBe(value);
}

/** Buys a product. Returns the event id that the shop's server created. */
async function buyAnything(page: Page, shop: string): Promise<string> {
  await page.goto(`${shop}/p/cube-desk`);
  await buy(page);
  const fields = await page.locator('[data-fields]').getAttribute('data-fields');
  return z.object({ id: z.string() }).parse(JSON.parse(fields ?? '')).id;
}
