import { expect, it } from 'vitest';
import { createShopper, getSharedBrowser } from '../../../../test/browser.fixture.ts';
import { createEvent, createPurchase, post, sendBeacon, start } from '../meta.fixture.ts';

const hostile = `"><script>document.title='hacked'</script><img src=x onerror="document.title='hacked'">\u202e${'W'.repeat(200)}`;

it('the page fits a phone with hostile values, changes the view and ends a fault under its own policy', async () => {
  const running = await start();
  const browser = await getSharedBrowser();
  const { page, pageErrors, close } = await createShopper(browser, { viewport: { width: 390, height: 844 } });
  try {
    await sendBeacon(running, { eid: 'ord-1001', 'cd[value]': '119.9', 'cd[currency]': 'EUR' });
    await post(running, [createPurchase()]);
    await post(running, [createEvent({ event_name: hostile, event_id: hostile, custom_data: { [hostile]: hostile } })], {
      root: { test_event_code: hostile },
    });
    running.faults({ mode: 'transient' });
    await page.goto(running.url);
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
    expect(await page.title()).toBe('Meta simulator');
    await page.getByRole('link', { name: 'Merged' }).click();
    await expect.poll(() => page.locator('.cards').first().getByRole('listitem').count()).toBe(1);
    expect(new URL(page.url()).search).toBe('?show=merged');
    expect(await page.locator('tr.differs').textContent()).toBe('Value differs119.9 EUR129.9 EUR');
    await page.getByRole('button', { name: 'End the fault' }).click();
    await expect.poll(() => page.getByText('Active fault').count()).toBe(0);
    expect(running.faults()).toEqual({ mode: 'ok' });
    expect(pageErrors).toEqual([]);
  } finally {
    await close();
  }
});
