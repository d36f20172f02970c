import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { getSharedBrowser } from '../browser.fixture.ts';
import { callDashboard, createDashboardUser, type DashboardUser, type Scene, signUp, startScene } from '../dashboard.fixture.ts';
import { eventually } from '../gateway.fixture.ts';

/** The focus of the keyboard stays where the person works, also if a control works, closes or is gone. */

const timeout60s = { timeout: 60_000 };
let browser: Browser;
let scene: Scene;
let reader: DashboardUser;
beforeAll(async () => {
  browser = await getSharedBrowser();
  scene = await startScene({ site: null });
  reader = await createDashboardUser(browser, scene.gateway);
  await signUp(reader, scene.gateway);
  const site = await call('POST', '/api/sites', { id: 'shop', domains: ['shop.example'], consent: { policy: 'granted' } });
  const settings = { tagId: '187012345', token: 'good-token' };
  await call('PUT', '/api/sites/shop/connections/bing', {
    revision: JSON.parse(site).revision,
    destination: 'microsoft',
    enabled: true,
    settings,
  });
});
afterAll(async () => {
  await reader.close();
  await scene.close();
});

async function call(method: string, path: string, body?: unknown): Promise<string> {
  const { status, text } = await callDashboard(reader, scene.gateway, method, path, body);
  if (status >= 300) throw new Error(`${method} ${path}: ${text}`);
  return text;
}

const getFocusedName = (page: Page): Promise<string> =>
  page.evaluate(() => {
    const { activeElement: focused } = document;
    return focused === document.body ? 'BODY' : (focused?.getAttribute('aria-label') ?? focused?.textContent ?? '').trim();
  });

/** Focuses a control and presses Enter, as a person with a keyboard does. */
async function press(name: string, role: 'button' | 'menuitem' = 'button'): Promise<void> {
  const control = reader.page.getByRole(role, { name, exact: true });
  // An opening menu takes the focus once it is shown.
  if (role === 'menuitem') await reader.page.locator('[role="menu"]:focus-within').waitFor();
  await control.waitFor();
  if ((await control.locator('xpath=ancestor::*[@role="dialog"]').count()) > 0) await waitForDialog();
  await control.focus();
  await reader.page.keyboard.press('Enter');
}

/** Waits until a dialog has taken the focus, which it does after it is shown. Keys that are pressed before reach the page below. */
async function waitForDialog(): Promise<void> {
  await reader.page.locator('[role="dialog"]:focus-within').waitFor();
}

/** Expects that the focus reaches a control and stays there, with no dialog or menu open. */
async function expectFocus(name: string): Promise<void> {
  const { page } = reader;
  await eventually(async () => (await getFocusedName(page)) === name && (await page.getByRole('dialog').count()) === 0);
  // The focus does not move again.
  await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 250)));
  expect(await getFocusedName(page)).toBe(name);
}

test('the focus stays on the buttons of a connection that work, and on what replaces them', timeout60s, async () => {
  const { page } = reader;
  await reader.open('/sites/shop/destinations/bing');
  await press('Pause');
  await page.getByText('Paused', { exact: true }).first().waitFor();
  await expectFocus('Resume');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Pause' }).waitFor();
  await expectFocus('Pause');
  await press('Test connection');
  await expectFocus('Test connection');
  await press('Send test event');
  await page.getByText('Convey received the test event.').waitFor();
  await expectFocus('Send test event');
  await page.getByRole('button', { name: 'Close' }).last().focus();
  await page.keyboard.press('Enter');
  await page.getByText('Convey received the test event.').waitFor({ state: 'detached' });
  // The neighbour closes the result of the test of the connection.
  await expectFocus('Close');
  await press('Mute alerts');
  await page.getByRole('menuitem', { name: 'For 8 hours' }).waitFor();
  await press('For 8 hours', 'menuitem');
  await page.getByRole('button', { name: 'Unmute alerts' }).waitFor();
  await expectFocus('Unmute alerts');
  await page.keyboard.press('Enter');
  await expectFocus('Mute alerts');
});

test('the focus returns to the button that opened a dialog', timeout60s, async () => {
  const { page } = reader;
  await reader.open('/sites/shop/settings');
  await press('Create secret key');
  await page.getByRole('button', { name: 'I have copied it' }).waitFor();
  await press('I have copied it');
  await expectFocus('Create secret key');
  const [remove] = await page.getByRole('button', { name: /^Remove [0-9a-f]/ }).all();
  const name = (await remove?.getAttribute('aria-label')) ?? '';
  await press(name);
  await waitForDialog();
  await page.keyboard.press('Escape');
  await expectFocus(name);
  // The key is gone with its button.
  await page.keyboard.press('Enter');
  await press('Remove key');
  await page.getByText('No secret keys yet.').waitFor();
  await expectFocus('Create secret key');
});

test('the menu of the account asks before it ends all sessions, and returns the focus', timeout60s, async () => {
  const { page } = reader;
  await reader.open('/account');
  await press('ada');
  await press('Sign out everywhere', 'menuitem');
  const dialog = page.getByRole('dialog', { name: 'Sign out everywhere?' });
  await dialog.getByText('Every session of ada ends').waitFor();
  await waitForDialog();
  await page.keyboard.press('Escape');
  await expectFocus('ada');
  await call('GET', '/api/me');
});

test('the focus stays on the list after one of its rows is removed', timeout60s, async () => {
  const channels = ['ops', 'shop', 'night'].map((id) => ({
    id,
    type: 'slack',
    url: `https://hooks.slack.com/services/T0/B0/${id}`,
  }));
  const { settings } = JSON.parse(await call('GET', '/api/alerts'));
  await call('PUT', '/api/alerts/settings', { revision: settings.revision, settings: { channels } });
  await reader.open('/alerts');
  await press('Remove: shop');
  await press('Remove channel');
  await expectFocus('Test: night');
  await press('Remove: night');
  await press('Remove channel');
  await expectFocus('Remove: ops');
});

test('the focus stays on the decisions about an issue', timeout60s, async () => {
  const { page } = reader;
  await call('POST', '/api/sites/shop/connections/bing/pause');
  await eventually(async () => (await call('GET', '/api/issues')).includes('bing'));
  const [issue] = JSON.parse(await call('GET', '/api/issues'));
  await reader.open(`/issues?issue=${issue.id}`);
  await press('Acknowledge');
  await page.getByRole('button', { name: 'Open again' }).waitFor();
  await expectFocus('Open again');
  await page.keyboard.press('Enter');
  await expectFocus('Acknowledge');
  await press('Snooze');
  await page.getByRole('menuitem', { name: 'For 1 hour' }).waitFor();
  await press('For 1 hour', 'menuitem');
  await page.getByRole('button', { name: 'Open again' }).waitFor();
  await expectFocus('Snooze');
});

test(
  'a saved view is named in full, is asked for before it is deleted, and returns the focus to its menu',
  timeout60s,
  async () => {
    const { page } = reader;
    const name = `Purchases of ${'W'.repeat(47)}`;
    await reader.open('/sites/shop/events?event=Purchase');
    await press('Saved views');
    await page.getByText('No saved views yet.').waitFor();
    await press('Save this view', 'menuitem');
    const field = page.getByRole('dialog', { name: 'Save this view' }).getByLabel('Name');
    await field.fill(name);
    await field.press('Enter');
    await page.getByRole('button', { name: `Delete view: ${name}` }).waitFor();
    await expectFocus(name);

    // A name that is longer than the menu is cut, and its title has the whole.
    await page.keyboard.press('Enter');
    const entry = page.getByRole('menu').getByTitle(`${name}, saved by ada`);
    await entry.waitFor();
    const [inner, outer] = [await entry.boundingBox(), await page.getByRole('menu').boundingBox()];
    expect((inner?.x ?? 0) + (inner?.width ?? 0)).toBeLessThan((outer?.x ?? 0) + (outer?.width ?? 0));
    expect(await entry.evaluate((one) => [one.scrollWidth > one.clientWidth, getComputedStyle(one).textOverflow])).toEqual([
      true,
      'ellipsis',
    ]);
    await page.keyboard.press('Escape');

    await press(`Delete view: ${name}`);
    await page.getByRole('dialog', { name: `Delete the view “${name}”?` }).waitFor();
    await page.getByText('All accounts of this site share the view').waitFor();
    await waitForDialog();
    await page.keyboard.press('Escape');
    await expectFocus(`Delete view: ${name}`);
    expect(await call('GET', '/api/sites/shop/views')).toContain(name);
    await page.keyboard.press('Enter');
    await press('Delete view');
    await expectFocus('Saved views');
    expect(await call('GET', '/api/sites/shop/views')).not.toContain(name);
  },
);

test('the menu of saved views shows that it loads until the views are known', timeout60s, async () => {
  const { page } = reader;
  const views = Promise.withResolvers<void>();
  await page.route('**/api/sites/shop/views', async (route) => {
    await views.promise;
    await route.continue();
  });
  await reader.open('/sites/shop/events');
  await press('Saved views');
  await page.getByText('Saved views are being loaded.').waitFor();
  expect(await page.getByText('No saved views yet.').count()).toBe(0);
  views.resolve();
  await page.getByText('No saved views yet.').waitFor();
  expect(await page.getByText('Saved views are being loaded.').count()).toBe(0);
  await page.unrouteAll();
});

test('a click beside the controls leaves the focus nowhere', timeout60s, async () => {
  const { page } = reader;
  await reader.open('/account');
  await page.getByRole('switch', { name: 'Single-key shortcuts' }).focus();
  await page.evaluate(() => document.activeElement instanceof HTMLElement && document.activeElement.blur());
  await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 250)));
  expect(await getFocusedName(page)).toBe('BODY');
  expect(reader.pageErrors).toEqual([]);
});
