import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { type DemoShop, startDemoShop } from '../../src/simulators/demo-shop/demo-shop.ts';
import { createShopper, launchBrowser } from '../browser.fixture.ts';
import { createDashboardUser, createFirstAccount, password, type Scene, startScene } from '../dashboard.fixture.ts';
import { buy, press } from '../demo-shopper.fixture.ts';
import { tagId } from '../gateway.fixture.ts';
import { auditPage } from '../page-audit.fixture.ts';

/** From an empty gateway to a delivered purchase, through a token that breaks, by what stands on the pages alone. */

const patience = { timeout: 30_000 };
let browser: Browser;
let scene: Scene;
let storefront: DemoShop | undefined;

beforeAll(async () => {
  browser = await launchBrowser();
  scene = await startScene({ site: null });
});
afterAll(async () => {
  await storefront?.close();
  await scene.close();
  await browser.close();
});

const click = (page: Page, name: string | RegExp) => page.getByRole('button', { name, exact: true }).first().click();
const follow = (page: Page, name: string | RegExp) => page.getByRole('link', { name }).first().click();
const saved = (page: Page) => page.getByText('Saved.', { exact: true }).waitFor(patience);

test('sign in, make a site, see its first event, add Microsoft, break its token and mend it', { timeout: 240_000 }, async () => {
  const reader = await createDashboardUser(browser, scene.gateway);
  const { page } = reader;
  await createFirstAccount(reader, scene.gateway);

  // Signs out, and in again.
  await click(page, /ada/);
  await page.getByRole('menuitem', { name: 'Sign out', exact: true }).click();
  await page.getByLabel('Name').fill('ada');
  await page.locator('input[type=password]').fill('not the right password');
  await click(page, 'Sign in');
  await page.getByText('The name or the password is wrong').waitFor(patience);
  await page.locator('input[type=password]').fill(password);
  await click(page, 'Sign in');

  // Makes a site; what is wrong is said beside its field.
  await page.getByRole('heading', { name: 'Welcome to Convey' }).waitFor(patience);
  await follow(page, 'Add a site');
  await page.getByLabel('Name').fill('My shop');
  await sees(page.getByLabel(/^ID/), 'my-shop');
  const domains = page.getByRole('combobox', { name: 'Domains' });
  await domains.fill('shop_one');
  await page.keyboard.press('Enter');
  await click(page, 'Add site');
  await page.getByText('Must be a domain name').waitFor(patience);
  await domains.press('Backspace');
  await domains.fill('127.0.0.1');
  await page.keyboard.press('Enter');
  await click(page, 'Add site');

  // Pastes the line into a shop's pages, and watches the first event come.
  await page.getByText('Waiting for your first event').waitFor(patience);
  const line = (await page.getByText(/^<script>.*<\/script>$/s).textContent()) ?? '';
  const [, pixel = ''] = /s\.src='([^']+)'/.exec(line) ?? [];
  expect(pixel).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/p\.js\?k=wk_/);
  storefront = await startDemoShop({ port: 0, pixel, tagOrigin: scene.simulator.url });
  const shopper = await createShopper(browser);
  await shopper.page.goto(`${storefront.url}/?msclkid=dd4afcccb1c94a4cad9544dd7e5006ab`);
  await press(shopper.page, 'Accept');
  await page.getByText('Receiving browser events').waitFor(patience);

  // Adds Microsoft: a wrong token is refused before anything is kept.
  await follow(page, /^Destinations/);
  await follow(page, /Add/);
  await page.getByLabel('UET tag ID').fill(tagId);
  const token = page.getByRole('textbox', { name: 'Conversions API token' });
  await token.fill('wrong-token');
  await click(page, 'Test connection');
  await page.getByText('The platform does not accept these settings').waitFor(patience);
  await token.fill('good-token');
  await click(page, 'Test connection');
  await page.getByText('The platform accepts these settings').waitFor(patience);
  await click(page, 'Add destination');
  await page.getByText('Healthy', { exact: true }).first().waitFor(patience);
  expect((await auditPage(page)).violations).toEqual([]);

  // The shopper buys; the list tells of it by itself, and its timeline says that it was delivered.
  await follow(page, /^Events/);
  const bought = await buyAnything(shopper.page, storefront.url);
  const row = page.getByRole('row').filter({ hasText: bought }).first();
  await row.waitFor(patience);
  await row.getByRole('link').click();
  await page.getByRole('heading', { level: 1, name: /Purchase/ }).waitFor(patience);
  await page.getByText('delivered', { exact: true }).first().waitFor(patience);
  const timeline = (await page.locator('main').textContent()) ?? '';
  expect(timeline).toContain('purchase');
  expect(timeline).not.toContain('good-token');
  expect(timeline.toLowerCase()).not.toContain('jane.doe');

  // The token breaks: the connection says so, and so does the first page. What comes meanwhile waits.
  await follow(page, /^Destinations/);
  await follow(page, /Microsoft Advertising/);
  await token.fill('expired-token');
  await click(page, 'Save');
  await saved(page);
  const second = await buyAnything(shopper.page, storefront.url);
  await page.getByText('Unhealthy', { exact: true }).first().waitFor(patience);
  await follow(page, /^Overview/);
  await page
    .getByText(/action needed/i)
    .first()
    .waitFor(patience);
  await reader.open(`/sites/my-shop/events/${second}`);
  await page.getByText('undelivered', { exact: true }).first().waitFor(patience);

  // It is mended, and everything goes.
  await reader.open('/sites/my-shop/destinations/microsoft');
  await token.fill('good-token');
  await click(page, 'Save');
  await saved(page);
  await page.getByText('Healthy', { exact: true }).first().waitFor(patience);
  await reader.open(`/sites/my-shop/events/${second}`);
  await page.getByText('delivered', { exact: true }).first().waitFor(patience);

  const { events } = await (await fetch(`${scene.simulator.url}/journal/events`)).json();
  for (const id of [bought, second])
    expect(
      events.filter((one: { eventId: string; server: unknown[] }) => one.eventId === id && one.server.length === 1),
    ).toHaveLength(1);
  expect(reader.pageErrors).toEqual([]);
  expect(reader.strayRequests).toEqual([]);
  await shopper.close();
  await reader.close();
});

async function sees(field: ReturnType<Page['getByLabel']>, value: string): Promise<void> {
  expect(await field.inputValue()).toBe(value);
}

/** Returns the event id that the shop's server gave the purchase. */
async function buyAnything(page: Page, shop: string): Promise<string> {
  await page.goto(`${shop}/p/cube-desk`);
  await buy(page);
  const fields = await page.locator('[data-fields]').getAttribute('data-fields');
  return z.object({ id: z.string() }).parse(JSON.parse(fields ?? '')).id;
}
