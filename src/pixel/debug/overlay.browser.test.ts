import { createServer } from 'node:http';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Shopper } from '../../../test/browser.fixture.ts';
import { eventually } from '../../../test/gateway.fixture.ts';
import type { Site } from '../../event/site.ts';
import { callPixel, granted, openShopPage, person, type Shop, strict, waitForEvents } from '../pixel-page.fixture.ts';

/** The overlay of a session of the dashboard, on pages of a shop. */

/** Opens a page with an overlay. Its closed shadow root is kept for the test alone. */
async function openDebugged(site: Partial<Site> = {}, path = '/a', body = '') {
  const { shop, shopper } = await openShopPage(site);
  await shopper.page.addInitScript(() => {
    const { attachShadow } = Element.prototype;
    Element.prototype.attachShadow = function (options) {
      const root = attachShadow.call(this, options);
      Reflect.set(window, 'overlayRoot', root);
      Reflect.set(window, 'overlayMode', options.mode);
      return root;
    };
  });
  shop.bodies[path.replace(/\?.*/, '')] = body;
  const { token } = await shop.sessions.open('shop');
  await shopper.page.goto(`${shop.url}${path}${path.includes('?') ? '&' : '?'}convey_debug=${token}`);
  return { shop, shopper, token };
}

const readOverlay = ({ page }: Shopper): Promise<string> =>
  page.evaluate(() => {
    const host = document.querySelector('convey-debug');
    return host ? (Reflect.get(window, 'overlayRoot').textContent ?? '') : '';
  });

/** Waits until the overlay has all the texts, and returns its whole text. */
async function waitForTexts(shopper: Shopper, ...texts: readonly string[]): Promise<string> {
  let seen = '';
  const isShown = async () => {
    seen = await readOverlay(shopper);
    return texts.every((text) => seen.includes(text));
  };
  expect(await eventually(isShown, 15_000), seen).toBe(true);
  return seen;
}

const bodies = (shop: Shop) => shop.requests.map(({ body }) => body).join('\n');

describe('the overlay', () => {
  test('shows events that wait, that are sent and the answer, with ids and the shopper masked', async () => {
    const { shop, shopper, token } = await openDebugged({}, '/a?x=1');
    await waitForTexts(shopper, 'Consent: ');
    expect(shopper.page.url()).toBe(`${shop.url}/a?x=1`);
    await callPixel(shopper, 'consent', granted);
    await callPixel(shopper, 'identify', person);
    await callPixel(shopper, 'track', 'Purchase', { orderId: 'ORD-99118', value: 12.5, currency: 'EUR', items: [{ id: 'a' }] });
    await callPixel(shopper, 'track', 'Purchase', { orderId: 'ORD-99118', value: 12.5, currency: 'EUR' });
    await callPixel(shopper, 'track', 'Broken', { value: '1.234,50' });
    const text = await waitForTexts(shopper, 'PageView Accepted', 'Purchase Accepted', 'Purchase Repeated', 'Broken Accepted');
    for (const part of [
      'Consent: granted, source call',
      'Value: 12.5 EUR',
      'Items: 1',
      'Id: purc…',
      'Answer: 202',
      'Warning: ',
      'Person: email phone externalId',
    ])
      expect(text).toContain(part);
    for (const secret of ['99118', 'Doe', 'example.com', '555', 'cust-7', token])
      expect(text.toLowerCase()).not.toContain(secret.toLowerCase());
    expect(bodies(shop)).not.toContain('convey_debug');
    const events = shop.events();
    expect(events.map(({ name }) => name).toSorted()).toEqual(['Broken', 'PageView', 'Purchase']);
    expect(events.find(({ name }) => name === 'PageView')?.page.url).toBe(`${shop.url}/a?x=1`);
    expect(shopper.pageErrors).toEqual([]);
  });

  test('has a closed root, no style or handler of its own in the page, and works under a strict policy', async () => {
    const { shop, shopper } = await openShopPage();
    const { page } = shopper;
    const { token } = await shop.sessions.open('shop');
    const violations: string[] = [];
    page.on('console', (message) =>
      violations.push(...(/Content Security|Trusted/.test(message.text()) ? [message.text()] : [])),
    );
    const csp = `default-src 'none'; img-src data:; script-src 'nonce-abc' 'strict-dynamic'; connect-src ${new URL(shop.script).origin}`;
    const strictShop = createServer((_, response) => {
      response.setHeader('content-type', 'text/html');
      response.setHeader('content-security-policy', `${csp}; require-trusted-types-for 'script'; trusted-types 'none'`);
      response.end(`<!doctype html><link rel="icon" href="data:,"><script nonce="abc" src="${shop.script}"></script><p>Shop`);
    });
    await new Promise<void>((resolve) => strictShop.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void strictShop.close());
    const address = strictShop.address();
    const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
    await page.goto(`${url}/?convey_debug=${token}`);
    expect(await eventually(() => page.evaluate(() => document.querySelector('convey-debug') !== null), 15_000)).toBe(true);
    await waitForEvents(shop, 1);
    const host = await page.evaluate(() => {
      const element = document.querySelector('convey-debug');
      return [element?.shadowRoot, element?.outerHTML, document.querySelectorAll('style').length];
    });
    expect(host).toEqual([null, '<convey-debug></convey-debug>', 0]);
    expect(violations).toEqual([]);
    expect(shopper.pageErrors).toEqual([]);
  });

  test('shows texts of a hostile page as short text', async () => {
    const { shopper } = await openDebugged();
    const name = `<img src=x onerror="window.hit=1">\u202e jane@shop.example +1 425 555 1234 ${'x'.repeat(200)}`;
    await callPixel(shopper, 'track', name);
    await callPixel(shopper, 'track', 'Named', { [name]: 1, user: { [name]: 1 }, properties: { [name]: 'jane@shop.example' } });
    const text = await waitForTexts(shopper, 'Named ', '<img src=x');
    expect(text).not.toMatch(/jane|555|\u202e|x{70}/);
    expect(
      await shopper.page.evaluate(() => [
        Reflect.get(window, 'hit'),
        Reflect.get(window, 'overlayMode'),
        Reflect.get(window, 'overlayRoot').querySelector('img'),
      ]),
    ).toEqual([undefined, 'closed', null]);
  });

  test('keeps the newest 50 lines', async () => {
    const { shopper } = await openDebugged();
    await waitForTexts(shopper, 'PageView Accepted');
    for (let n = 0; n < 60; n++) await callPixel(shopper, 'track', `Step${n}_`);
    const text = await waitForTexts(shopper, 'Step59_');
    expect(text).not.toContain('Step9_');
    expect(await shopper.page.evaluate(() => Reflect.get(window, 'overlayRoot').querySelectorAll('li').length)).toBe(50);
  });

  test('shows that nothing is sent before a choice, and what a denial leaves out', async () => {
    const { shop, shopper } = await openDebugged(strict);
    await callPixel(shopper, 'track', 'AddToCart', { value: 3 });
    await waitForTexts(shopper, 'AddToCart Waiting', 'Consent: waiting, nothing is sent before a choice');
    expect(shop.events()).toEqual([]);
    await callPixel(shopper, 'consent', { adStorage: 'denied' });
    await waitForTexts(shopper, 'AddToCart Accepted', 'Consent: denied, source call', 'Left out: person, order id');
  });

  test('shows which events of a data layer are not reported, and why', async () => {
    const push = (name: string) => `dataLayer.push({ event: '${name}', ecommerce: { value: 5, items: [{ item_id: 'a' }] } });`;
    const body = `<script>window.dataLayer = [];${push('view_item')}${push('view_item')}${push('scroll_depth')}${push('gtm.js')}</script>`;
    const capture = (mode: 'on' | 'preview') => ({ capture: { dataLayer: { mode, layer: ['dataLayer'], map: {} } } }) as const;
    const on = await openDebugged(capture('on'), '/a', body);
    const text = await waitForTexts(
      on.shopper,
      'ViewContent Accepted',
      "Data layer: not in the site's list",
      'Data layer: repeated',
    );
    expect(text).toContain('scroll_depth Not reported');
    expect(text).not.toContain('gtm.js');
    const preview = await openDebugged(capture('preview'), '/a', body);
    await waitForTexts(preview.shopper, 'view_item Not reported', 'Data layer: preview of ViewContent');
    // The same session shows the events in the dashboard.
    expect(await eventually(async () => (await preview.shop.sessions.list('shop')).events.length > 1)).toBe(true);
  });

  test('shows a refused event with its reason, and requests that failed', async () => {
    const { shop, shopper } = await openDebugged();
    await waitForTexts(shopper, 'PageView Accepted');
    await callPixel(shopper, 'track', 'Lead', { goal: 5 });
    shop.answers.push({ status: 503 });
    await callPixel(shopper, 'track', 'Purchase', { orderId: '7', value: 1, currency: 'EUR' });
    await callPixel(shopper, 'track', '!');
    await waitForTexts(shopper, '! Refused', 'Reason: ');
  });

  test.each([
    ['with an unknown token', async (_: Shop) => 'unknown-token'],
    [
      'with a token that another tab used',
      async (shop: Shop) => {
        const { token } = await shop.sessions.open('shop');
        await shop.sessions.take('shop', `${token}.other`, []);
        return token;
      },
    ],
  ])('shows nothing %s', async (_, getToken) => {
    const { shop, shopper } = await openShopPage();
    // The overlay is loaded, because a session is open.
    await shop.sessions.open('shop');
    const token = await getToken(shop);
    await shopper.page.goto(`${shop.url}/a?convey_debug=${token}`);
    await waitForEvents(shop, 1);
    expect(await eventually(() => shopper.page.evaluate(() => sessionStorage.length === 0))).toBe(true);
    expect(await shopper.page.evaluate(() => document.querySelector('convey-debug'))).toBeNull();
    expect(shopper.page.url()).toBe(`${shop.url}/a`);
    expect(bodies(shop)).not.toContain('convey_debug');
  });

  test('stays with its tab, and ends by its button and for other shoppers', async () => {
    const { shop, shopper } = await openDebugged();
    await waitForTexts(shopper, 'PageView Accepted');
    await shopper.page.goto(`${shop.url}/b`);
    await waitForTexts(shopper, 'PageView Accepted');
    // By the keyboard: the button follows the title.
    await shopper.page.evaluate(() => Reflect.get(window, 'overlayRoot').querySelector('summary').focus());
    await shopper.page.keyboard.press('Tab');
    await shopper.page.keyboard.press('Enter');
    expect(await readOverlay(shopper)).toBe('');
    await shopper.page.goto(`${shop.url}/c`);
    await waitForEvents(shop, 3);
    expect(await readOverlay(shopper)).toBe('');
    const requested: string[] = [];
    const other = await shopper.context.newPage();
    onTestFinished(() => other.close());
    other.on('request', (request) => requested.push(request.url()));
    await other.goto(`${shop.url}/d`);
    await waitForEvents(shop, 4);
    expect(requested.join()).not.toContain('overlay.js');
  });

  test('leaves the tab when its session ends', async () => {
    const { shop, shopper } = await openDebugged();
    const { page } = shopper;
    await page.clock.install();
    await page.reload();
    await waitForTexts(shopper, 'PageView Accepted');
    // The oldest of a site's sessions ends.
    for (let n = 0; n < 10; n++) await shop.sessions.open('shop');
    await page.clock.fastForward(31_000);
    expect(await eventually(() => page.evaluate(() => sessionStorage.length === 0))).toBe(true);
    expect(await readOverlay(shopper)).toBe('');
  });

  test('shows what the browser tags did', async () => {
    const { shopper } = await openDebugged();
    await callPixel(shopper, 'page', { browserTags: { microsoft: 'ran', meta: 'blocked' } });
    await waitForTexts(shopper, 'Browser tags: microsoft ran, meta blocked');
  });

  test('is opened once by two scripts of the site, whose view counts once', async () => {
    const { shop, shopper } = await openShopPage();
    const { token } = await shop.sessions.open('shop');
    shop.bodies['/a'] = `<script src="${shop.script}"></script><script src="${shop.script}"></script>`;
    await shopper.page.goto(`${shop.url}/a?convey_debug=${token}`);
    await callPixel(shopper, 'track', 'Lead', {});
    await waitForEvents(shop, 2);
    expect(shop.events().map(({ name }) => name)).toEqual(['PageView', 'Lead']);
    expect(await eventually(() => shopper.page.evaluate(() => document.querySelectorAll('convey-debug').length === 1))).toBe(
      true,
    );
  });

  test('does not keep the pixel from starting when it cannot be loaded', async () => {
    const { shop, shopper } = await openShopPage();
    const { token } = await shop.sessions.open('shop');
    await shopper.page.route('**/overlay.js', (route) => route.abort());
    await shopper.page.goto(`${shop.url}/a?convey_debug=${token}`);
    await waitForEvents(shop, 1);
    expect(JSON.stringify(shop.events())).not.toContain('convey_debug');
    expect(shopper.pageErrors).toEqual([]);
  });
});
