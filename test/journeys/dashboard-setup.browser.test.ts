import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
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
  expect(user.pageErrors).toEqual([]);
});
