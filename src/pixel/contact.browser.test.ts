import { describe, expect } from 'vitest';
import { defaultCapture } from '../event/capture-settings.ts';
import type { Site } from '../event/site.ts';
import { shareShopPages, waitForEvents } from './pixel-page.fixture.ts';

const test = shareShopPages();
const site: Partial<Site> = { consent: { policy: 'granted' }, capture: { ...defaultCapture, contact: 'on' } };
const links = `<a id="call" href="tel:+14255551234"><b>Call</b></a> <a id="write" href="mailto:shop@shop.example">Write</a>
<a id="other" href="#tel:1">Other</a>
<script>addEventListener('click', (event) => event.preventDefault())</script>`;

describe.concurrent('clicks on links that call or write to the shop', () => {
  test('are each one event without the address of the link', async ({ openShopPage }) => {
    const { shop, shopper } = await openShopPage(site);
    shop.bodies['/a'] = links;
    const { page } = shopper;
    await page.goto(`${shop.url}/a`);
    await waitForEvents(shop, 1);
    await page.click('#other');
    await page.dblclick('#call b');
    await waitForEvents(shop, 2);
    await page.waitForTimeout(2_100);
    await page.focus('#write');
    await page.keyboard.press('Enter');
    await waitForEvents(shop, 3);
    expect(shop.events()).toMatchObject([
      { name: 'PageView' },
      { name: 'Contact', properties: { capture: 'contact', method: 'tel' } },
      { name: 'Contact', properties: { capture: 'contact', method: 'mailto' } },
    ]);
    expect(shop.requests.map(({ body }) => body).join()).not.toMatch(/4255551234|shop@shop/);
    expect(shopper.pageErrors).toEqual([]);
  });

  test('are left to a page that reports them itself', async ({ openShopPage }) => {
    const { shop, shopper } = await openShopPage(site);
    shop.bodies['/a'] = `${links}<script>convey('track', 'contact', { id: 'own' })</script>`;
    await shopper.page.goto(`${shop.url}/a`);
    await waitForEvents(shop, 2);
    await shopper.page.click('#call');
    await shopper.page.evaluate(() => Reflect.get(window, 'convey')('track', 'Marker'));
    await waitForEvents(shop, 3);
    expect(shop.events().map(({ name }) => name)).toEqual(['PageView', 'contact', 'Marker']);
  });

  test('have no listener unless the site reports them', async ({ openShopPage }) => {
    const { shop, shopper } = await openShopPage({ ...site, capture: defaultCapture });
    shop.bodies['/a'] = links;
    await shopper.page.goto(`${shop.url}/a`);
    await waitForEvents(shop, 1);
    expect(await (await fetch(shop.script)).text()).not.toContain('mailto');
  });
});
