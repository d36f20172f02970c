import { afterAll, beforeAll, expect, test } from 'vitest';
import { getSharedBrowser } from '../browser.fixture.ts';
import {
  createDashboardUser,
  type DashboardUser,
  type Scene,
  signUp,
  simulateShoppers,
  startScene,
} from '../dashboard.fixture.ts';
import { eventually } from '../gateway.fixture.ts';

/** A person changes the range while the answers of the gateway take their time. */

const timeout60s = { timeout: 60_000 };
let scene: Scene;
let reader: DashboardUser;
beforeAll(async () => {
  scene = await startScene({ agoMs: 4 * 3_600_000 });
  await simulateShoppers(scene, 4, 4);
  reader = await createDashboardUser(await getSharedBrowser(), scene.gateway);
  await signUp(reader, scene.gateway);
});
afterAll(async () => {
  await reader.close();
  await scene.close();
});

const countLoading = () => reader.page.getByRole('status', { name: 'Loading' }).count();
const getHeight = () => reader.page.getByRole('main').evaluate((main) => main.scrollHeight);

/** Holds the answers for another range until the returned function is called. */
async function chooseRangeSlowly(): Promise<() => void> {
  const { page } = reader;
  const held = Promise.withResolvers<void>();
  await page.unrouteAll({ behavior: 'wait' });
  await page.route('**/api/**', async (route) => {
    await held.promise;
    await route.continue();
  });
  await page.getByRole('button', { name: /^Range:/ }).click();
  await page.getByRole('button', { name: 'Last 28 days' }).click();
  await page.waitForURL(/range=28d/);
  return held.resolve;
}

test('a page keeps its height while another range is loaded', timeout60s, async () => {
  const { page } = reader;
  for (const path of [
    '/?site=shop',
    '/sites/shop/destinations/bing',
    '/sites/shop/match-quality',
    '/sites/shop/accuracy',
    '/sites/shop/consent',
  ]) {
    await reader.open(path);
    await page.getByRole('heading', { level: 1 }).waitFor();
    await page.waitForLoadState('networkidle');
    expect([path, await eventually(async () => (await countLoading()) === 0)]).toEqual([path, true]);
    const before = await getHeight();
    const release = await chooseRangeSlowly();
    expect([path, await eventually(async () => (await countLoading()) > 0)]).toEqual([path, true]);
    expect([path, await getHeight()]).toEqual([path, before]);
    release();
    expect([path, await eventually(async () => (await countLoading()) === 0)]).toEqual([path, true]);
  }
  expect(reader.pageErrors).toEqual([]);
});

test('the values of filters stay while their counts of another range are loaded, and filter nothing', timeout60s, async () => {
  const { page } = reader;
  await reader.open('/sites/shop/events');
  const facets = page.getByRole('region', { name: 'Filter by value' });
  const value = facets.getByRole('button', { name: /^PageView/ });
  await value.waitFor();
  const before = await facets.getByRole('button').count();
  expect(await value.textContent()).toMatch(/^PageView\d+$/);
  const release = await chooseRangeSlowly();
  await facets.getByRole('button', { name: 'PageView', exact: true, disabled: true }).waitFor();
  expect(await facets.getByRole('button').count()).toBe(before);
  await value.focus();
  await page.keyboard.press('Enter');
  expect(new URL(page.url()).search).toBe('?range=28d');
  release();
  await facets.getByRole('button', { name: /^PageView\s*\d+$/, disabled: false }).waitFor();
  expect(await value.evaluate((one) => one === document.activeElement)).toBe(true);
  expect(reader.pageErrors).toEqual([]);
});
