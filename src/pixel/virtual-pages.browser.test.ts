import { describe, expect } from 'vitest';
import type { Site } from '../event/site.ts';
import { callPixel, shareShopPages, waitForEvents } from './pixel-page.fixture.ts';

const test = shareShopPages();

const site: Partial<Site> = {
  capture: {
    dataLayer: { mode: 'off', layer: ['dataLayer'], map: {} },
    pages: [
      { match: '/checkout/*', as: '/checkout', ignore: ['step'] },
      { match: '/über(1)', as: '/about' },
      { match: '/c/*', ignore: ['tab'] },
      { match: '/c/shoes', as: '/never' },
    ],
  },
};

describe.concurrent('rules of pages', () => {
  test('give the steps of a checkout one URL and one view, with its other parameters', async ({ openShopPage }) => {
    const { shop, shopper } = await openShopPage(site);
    await shopper.page.goto(`${shop.url}/checkout/address?step=1&msclkid=0123456789abcdef0123456789abcdef#top`);
    await waitForEvents(shop, 1);
    await shopper.page.evaluate(() => {
      const query = '&msclkid=0123456789abcdef0123456789abcdef';
      history.replaceState({}, '', `/checkout/address?step=2${query}`);
      history.pushState({}, '', `/checkout/payment?step=3${query}`);
      history.back();
    });
    await shopper.page.waitForFunction(() => location.search.startsWith('?step=2'));
    await shopper.page.evaluate(() => history.pushState({}, '', '/thanks'));
    await callPixel(shopper, 'track', 'Lead');
    await waitForEvents(shop, 3);
    const checkout = '/checkout?msclkid=0123456789abcdef0123456789abcdef';
    expect(
      shop
        .events()
        .map(({ name, page }) => [name, page.url?.replace(shop.url, ''), page.referrer?.toString().replace(shop.url, '')]),
    ).toEqual([
      ['PageView', checkout, undefined],
      ['PageView', '/thanks', checkout],
      ['Lead', '/thanks', checkout],
    ]);
    expect(shopper.pageErrors).toEqual([]);
  });

  test('leave other addresses alone, take the first rule that matches, and match a path as browsers encode it', async ({
    openShopPage,
  }) => {
    const { shop, shopper } = await openShopPage(site);
    await shopper.page.goto(`${shop.url}/a?step=1#top`);
    await waitForEvents(shop, 1);
    await shopper.page.evaluate(() => {
      for (const path of ['/a?step=2', '/c/shoes?tab=1', '/c/shoes?tab=2', '/c/shoes?size=9', '/über(1)', '/ueber', '/checkout'])
        history.pushState({}, '', path);
    });
    await waitForEvents(shop, 7);
    expect(shop.events().map(({ page }) => page.url?.replace(shop.url, ''))).toEqual([
      '/a?step=1#top',
      '/a?step=2',
      '/c/shoes',
      '/c/shoes?size=9',
      '/about',
      '/ueber',
      '/checkout',
    ]);
  });

  test('never hold back a view that the page reports itself, and keep the URL that it states', async ({ openShopPage }) => {
    const { shop, shopper } = await openShopPage(site);
    await shopper.page.goto(`${shop.url}/checkout/a`);
    await waitForEvents(shop, 1);
    await callPixel(shopper, 'page');
    await callPixel(shopper, 'page', { url: `${shop.url}/stated` });
    await waitForEvents(shop, 3);
    expect(shop.events().map(({ page }) => page.url?.replace(shop.url, ''))).toEqual(['/checkout', '/checkout', '/stated']);
  });
});
