import { describe, expect } from 'vitest';
import { launchUndrivenBrowser } from '../../test/browser.fixture.ts';
import { buildSnippet, startShop } from './pixel.fixture.ts';
import { callPixel, emailHash, person, shareShopPages, waitForEvents, waitForPixel } from './pixel-page.fixture.ts';

const test = shareShopPages();

describe.concurrent('page views', () => {
  test("are reported automatically, with the page's fields, and events share their view", async ({ openShopPage }) => {
    const { shop, shopper } = await openShopPage();
    // The page itself calls, so that one request has both events.
    shop.bodies['/a'] =
      "<script>convey('track', 'ViewContent', { value: 9.5, currency: 'USD', items: [{ id: 'sku1' }] })</script>";
    await shopper.page.goto(`${shop.url}/a?msclkid=dd4afcccb1c94a4cad9544dd7e5006ab#top`, { referer: `${shop.url}/from?x=1` });
    await waitForEvents(shop, 2);
    const [view, content] = shop.events();
    expect(view).toMatchObject({
      name: 'PageView',
      identity: { clickIds: { msclkid: { value: 'dd4afcccb1c94a4cad9544dd7e5006ab' } } },
      page: {
        url: `${shop.url}/a?msclkid=dd4afcccb1c94a4cad9544dd7e5006ab#top`,
        title: 'Page /a',
        keywords: 'clocks, wall',
        browserTags: { microsoft: 'none' },
      },
    });
    expect(content).toMatchObject({ name: 'ViewContent', commerce: { value: 9.5, currency: 'USD', items: [{ id: 'sku1' }] } });
    expect(content?.page.loadId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(content?.page.loadId).toBe(view?.page.loadId);
    expect(shop.requests.map(({ type }) => type)).toEqual(['text/plain;charset=UTF-8']);
    expect(shopper.pageErrors).toEqual([]);
  });

  test('follow the History API in a single-page shop, each with its own id, title and referrer', async ({ openShopPage }) => {
    const { shop, shopper } = await openShopPage();
    await shopper.page.goto(`${shop.url}/spa`);
    // The next view has the whole interval of a batch for its title.
    await waitForEvents(shop, 1);
    await shopper.page.evaluate(() => {
      history.pushState({}, '', '/spa/two');
      document.title = 'Two';
      history.replaceState({ scroll: 1 }, '', '/spa/two'); // the router keeps the scroll position
    });
    await waitForEvents(shop, 2);
    await shopper.page.evaluate(() => history.pushState({}, '', '#anchor'));
    await shopper.page.evaluate(() => history.pushState({}, '', '#/route'));
    await shopper.page.evaluate(() => history.go(-2));
    await waitForEvents(shop, 4);
    expect(
      shop.events().map(({ page }) => [page.url?.replace(shop.url, ''), page.referrer?.toString().replace(shop.url, '')]),
    ).toEqual([
      ['/spa', undefined],
      ['/spa/two', '/spa'],
      ['/spa/two#/route', '/spa/two'],
      ['/spa/two', '/spa/two#/route'],
    ]);
    expect(shop.events()[1]?.page.title).toBe('Two');
    expect(new Set(shop.events().map(({ page }) => page.loadId)).size).toBe(4);
  });

  test('follow the Navigation API in a single-page shop, once each', async ({ openShopPage }) => {
    const { shop, shopper } = await openShopPage();
    await shopper.page.goto(`${shop.url}/app`);
    await waitForEvents(shop, 1);
    await shopper.page.evaluate(async () => {
      navigation.addEventListener('navigate', (event) => event.intercept());
      await navigation.navigate('/app/two').finished;
      history.pushState({}, '', '/app/three');
      await navigation.navigate('#anchor').finished;
      await navigation.navigate('/app/four').finished;
      Reflect.get(window, 'convey')('track', 'Lead');
    });
    await waitForEvents(shop, 5);
    expect(
      shop
        .events()
        .map(({ name, page }) => [name, page.url?.replace(shop.url, ''), page.referrer?.toString().replace(shop.url, '')]),
    ).toEqual([
      ['PageView', '/app', undefined],
      ['PageView', '/app/two', '/app'],
      ['PageView', '/app/three', '/app/two'],
      ['PageView', '/app/four', '/app/three'],
      ['Lead', '/app/four', '/app/three'],
    ]);
  });

  test('are reported from a prerendered page after the shopper opens it', async ({ onTestFinished }) => {
    const shop = await startShop();
    onTestFinished(shop.close);
    // The shopper leaves two seconds after the other page was prerendered.
    shop.bodies['/from'] = `<script>
      addEventListener('storage', ({ key }) => {
        if (key === 'loadedAt') setTimeout(() => { location.href = '/to' }, 2000);
      });
    </script>
    <script type="speculationrules">{"prerender":[{"urls":["/to"],"eagerness":"immediate"}]}</script>`;
    shop.bodies['/to'] = `<script>
      addEventListener('load', () => { localStorage.loadedAt = Date.now() });
      convey('ready', () => convey('track', 'Lead', { properties: {
        loadedAt: Number(localStorage.loadedAt),
        activatedAt: performance.getEntriesByType('navigation')[0].activationStart,
      } }));
    </script>`;
    onTestFinished((await launchUndrivenBrowser(`${shop.url}/from`)).end);
    await waitForEvents(shop, 3);
    const lines = shop.events().map(({ name, page }) => `${name} ${page.url?.replace(shop.url, '')}`);
    expect(lines.toSorted()).toEqual(['Lead /to', 'PageView /from', 'PageView /to']);
    const view = shop.events().find(({ name, page }) => name === 'PageView' && page.url === `${shop.url}/to`);
    const lead = shop.events().find(({ name }) => name === 'Lead');
    const { loadedAt, activatedAt } = Object(lead?.properties);
    expect(activatedAt, 'it had been prerendered').toBeGreaterThan(0);
    expect(view?.time).toBeGreaterThan(loadedAt + 1_500);
  });

  test('are reported once when the shop itself calls `page` before the pixel loads', async ({ openShopPage }) => {
    const { shop, shopper } = await openShopPage();
    shop.bodies['/own'] = "<script>convey('page', { title: 'Mine' })</script>";
    await shopper.page.goto(`${shop.url}/own`);
    await waitForEvents(shop, 1);
    await callPixel(shopper, 'track', 'Lead');
    await waitForEvents(shop, 2);
    expect(shop.events().map(({ name, page }) => [name, page.title])).toEqual([
      ['PageView', 'Mine'],
      ['Lead', 'Mine'],
    ]);
  });

  test('are reported once when the page has the snippet twice', async ({ openShopPage }) => {
    const { shop, shopper } = await openShopPage();
    shop.bodies['/twice'] = buildSnippet(shop.script);
    await shopper.page.goto(`${shop.url}/twice`);
    await waitForPixel(shopper);
    await shopper.page.waitForLoadState('load');
    await callPixel(shopper, 'track', 'Lead');
    await waitForEvents(shop, 2);
    await callPixel(shopper, 'track', 'Search');
    await waitForEvents(shop, 3);
    expect(shop.events().map(({ name }) => name)).toEqual(['PageView', 'Lead', 'Search']);
  });
});

describe.concurrent('track', () => {
  test("returns the id: the caller's own, the order's for a purchase, otherwise a new one", async ({ openShopPage }) => {
    const { shop, shopper } = await openShopPage();
    await shopper.page.goto(shop.url);
    await waitForPixel(shopper);
    const ids = [
      await callPixel(shopper, 'track', 'Lead', { id: 'lead-7' }),
      await callPixel(shopper, 'track', 'checkout_completed', { orderId: ' 1001 ', value: '125.40', currency: 'usd' }),
      await callPixel(shopper, 'track', 'Purchase', { orderId: 'jane@example.com', value: 1, currency: 'USD' }),
      await callPixel(shopper, 'track', 'Purchase', { orderId: 'jane%40example.com', value: 2, currency: 'USD' }),
      await callPixel(shopper, 'track', 'Purchase', { orderId: 'undefined', value: 3, currency: 'USD' }),
      await callPixel(shopper, 'track', 'Purchase', { orderId: {}, value: 4, currency: 'USD' }),
      await callPixel(shopper, 'track', 'SignUp'),
    ];
    expect(ids).toEqual(['lead-7', 'purchase-1001', ...Array(5).fill(expect.stringMatching(/^[0-9a-f-]{36}$/))]);
    await waitForEvents(shop, 8);
    expect(shop.events().map(({ id }) => id)).toEqual(expect.arrayContaining(ids));
  });

  test('sends a purchase, a lead and a sign-up at once, and batches up to ten others', async ({ openShopPage }) => {
    const { shop, shopper } = await openShopPage();
    await shopper.page.goto(shop.url);
    await waitForEvents(shop, 1);
    await shopper.page.evaluate(() => {
      for (let n = 0; n < 10; n++) Reflect.get(window, 'convey')('track', `custom_${n}`);
    });
    await waitForEvents(shop, 11);
    expect(shop.requests).toHaveLength(2);
    for (const name of ['Purchase', 'generate_lead', 'signup']) await callPixel(shopper, 'track', name);
    await waitForEvents(shop, 14);
    expect(shop.requests).toHaveLength(5);
  });

  test('copies its argument, and drops only a value that is no JSON', async ({ openShopPage }) => {
    const { shop, shopper } = await openShopPage();
    await shopper.page.goto(shop.url);
    await waitForPixel(shopper);
    await shopper.page.evaluate(() => {
      const convey = Reflect.get(window, 'convey');
      const items = [{ id: 'sku1' }];
      convey('track', 'AddToCart', { items });
      items.push({ id: 'sku2' });
      const circle: { self?: unknown } = {};
      circle.self = circle;
      convey('track', 'Lead', { properties: circle });
      convey('track');
      convey('nonsense');
      convey();
      convey('ready', () => {
        throw new Error('mine');
      });
      convey('track', 'Lead', { id: 'last', goal: { label: 'x' }, properties: { plan: 'pro' } });
    });
    await waitForEvents(shop, 3);
    expect(shop.events().slice(1)).toMatchObject([
      { name: 'AddToCart', commerce: { items: [{ id: 'sku1' }] } },
      { id: 'last', goal: { label: 'x' }, properties: { plan: 'pro' } },
    ]);
    expect(shopper.pageErrors).toEqual([]);
  });

  test('works on a page with an endless URL, title and keywords', async ({ openShopPage }) => {
    const { shop, shopper } = await openShopPage();
    await shopper.page.goto(`${shop.url}/#${'a'.repeat(80_000)}`);
    await shopper.page.evaluate(() => {
      document.title = 'y'.repeat(80_000);
    });
    await waitForPixel(shopper);
    await callPixel(shopper, 'track', 'Purchase', { orderId: '3', value: 1, currency: 'USD' });
    await waitForEvents(shop, 2);
    expect(shop.events().map(({ name }) => name)).toEqual(['PageView', 'Purchase']);
  });

  test('and the other calls work before the pixel loads', async ({ openShopPage }) => {
    const { shop, shopper } = await openShopPage();
    shop.bodies['/early'] = `<script>
      convey('identify', ${JSON.stringify(person)});
      convey('track', 'Lead', { id: 'early' });
      convey('ready', function () { window.isReady = true });
    </script>`;
    await shopper.page.goto(`${shop.url}/early`);
    await waitForEvents(shop, 2);
    expect(shop.events()[1]).toMatchObject({ id: 'early', identity: { forms: { emailMicrosoft: emailHash } } });
    expect(await shopper.page.evaluate(() => Reflect.get(window, 'isReady'))).toBe(true);
  });
});
