import type { Browser } from 'playwright-core';
import { afterEach, beforeAll, expect, it } from 'vitest';
import { createShopper, getSharedBrowser } from '../../../../test/browser.fixture.ts';
import { startMicrosoftSimulator } from '../simulator.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await getSharedBrowser();
});

const ending: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end();
});

async function open() {
  const simulator = await startMicrosoftSimulator({ port: 0 });
  ending.push(simulator.close);
  const reader = await createShopper(browser, { viewport: { width: 390, height: 844 } });
  ending.push(reader.close);
  await reader.page.goto(simulator.url);
  const report = (name: string, id: string) =>
    fetch(`${simulator.url}/action/0?ti=187012345&evt=custom&ea=${name}&event_id=${id}`);
  return { simulator, report, page: reader.page, complaints: reader.pageErrors };
}

it('the page shows new entries, keeps open details and fits a phone', async () => {
  const { report, page, complaints } = await open();
  await report('purchase', 'ord-1');
  await page.getByRole('heading', { name: '1 conversion for 1 goal' }).waitFor();
  await page.getByText('Raw JSON').click();
  // A reader further down gets a button.
  await page.evaluate(() => scrollTo(0, 400));
  await report('lead', 'l'.repeat(300));
  await page.getByRole('button', { name: 'Show new entries' }).click();
  await page.getByRole('heading', { name: '2 conversions for 2 goals' }).waitFor();
  await page.getByRole('button', { name: 'Show new entries' }).waitFor({ state: 'hidden' });
  expect(await page.locator('details[open]').evaluateAll((all) => all.map((each) => each.getAttribute('data-key')))).toEqual([
    'event-b1',
  ]);
  expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
  expect(complaints).toEqual([]);
});

it('the page changes the view without a reload, by mouse, keyboard and back button', async () => {
  const { report, page, complaints } = await open();
  await report('purchase', 'ord-1');
  await report('view_item', 'v-1');
  await page.getByRole('link', { name: 'All 2' }).waitFor();
  await page.evaluate(() => Reflect.set(window, 'isSame', true));
  await page.getByRole('link', { name: 'Not counted 1' }).click();
  await expect.poll(() => page.locator('.card strong').allTextContents()).toEqual(['view_item']);
  expect(new URL(page.url()).search).toBe('?show=not-counted');
  expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-current'))).toBe('page');
  await report('search', 's-1');
  await expect.poll(() => page.locator('.card strong').allTextContents()).toEqual(['search', 'view_item']);
  await page.keyboard.press('Shift+Tab');
  await page.keyboard.press('Shift+Tab');
  await page.keyboard.press('Enter');
  await expect.poll(() => page.locator('.card strong').allTextContents()).toEqual(['purchase']);
  await page.goBack();
  await expect.poll(() => page.locator('.card strong').allTextContents()).toEqual(['search', 'view_item']);
  expect(await page.evaluate(() => Reflect.get(window, 'isSame'))).toBe(true);
  expect(complaints).toEqual([]);
});

it('the page ends a fault and clears the journal by buttons', async () => {
  const { simulator, report, page, complaints } = await open();
  simulator.faults({ mode: '500' });
  await report('purchase', 'ord-1');
  await page.getByRole('button', { name: 'End the fault' }).click();
  await page.getByText('Active fault').waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Clear the journal' }).click();
  await page.getByRole('heading', { name: 'No events yet' }).waitFor();
  expect([simulator.faults(), simulator.journalEvents()]).toEqual([{ mode: 'ok' }, []]);
  expect(complaints).toEqual([]);
});

it('the page keeps the focus over a refresh, and announces entries that it does not show', async () => {
  const { simulator, report, page, complaints } = await open();
  simulator.faults({ mode: '500' });
  await report('purchase', 'ord-1');
  for (const [role, name] of [
    ['button', 'End the fault'],
    ['button', 'Clear the journal'],
    ['link', /^Conversions /],
  ] as const) {
    // A scrolled page would only show the button.
    await page.getByRole(role, { name }).evaluate((each) => each.focus({ preventScroll: true }));
    const before = simulator.journalEvents().length;
    await report('view_item', `v-${before}`);
    await page.getByRole('link', { name: `All ${before + 1}` }).waitFor();
    expect(await page.getByRole(role, { name }).evaluate((each) => each === document.activeElement)).toBe(true);
  }
  await page.evaluate(() => scrollTo(0, 400));
  await report('lead', 'lead-1');
  await page.getByRole('status').getByRole('button', { name: 'Show new entries' }).waitFor();
  expect(complaints).toEqual([]);
});
