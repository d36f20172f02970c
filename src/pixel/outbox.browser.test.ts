import { describe, expect } from 'vitest';
import { eventually } from '../../test/gateway.fixture.ts';
import { buildSnippet } from './pixel.fixture.ts';
import { callPixel, person, readBrowserStorage, shareShopPages, waitForEvents, waitForPixel } from './pixel-page.fixture.ts';

const test = shareShopPages();

describe.concurrent('the outbox', () => {
  test.for([503, 429])(
    'retries after a %i, not before the requested time, and sends no report twice',
    async (status, { openShopPage }) => {
      const { shop, shopper } = await openShopPage();
      shop.answers.push({ status, headers: { 'retry-after': '2' } }, 'drop');
      // The page itself calls, so that the first request has the purchase.
      shop.bodies['/'] = `<script>
      convey('track', 'Purchase', { orderId: '9', value: 1, currency: 'USD' });
      convey('track', 'Lead');
    </script>`;
      await shopper.page.goto(shop.url);
      await waitForEvents(shop, 3);
      const [refused, repeated] = shop.requests.map(({ at }) => at);
      expect(repeated).toBeGreaterThanOrEqual((refused ?? Infinity) + 2_000);
      // A browser may itself repeat a request whose connection was cut.
      expect(shop.requests.length).toBeLessThanOrEqual(4);
      expect(
        shop
          .events()
          .map(({ name }) => name)
          .sort(),
      ).toEqual(['Lead', 'PageView', 'Purchase']);
      expect(shopper.pageErrors).toEqual([]);
    },
  );

  test.for([400, 401, 403, 413])('does not repeat a request that was refused for good (%i)', async (status, { openShopPage }) => {
    const { shop, shopper } = await openShopPage();
    shop.answers.push({ status });
    // The page itself calls, so that the first request has the event.
    shop.bodies['/'] = "<script>convey('track', 'Lead', { id: 'lost' })</script>";
    await shopper.page.goto(shop.url);
    expect(await eventually(() => shop.requests.length === 1)).toBe(true);
    expect(shop.requests[0]?.body).toContain('"lost"');
    await callPixel(shopper, 'track', 'Lead', { id: 'next' });
    await waitForEvents(shop, 1);
    expect(shop.events().map(({ id }) => id)).not.toContain('lost');
  });

  test('lets the next page resend unacknowledged reports, within a day, without personal data', async ({ openShopPage }) => {
    const { shop, shopper } = await openShopPage();
    await shopper.page.goto(`${shop.url}/?msclkid=dd4afcccb1c94a4cad9544dd7e5006ab&phone=4255551234`);
    await waitForEvents(shop, 1);
    for (let n = 0; n < 20; n++) shop.answers.push({ status: 503 });
    const commerce = { value: 5, currency: 'USD', items: [{ id: 'sku1', name: '"info@shop.example"', price: 5, quantity: 1 }] };
    await callPixel(shopper, 'track', 'Purchase', { ...commerce, orderId: '5', searchTerm: '425 555 1234', user: person });
    expect(await eventually(() => shop.requests.length > 1)).toBe(true);
    const [, storage = ''] = await readBrowserStorage(shopper);
    expect(storage).toContain('purchase-5');
    expect(storage).not.toMatch(/jane|555.?1234|cust-7|@/i);
    await shopper.page.evaluate(() => {
      const [key = '', text = ''] = Object.entries(localStorage)[0] ?? [];
      const mirror = JSON.parse(text);
      const old = { ...mirror.queue[0], id: 'too-old', time: Date.now() - 90_000_000 };
      localStorage.setItem(
        '_cv.earlier',
        JSON.stringify({ ...mirror, queue: [old, { ...old, id: 'earlier', time: Date.now() }] }),
      );
      localStorage.setItem('_cv.broken', 'x');
      localStorage.setItem(key.replace('_cv', 'other'), 'of the shop');
    });
    await shopper.page.goto(`${shop.url}/next`);
    shop.answers.splice(0);
    expect(await eventually(() => shop.events().some(({ id }) => id === 'earlier'))).toBe(true);
    const bought = shop.events().find(({ id }) => id === 'purchase-5');
    expect(bought).toMatchObject({
      commerce: { orderId: '5', value: 5, currency: 'USD', items: [{ id: 'sku1', price: 5, quantity: 1 }] },
      page: { url: `${shop.url}/?msclkid=dd4afcccb1c94a4cad9544dd7e5006ab` },
      identity: { anonymousId: shop.events()[0]?.identity.anonymousId },
    });
    expect(shop.events().map(({ id }) => id)).not.toContain('too-old');
    expect(await shopper.page.evaluate(() => Object.values(localStorage).includes('of the shop'))).toBe(true);
  });

  test('holds at most 48,000 characters and 50 events', async ({ openShopPage }) => {
    const { shop, shopper } = await openShopPage();
    for (let n = 0; n < 90; n++) shop.answers.push({ status: 503, headers: { 'retry-after': '60' } });
    await shopper.page.goto(shop.url);
    await waitForPixel(shopper);
    const fill = (count: number, length: number) =>
      shopper.page.evaluate(
        ([n = 0, width = 0]) => {
          for (let i = 0; i < n; i++) Reflect.get(window, 'convey')('track', 'custom', { orderId: 'x'.repeat(width) });
          const [text = ''] = Object.values(localStorage);
          return [text.length, JSON.parse(text).queue.length] as const;
        },
        [count, length],
      );
    const [, many] = await fill(70, 1);
    expect(many).toBe(50);
    const [long, fewer] = await fill(70, 1_500);
    expect(long).toBeLessThanOrEqual(48_000);
    expect(fewer).toBeGreaterThan(20);
    expect(fewer).toBeLessThan(50);
  });

  test('keeps the reports of two tabs apart', async ({ openShopPage }) => {
    const { shop, shopper } = await openShopPage();
    await shopper.page.goto(shop.url);
    await waitForEvents(shop, 1);
    for (let n = 0; n < 20; n++) shop.answers.push({ status: 503 });
    await callPixel(shopper, 'track', 'Purchase', { orderId: 'tab-1', value: 1, currency: 'USD' });
    const second = await shopper.context.newPage();
    await second.goto(`${shop.url}/second`);
    await second.waitForFunction(() => Reflect.get(window, 'convey')?.isLive);
    await second.evaluate(() =>
      Reflect.get(window, 'convey')('track', 'Purchase', { orderId: 'tab-2', value: 2, currency: 'USD' }),
    );
    await shopper.page.close();
    await second.close();
    shop.answers.splice(0);
    const third = await shopper.context.newPage();
    await third.goto(`${shop.url}/third`);
    const ids = () => shop.events().map(({ id }) => id);
    expect(await eventually(() => ids().includes('purchase-tab-1') && ids().includes('purchase-tab-2'))).toBe(true);
  });

  test("keeps a beacon's reports until a response acknowledges them", async ({ openShopPage }) => {
    const { shop, shopper } = await openShopPage();
    await shopper.page.goto(shop.url);
    await waitForEvents(shop, 1);
    shop.answers.push({ status: 503 });
    await callPixel(shopper, 'track', 'AddToCart', { id: 'on-the-way', items: [{ id: 'sku1' }] });
    await shopper.page.goto(`${shop.url}/next`);
    expect(await eventually(() => shop.events().some(({ id }) => id === 'on-the-way'))).toBe(true);
  });

  test("resends a failed beacon's reports from a page that was only hidden", async ({ openShopPage }) => {
    const { shop, shopper } = await openShopPage();
    await shopper.page.goto(shop.url);
    await waitForEvents(shop, 1);
    shop.answers.push({ status: 503 });
    await shopper.page.evaluate(() => {
      Reflect.get(window, 'convey')('track', 'AddToCart', { id: 'hidden' });
      Object.defineProperty(document, 'hidden', { value: true });
      document.dispatchEvent(new Event('visibilitychange', { bubbles: true }));
    });
    await waitForEvents(shop, 2);
    expect(shop.events()[1]?.id).toBe('hidden');
    expect(shop.requests).toHaveLength(3);
  });

  test('has at most 60,000 bytes in flight, in requests of 30,000', async ({ openShopPage }) => {
    const { shop, shopper } = await openShopPage();
    await shopper.page.goto(shop.url);
    await waitForEvents(shop, 1);
    const { release } = shop.holdAnswers();
    await shopper.page.evaluate(() => {
      const convey = Reflect.get(window, 'convey');
      for (let n = 0; n < 24; n++) convey('track', 'custom', { id: `big-${n}`, properties: { text: 'x'.repeat(6_000) } });
      convey('track', 'Lead', { id: 'small' });
    });
    expect(await eventually(() => shop.requests.length > 2)).toBe(true);
    await shopper.page.waitForTimeout(700);
    const sizes = shop.requests.slice(1).map(({ body }) => Buffer.byteLength(body));
    expect(sizes.reduce((sum, size) => sum + size)).toBeLessThanOrEqual(60_000);
    expect(shop.events().length).toBeLessThan(26);
    release();
    await waitForEvents(shop, 26);
    for (const { body } of shop.requests) expect(Buffer.byteLength(body)).toBeLessThanOrEqual(30_000);
  });

  test('does not affect the page when the collector is missing', async ({ openShopPage }) => {
    const { shop, shopper } = await openShopPage();
    shop.bodies['/dead'] =
      `${buildSnippet('http://127.0.0.1:9/p.js?k=wk_x')}<button onclick="convey('track','Lead');this.textContent='done'">go</button>`;
    await shopper.context.route('**/p.js*', (route) => route.abort());
    await shopper.page.goto(`${shop.url}/dead`);
    await shopper.page.getByRole('button').click();
    expect(await shopper.page.getByRole('button').textContent()).toBe('done');
    expect(shopper.pageErrors).toEqual([]);
  });
});
