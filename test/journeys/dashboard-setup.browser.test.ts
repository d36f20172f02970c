import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectToGateway } from '../../src/cli/cli-context.ts';
import { getSharedBrowser } from '../browser.fixture.ts';
import { createDashboardUser, createFirstAccount, type DashboardUser, type Scene, startScene } from '../dashboard.fixture.ts';
import { secretKey, writeKey } from '../gateway.fixture.ts';
import { auditPage } from '../page-audit.fixture.ts';

/** The ways to connect a shop, each with the status of its own reports. */

const timeout30s = { timeout: 30_000 };
const dayMs = 86_400_000;
let browser: Browser;
let scene: Scene;
let user: DashboardUser;

beforeAll(async () => {
  browser = await getSharedBrowser();
  scene = await startScene({ site: { consent: { policy: 'granted' }, connections: [] }, agoMs: 2 * dayMs });
  await sendServerEvent('ord-1');
  scene.advance(2 * dayMs);
  user = await createDashboardUser(browser, scene.gateway);
  await createFirstAccount(user, scene.gateway);
});
afterAll(async () => {
  await user?.close();
  await scene?.close();
});

async function post(path: string, body: object, headers: Record<string, string>): Promise<void> {
  const response = await fetch(`${scene.gateway.url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
  expect(response.ok, await response.text()).toBe(true);
}

const sendPixelEvent = () =>
  post('/e', { writeKey, events: [{ id: 'v-1', name: 'PageView' }] }, { origin: 'https://shop.example' });
const sendServerEvent = (id: string) =>
  post('/v1/events', { events: [{ id, name: 'Purchase' }] }, { authorization: `Bearer ${secretKey}` });
const track = (messageId: string) =>
  post(
    '/v1/page',
    { writeKey, messageId, anonymousId: 'a-1', context: { page: { url: 'https://shop.example/' } } },
    {
      origin: 'https://shop.example',
      'content-type': 'application/json',
    },
  );

async function open(page: Page, method: string): Promise<void> {
  await page.getByRole('radio', { name: new RegExp(`^${method}`) }).click();
}

test("Segment's steps turn green by a report of a Segment SDK alone", { timeout: 120_000 }, async () => {
  const { page } = user;
  await page.goto(new URL('/sites/shop', page.url()).href);
  await open(page, 'Segment');
  await page.getByText('Waiting for the first event of a Segment SDK').waitFor(timeout30s);
  await sendPixelEvent();
  // A way in that fell silent is neither green nor new.
  await open(page, 'Server only');
  await page.getByText('No server event in the last 24 hours').waitFor(timeout30s);
  await sendServerEvent('ord-2');
  await page.getByText('Receiving server events').waitFor(timeout30s);
  await open(page, 'Tag in the page');
  await page.getByText('Receiving pixel events').waitFor(timeout30s);
  await open(page, 'Segment');
  await page.getByText('Waiting for the first event of a Segment SDK').waitFor(timeout30s);
  await track('m-1');
  await page.getByText('Receiving events of a Segment SDK').waitFor(timeout30s);
  expect(await auditPage(page)).toMatchObject({ violations: [], overflow: 0 });
  for (const service of ['Stripe', 'Recharge']) {
    await open(page, service);
    await page.getByText(`Create the webhooks in ${service}`).waitFor(timeout30s);
    expect(await auditPage(page)).toMatchObject({ violations: [], overflow: 0 });
  }
  await open(page, 'Other services');
  await page.getByText('Waiting for the first event of a hook').waitFor(timeout30s);
  expect(await auditPage(page)).toMatchObject({ violations: [], overflow: 0 });
  await open(page, 'Import old orders');
  await page.getByText('convey import orders.csv --site shop --event Purchase --dry-run').waitFor(timeout30s);
  expect(await auditPage(page)).toMatchObject({ violations: [], overflow: 0 });
  expect(user.pageErrors).toEqual([]);
});

test("an import's steps turn green by its rows, which are no events of the shop's server", { timeout: 120_000 }, async () => {
  const { page } = user;
  await page.goto(new URL('/sites/shop?method=import', page.url()).href);
  await page.getByText('Waiting for the first event of an import').waitFor(timeout30s);
  const command = 'convey import orders.csv --site shop --event Purchase';
  for (const [label, end] of [
    ['Command that checks the file', '--dry-run --results check.csv'],
    ['Command that imports the file', '--results results.csv'],
  ] as const)
    expect(await page.getByRole('region', { name: label }).textContent()).toBe(`${command} ${end}`);
  expect(await auditPage(page)).toMatchObject({ violations: [], overflow: 0 });
  const ask = connectToGateway({ dataDir: scene.dataDir });
  const id = '0f'.repeat(16);
  await ask('POST /api/sites/:site/imports', { site: 'shop' }, { id });
  const events = [{ id: 'old-1', name: 'Purchase' }];
  await ask('POST /api/sites/:site/imports/:import/rows', { site: 'shop', import: id }, { after: 0, through: 1, events });
  await page.getByText('Receiving events of an import').waitFor(timeout30s);
  await page.getByText('Reports of an import').waitFor(timeout30s);
  // The test before reported one event of the server.
  await open(page, 'Server only');
  await page.getByText('1 in the last 24 hours, the newest').waitFor(timeout30s);
  await page.goto(new URL('/sites/shop/events', page.url()).href);
  await page.getByText('from an import').first().waitFor(timeout30s);
  await page.getByRole('link', { name: 'Purchase' }).first().click();
  await page.getByText('Received from an import').waitFor(timeout30s);
  expect(user.pageErrors).toEqual([]);
});
