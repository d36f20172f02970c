import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { getSharedBrowser } from '../browser.fixture.ts';
import {
  createAccount,
  createDashboardUser,
  type DashboardUser,
  password,
  type Scene,
  sendServerEvents,
  startScene,
} from '../dashboard.fixture.ts';
import { eventually } from '../gateway.fixture.ts';
import { auditPage } from '../page-audit.fixture.ts';

/** The dashboard is used with the keyboard only. */

let browser: Browser;
let scene: Scene;
beforeAll(async () => {
  browser = await getSharedBrowser();
  scene = await startScene();
  const commerce = { orderId: '1001', value: 125.4, currency: 'USD' };
  await sendServerEvents(scene.gateway, [
    { name: 'Lead', id: 'lead-1', consent: { adStorage: 'granted', explicit: true } },
    { name: 'Purchase', user: { email: 'Jane.Doe+x@Example.com' }, commerce, consent: { adStorage: 'granted', explicit: true } },
  ]);
  await createAccount(scene.gateway);
});
afterAll(async () => {
  await scene.close();
});

/** Returns the accessible name or the text of the focused element. */
const getFocusedName = (page: Page): Promise<string> =>
  page.evaluate("(document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent ?? '').trim()");

/** Checks that the focused element, or its row of a list, has a visible outline. */
const hasFocusOutline = `[document.activeElement, document.activeElement.closest('tr')].some((one) => {
  const { outlineStyle, outlineWidth } = one ? getComputedStyle(one) : { outlineStyle: 'none' };
  return outlineStyle !== 'none' && parseFloat(outlineWidth) >= 1;
})`;

/** Presses Tab until the element with this name has the focus, and expects a visible outline. */
async function tabTo(page: Page, name: string | RegExp, key: 'Tab' | 'Shift+Tab' = 'Tab'): Promise<void> {
  const is = (text: string) => (typeof name === 'string' ? text === name : name.test(text));
  for (let presses = 0; presses < 80; presses += 1) {
    await page.keyboard.press(key);
    if (is(await getFocusedName(page))) {
      expect([name, await page.evaluate(hasFocusOutline)]).toEqual([name, true]);
      return;
    }
  }
  throw new Error(`no way by keyboard to ${String(name)}; the focus is on ${await getFocusedName(page)}`);
}

/** Opens a page of a user who is signed out, and signs in with the keyboard. */
async function signIn({ page, open }: DashboardUser, path: string): Promise<void> {
  await open(path);
  await page.getByRole('button', { name: 'Sign in' }).waitFor();
  await page.keyboard.type('ada');
  await page.keyboard.press('Tab');
  await page.keyboard.type(password);
  await page.keyboard.press('Enter');
}

test('a keyboard user signs in, finds an event, reads it, pauses a connection, and signs out', { timeout: 120_000 }, async () => {
  const reader = await createDashboardUser(browser, scene.gateway);
  const { page } = reader;
  await signIn(reader, '/sites/shop/events');

  // The sign-in leads back to the page that was opened.
  await page.waitForURL(/\/sites\/shop\/events$/);
  await page.getByRole('row').filter({ hasText: '1001' }).waitFor();
  await tabTo(page, 'Purchase');
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/events\/purchase-1001$/);
  await page.getByRole('heading', { level: 1, name: /Purchase/ }).waitFor();

  // J opens the older event of the list, K the newer one. With a filter, they stay within it.
  await page.getByRole('button', { name: 'Older', disabled: false }).waitFor();
  await page.keyboard.press('j');
  await page.waitForURL(/\/events\/lead-1$/);
  await page.getByRole('button', { name: 'Newer', disabled: false }).waitFor();
  await page.keyboard.press('k');
  await page.waitForURL(/\/events\/purchase-1001$/);

  // Speech input can type letters by mistake, so the keys can be turned off.
  await reader.open('/account');
  await page.getByRole('switch', { name: 'Single-key shortcuts' }).focus();
  await page.keyboard.press('Space');
  await reader.open('/sites/shop/events/purchase-1001');
  await page.getByRole('button', { name: 'Older', disabled: false }).waitFor();
  await page.keyboard.press('j');
  expect(await page.getByTitle('Older event', { exact: true }).isEnabled()).toBe(true);
  expect(page.url()).toMatch(/purchase-1001$/);
  await reader.open('/sites/shop/events');
  await page.getByRole('button', { name: /^Purchase/ }).waitFor();
  await tabTo(page, /^Purchase\s*1$/);
  await page.keyboard.press('Space');
  await page.waitForURL(/\?event=Purchase$/);
  expect(await eventually(async () => (await page.getByRole('row').count()) === 2)).toBe(true);
  await tabTo(page, 'Purchase');
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/events\/purchase-1001\?event=Purchase$/);
  await page.getByRole('button', { name: 'Older', disabled: true }).waitFor();

  // A link of an earlier version opens its days, and an empty range offers a longer one.
  const dayMs = 86_400_000;
  await reader.open(`/sites/shop/events?since=${Date.now() - 3 * dayMs}&until=${Date.now() - 2 * dayMs}`);
  await page.waitForURL(/\/events\?range=custom&from=[\d-]+&to=[\d-]+$/);
  await page.getByText(/^No events on these \d days$/).waitFor();
  await page.getByText('Not live: the range is over').waitFor();
  await tabTo(page, 'Last 7 days');
  await page.keyboard.press('Enter');
  await page.getByRole('row').filter({ hasText: '1001' }).waitFor();

  // The first Tab stop on every page skips the menu.
  await reader.open('/sites/shop/destinations/bing');
  await page.getByRole('button', { name: 'Pause' }).waitFor();
  await page.keyboard.press('Tab');
  expect(await getFocusedName(page)).toBe('Skip to content');
  await page.keyboard.press('Enter');
  await tabTo(page, 'Pause');
  await page.keyboard.press('Enter');
  await page.getByText('Paused', { exact: true }).first().waitFor();
  await tabTo(page, 'Resume');
  await page.keyboard.press('Space');
  await page.getByText('Healthy', { exact: true }).first().waitFor();
  await tabTo(page, 'Failed');
  await page.keyboard.press('Enter');
  await page.getByText('No failed events.').waitFor();
  expect(new URL(page.url()).search).toBe('?tab=failed');
  await tabTo(page, 'Health', 'Shift+Tab');
  await page.keyboard.press('Enter');
  await page.getByText('No failed request since counting began').waitFor();

  await tabTo(page, /^ada/, 'Shift+Tab');
  await page.keyboard.press('Enter');
  await page.getByRole('menuitem', { name: 'Sign out', exact: true }).waitFor();
  for (let presses = 0; presses < 8 && (await getFocusedName(page)) !== 'Sign out'; presses += 1)
    await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Sign in' }).waitFor();
  expect(await eventually(async () => (await reader.context.cookies()).length === 0)).toBe(true);
  expect(reader.pageErrors).toEqual([]);
  await reader.close();
});

test('a keyboard user chooses the range, keeps it on other pages, and finds an order and a dialog', {
  timeout: 120_000,
}, async () => {
  const reader = await createDashboardUser(browser, scene.gateway);
  const { page } = reader;
  await signIn(reader, '/sites/shop/match-quality');
  await tabTo(page, /^Range: Last 7 days, .* to .*, UTC$/);
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Last 28 days' }).waitFor();
  expect((await auditPage(page)).violations).toEqual([]);
  await tabTo(page, 'Last 28 days');
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/match-quality\?range=28d$/);
  await tabTo(page, 'Accuracy');
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/accuracy\?range=28d$/);
  await page.getByRole('heading', { level: 1, name: 'Accuracy' }).waitFor();

  // An action asks before it acts.
  await page.keyboard.press('Control+K');
  await page.getByRole('combobox', { name: /^Search/ }).waitFor();
  await page.keyboard.type('pause');
  await page.getByRole('option', { name: /^Pause Microsoft Advertising/ }).waitFor();
  expect((await auditPage(page)).violations).toEqual([]);
  await page.keyboard.press('Enter');
  await page.getByRole('dialog', { name: 'Pause Microsoft Advertising?' }).waitFor();
  await page.keyboard.press('Escape');
  expect(await eventually(async () => (await page.getByRole('dialog').count()) === 0)).toBe(true);

  await page.keyboard.press('Control+K');
  await page.getByRole('combobox', { name: /^Search/ }).waitFor();
  await page.keyboard.type('1001');
  await page.getByRole('option', { name: /^Purchase, order 1001/ }).waitFor();
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/events\/purchase-1001\?range=28d$/);

  // A day that makes no range is marked, explained and focused.
  await reader.open('/sites/shop/accuracy?range=28d');
  await page.getByRole('button', { name: /^Range: Last 28 days/ }).click();
  const [first, last] = [page.getByLabel('From', { exact: true }), page.getByLabel('To', { exact: true })];
  await first.fill('2026-11-20');
  await last.fill('2026-11-19');
  expect(await last.getAttribute('aria-invalid')).toBeNull();
  await page.keyboard.press('Enter');
  await page.getByText('Must not be before the first day.').waitFor();
  const getError = () =>
    last.evaluate((field) => document.getElementById(field.getAttribute('aria-describedby') ?? '')?.textContent);
  expect(await getError()).toBe('Must not be before the first day.');
  expect([await last.getAttribute('aria-invalid'), await first.getAttribute('aria-invalid')]).toEqual(['true', null]);
  expect(await last.evaluate((field) => field === document.activeElement)).toBe(true);
  expect((await auditPage(page)).violations).toEqual([]);
  await last.fill('2026-11-21');
  expect(await last.getAttribute('aria-invalid')).toBeNull();
  await page.keyboard.press('Enter');
  await page.waitForURL(/\?range=custom&from=2026-11-20&to=2026-11-21$/);

  // A range that no page writes is the default, and no failure.
  await reader.open('/sites/shop/accuracy?range=custom&from=2026-13-01&to=x&compare=maybe');
  await page.getByRole('button', { name: /^Range: Last 7 days/ }).waitFor();
  expect(reader.pageErrors).toEqual([]);
  await reader.close();
});

test('a keyboard user adds a channel of alerts, corrects it at its fields, and changes it', { timeout: 120_000 }, async () => {
  const reader = await createDashboardUser(browser, scene.gateway);
  const { page } = reader;
  await signIn(reader, '/alerts');
  await page.getByRole('button', { name: 'Add channel' }).waitFor();
  await tabTo(page, 'Add channel');
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog');
  const name = dialog.getByLabel('Name');
  expect(await eventually(() => name.evaluate((field) => field === document.activeElement))).toBe(true);
  await page.keyboard.type('ops');
  await page.keyboard.press('Shift+Tab');
  await page.keyboard.type('Webhook');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  await page.keyboard.type('nowhere');
  await page.keyboard.press('Enter');

  // The first field with an error gets the focus.
  await dialog.getByText('Is missing. Must be one or two secrets.').waitFor();
  await dialog.getByText('Must be an https URL').waitFor();
  expect((await auditPage(page)).violations).toEqual([]);
  await page.keyboard.press('ControlOrMeta+A');
  await page.keyboard.type('https://receiver.example/');
  await tabTo(page, 'Generate');
  await page.keyboard.press('Enter');
  await tabTo(page, 'Save channel');
  await page.keyboard.press('Enter');

  // A stored secret is not shown, and stays.
  await page.getByRole('button', { name: 'Edit: ops' }).waitFor();
  await tabTo(page, 'Edit: ops');
  await page.keyboard.press('Enter');
  expect(await dialog.getByLabel('Signing secrets').inputValue()).toBe('');
  await dialog.getByLabel('URL').focus();
  await page.keyboard.press('End');
  await page.keyboard.type('alerts');
  await page.keyboard.press('Enter');
  await page.getByText('https://receiver.example/alerts').waitFor();
  expect(reader.pageErrors).toEqual([]);
  await reader.close();
});
