import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createShopper, getSharedBrowser, type Shopper } from '../../../test/browser.fixture.ts';
import { buy, follow, press } from '../../../test/demo-shopper.fixture.ts';
import { sharePage, startAtNewOrigin } from '../../../test/reused-page.fixture.ts';
import { type DemoShop, startDemoShop } from './demo-shop.ts';
import type { OrderWebhook } from './order-webhook.ts';
import { createPurchaseId } from './purchase-id.ts';

/** Replaces the pixel: records every call of the tab, including queued calls. */
const recorder = `(() => {
const early = window.convey.q;
window.convey = (...call) => {
  if (call[0] === 'ready') return call[1]();
  sessionStorage.setItem('calls', JSON.stringify([...JSON.parse(sessionStorage.getItem('calls') ?? '[]'), call]));
};
for (const call of early ?? []) window.convey(...call);
})();`;

const msclkid = 'dd4afcccb1c94a4cad9544dd7e5006ab';
const deadPixel = 'http://127.0.0.1:9/p.js?k=wk_shop_example';
const phoneWide = { viewport: { width: 390, height: 844 } };

interface ReceivedWebhook {
  readonly body: string;
  readonly signature: unknown;
}
let webhooks: ReceivedWebhook[] = [];
/** Serves the pixel, and receives webhooks. */
const pixelServer = createServer(async (request, response) => {
  if (request.method === 'POST')
    webhooks.push({ body: await text(request), signature: request.headers['x-wc-webhook-signature'] });
  response.writeHead(200, { 'content-type': 'text/javascript' }).end(recorder);
});
let pixel = '';
const createSharedShopper = sharePage();
let shop: DemoShop | undefined;
let shopper: Shopper | undefined;

beforeAll(async () => {
  pixelServer.listen(0, '127.0.0.1');
  await once(pixelServer, 'listening');
  const address = pixelServer.address();
  pixel = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/p.js?k=wk_shop_example`;
});
afterAll(() => {
  pixelServer.close();
});
afterEach(async () => {
  await shopper?.close();
  await shop?.close();
});

async function visit(path: string, options: { pixel?: string; webhook?: OrderWebhook } & BrowserContextOptions = {}) {
  const { pixel: address = pixel, webhook, ...context } = options;
  const started = await startAtNewOrigin(() => startDemoShop({ port: 0, pixel: address, ...(webhook && { webhook }) }));
  const isPlain = Object.keys(context).length === 0;
  const visitor = isPlain ? await createSharedShopper() : await createShopper(await getSharedBrowser(), context);
  [shop, shopper] = [started, visitor];
  await visitor.page.goto(started.url + path);
  return { page: visitor.page, url: started.url, complaints: visitor.pageErrors };
}

function calls(page: Page): Promise<unknown> {
  return page.evaluate<unknown>(`JSON.parse(sessionStorage.getItem('calls') ?? '[]')`);
}

const person = { email: 'Jane.Doe+x@Example.com', phone: '+1 (425) 555-1234' };

describe('the shop and the pixel', () => {
  it('reports a purchase in order, from the ad to the thank-you page, and once', async () => {
    const { page, complaints } = await visit(`/?msclkid=${msclkid}`);
    expect(await page.getByText('You arrived from an ad').isVisible()).toBe(true);
    await press(page, 'Accept');
    await follow(page, 'Mantel clocks', /c\/mantel$/);
    await follow(page, 'Cube desk clock', /p\/cube-desk$/);
    await page.getByLabel('Quantity').fill('2');
    const orderId = await buy(page);
    const item = { id: 'cube-desk', name: 'Cube desk clock', price: 79, brand: 'Merrow', category: 'mantel' };
    const one = { value: 79, currency: 'USD', items: [{ ...item, quantity: 1 }] };
    const two = { value: 158, currency: 'USD', items: [{ ...item, quantity: 2 }] };
    const granted = ['consent', { adStorage: 'granted' }];
    const reported = [
      [...granted],
      [...granted],
      [...granted],
      ['track', 'ViewContent', one],
      ['track', 'AddToCart', two],
      [...granted],
      [...granted],
      ['track', 'InitiateCheckout', two],
      ['identify', person],
      [...granted],
      ['identify', person],
      ['track', 'Purchase', { id: expect.stringMatching(new RegExp(`^purchase-${orderId}-[0-9a-f]{16}$`)), orderId, ...two }],
    ];
    await expect.poll(() => calls(page)).toEqual(reported);
    expect(await page.getByRole('heading', { name: 'Thank you for your order' }).isVisible()).toBe(true);
    expect(await page.getByRole('main').textContent()).toContain(orderId);
    expect(await page.getByRole('link', { name: 'Cart 0' }).isVisible()).toBe(true);

    await page.reload();
    await expect.poll(() => calls(page)).toEqual([...reported, granted]);
    expect(
      await page.evaluate('JSON.stringify(localStorage) + (sessionStorage.getItem("merrow.person") ?? "") + document.cookie'),
    ).not.toMatch(/Jane|555[- ]?1234/);
    expect(complaints).toEqual([]);
  });

  it.each([
    ['Accept', 'f'.repeat(32)],
    ['Decline', 'denied'],
  ])('reports an order by a signed webhook too, with the id of the page, after %s', async (button, visitor) => {
    webhooks = [];
    const webhook = { url: new URL('/hooks', pixel).href, secret: 'a-webhook-secret' };
    const { page, url, complaints } = await visit('/p/cube-desk', { webhook });
    await page.context().addCookies([{ name: '_cv_id', value: 'f'.repeat(32), url, httpOnly: true }]);
    await press(page, button);
    const orderId = await buy(page);
    await expect.poll(() => webhooks.length).toBe(1);
    const { body = '', signature } = webhooks[0] ?? {};
    expect(signature).toBe(createHmac('sha256', webhook.secret).update(body).digest('base64'));
    const order = JSON.parse(body);
    expect(order).toMatchObject({
      id: Number(orderId),
      status: 'processing',
      total: '79.00',
      billing: { ...person, first_name: 'Jane', last_name: 'Doe', city: 'Redmond', country: 'US' },
      line_items: [{ sku: 'cube-desk', quantity: 1, price: 79 }],
      meta_data: [{ key: '_convey_visitor', value: visitor }],
    });
    const id = createPurchaseId(orderId, order.order_key);
    await expect.poll(() => calls(page)).toContainEqual(['track', 'Purchase', expect.objectContaining({ id, orderId })]);
    expect(complaints).toEqual([]);
  });

  it('takes orders of its own page only', async () => {
    webhooks = [];
    const { url } = await visit('/', { webhook: { url: pixel, secret: 's' } });
    const send = async (body: string, type = 'application/json') =>
      (await fetch(`${url}/orders`, { method: 'POST', headers: { 'content-type': type }, body })).status;
    const order = JSON.stringify({ order: '123456*cube-desk.1' });
    expect(await send(order, 'text/plain')).toBe(415);
    for (const wrong of ['', '[]', '{}', '{"order":7}', '{"order":"0*cube-desk.1"}', '{"order":"123456*nothing.1"}'])
      expect([wrong, await send(wrong)]).toEqual([wrong, 400]);
    expect(await send(JSON.stringify({ order, more: 'x'.repeat(9_000) }))).toBe(413);
    expect(await send(order)).toBe(204);
    await expect.poll(() => webhooks.length).toBe(1);
  });

  it('reports the purchase again after a reload until the pixel is ready', async () => {
    const { page, complaints } = await visit('/p/cube-desk', { pixel: deadPixel });
    await press(page, 'Accept');
    const orderId = await buy(page);
    await page.reload();
    const waiting = await page.evaluate<unknown>(
      'window.convey.q.map((call) => [...call]).filter(([command]) => command !== "ready")',
    );
    expect(waiting).toEqual([
      ['consent', { adStorage: 'granted' }],
      ['identify', person],
      ['track', 'Purchase', expect.objectContaining({ orderId, value: 79 })],
    ]);
    expect(complaints).toEqual([]);
  });

  it('passes no e-mail to the thank-you page without consent', async () => {
    const { page } = await visit('/p/cube-desk');
    await press(page, 'Decline');
    await buy(page);
    expect(await page.evaluate('JSON.stringify({ ...sessionStorage, calls: "" }) + JSON.stringify(localStorage)')).not.toMatch(
      /Jane|555[- ]?1234/,
    );
    await expect.poll(() => calls(page)).toContainEqual(['track', 'Purchase', expect.anything()]);
  });

  it('reports no consent before a choice, and then first on every page', async () => {
    const { page, url } = await visit('/p/early-bell');
    const banner = page.getByRole('region', { name: 'Cookies' });
    await expect.poll(() => calls(page)).toEqual([['track', 'ViewContent', expect.anything()]]);
    await press(page, 'Accept');
    expect(await banner.isVisible()).toBe(false);
    await page.goto(`${url}/search?q=oak`);
    expect(await banner.isVisible()).toBe(false);
    await expect
      .poll(() => calls(page))
      .toEqual([
        ['track', 'ViewContent', expect.anything()],
        ['consent', { adStorage: 'granted' }],
        ['consent', { adStorage: 'granted' }],
        ['track', 'Search', { searchTerm: 'oak' }],
      ]);
  });

  it('accepts a denial by keyboard, and a new choice from the footer', async () => {
    const { page } = await visit('/');
    for (const key of ['Tab', 'Tab', 'Tab', 'Enter']) await page.keyboard.press(key);
    await expect.poll(() => calls(page)).toEqual([['consent', { adStorage: 'denied' }]]);
    const banner = page.getByRole('region', { name: 'Cookies' });
    expect(await banner.isVisible()).toBe(false);
    const settings = page.getByRole('button', { name: 'Cookie settings' });
    await settings.press('Enter');
    expect(await banner.textContent()).toContain('Your choice now: declined.');
    await page.keyboard.press('Escape');
    expect(await banner.isVisible()).toBe(false);
    await settings.press('Enter');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await expect
      .poll(() => calls(page))
      .toEqual([
        ['consent', { adStorage: 'denied' }],
        ['consent', { adStorage: 'granted' }],
      ]);
    expect(await settings.evaluate((element) => element.matches(':focus'))).toBe(true);
  });

  it('reports a lead and a sign-up, and confirms on the page', async () => {
    const { page, url } = await visit('/consultation');
    await page.getByLabel('E-mail').fill(person.email);
    await page.getByLabel('Phone').fill('call me');
    await page.getByLabel('Your message').fill('A clock for a kitchen, please.');
    await press(page, 'Send the request');
    expect(await page.getByLabel('Phone').evaluate((element) => element.matches(':invalid'))).toBe(true);
    await page.getByLabel('Phone').fill(person.phone);
    await press(page, 'Send the request');
    await expect.poll(() => page.getByRole('status').textContent()).toContain('we received your request');
    await expect
      .poll(() => calls(page))
      .toEqual([
        ['identify', person],
        ['track', 'Lead', {}],
      ]);

    await page.goto(`${url}/account`);
    await press(page, 'Use sample details');
    await press(page, 'Create the account');
    const confirmation = page.getByRole('status');
    await expect.poll(() => confirmation.textContent()).toContain('Your account is ready');
    const externalId = /C-[0-9A-Z]{6}/.exec((await confirmation.textContent()) ?? '')?.[0];
    await expect
      .poll(() => calls(page))
      .toEqual([
        ['identify', person],
        ['track', 'Lead', {}],
        ['identify', { email: person.email, externalId }],
        ['track', 'SignUp', {}],
      ]);
    expect(page.url()).toBe(`${url}/account`);
  });
});

describe('the shop', () => {
  it('shows a hostile search term as text', async () => {
    const term = `"'><img src=x onerror="window.hit=1"><script>window.hit=1</script>`;
    const { page, complaints } = await visit(`/search?q=${encodeURIComponent(term)}`);
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe(`Results for “${term}”`);
    expect(await page.getByRole('searchbox').inputValue()).toBe(term);
    expect(await page.evaluate('window.hit')).toBeUndefined();
    await expect.poll(() => calls(page)).toEqual([['track', 'Search', { searchTerm: term }]]);
    expect(complaints).toEqual([]);
  });

  it('changes quantities and removes clocks until the cart is empty and cannot be checked out', async () => {
    const { page, url, complaints } = await visit('/p/noon-sunburst');
    await page.getByLabel('Quantity').fill('9');
    await press(page, 'Add to cart');
    await press(page, 'Add to cart');
    expect(await page.getByRole('status').textContent()).toContain('at most 10 of one clock');
    await page.goto(`${url}/cart`);
    await page.getByLabel('Quantity of Noon sunburst').fill('3');
    await page.keyboard.press('Tab');
    await expect.poll(() => page.getByRole('region', { name: 'Summary' }).textContent()).toContain('$792.00');
    expect(await page.getByRole('link', { name: 'Cart 3' }).isVisible()).toBe(true);
    await press(page, 'Remove Noon sunburst');
    await expect.poll(() => page.getByRole('heading', { level: 1 }).textContent()).toBe('Your cart is empty');
    await page.goto(`${url}/checkout`);
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('There is nothing to check out');
    await expect
      .poll(() => calls(page))
      .toEqual([
        ['track', 'ViewContent', expect.anything()],
        ['track', 'AddToCart', expect.objectContaining({ value: 2376 })],
      ]);
    expect(complaints).toEqual([]);
  });

  it('shows its clocks without JavaScript, and puts no form input into a URL', async () => {
    const { page, url } = await visit('/c/alarm', { javaScriptEnabled: false });
    await follow(page, 'Night Mail travel alarm', /p\/night-mail-travel$/);
    expect(await page.getByRole('main').textContent()).toContain('$86.00');
    await page.goto(`${url}/account`);
    await page.getByLabel('Full name').fill('Jane Doe');
    await page.getByLabel('E-mail').fill(person.email);
    await press(page, 'Create the account');
    await expect.poll(() => page.getByRole('heading', { level: 1 }).textContent()).toBe('That did not work');
    expect(page.url()).toBe(`${url}/account`);
  });

  it('fits a phone on every page, and the cookie banner hides no content', async () => {
    const { page, url } = await visit('/p/mast-longcase', phoneWide);
    await press(page, 'Add to cart');
    for (const path of [
      '/',
      '/c/wall',
      '/p/mast-longcase',
      '/search?q=clock',
      '/search?q=zzz',
      '/cart',
      '/checkout',
      '/thanks',
      '/consultation',
      '/account',
      '/none',
    ]) {
      await page.goto(url + path);
      expect([path, await page.evaluate('document.documentElement.scrollWidth')]).toEqual([path, 390]);
    }
    await page.evaluate('scrollTo(0, document.documentElement.scrollHeight)');
    const banner = await page.getByRole('region', { name: 'Cookies' }).boundingBox();
    const last = await page.getByText('Nothing here is for sale').boundingBox();
    expect(banner).not.toBeNull();
    expect((last?.y ?? Infinity) + (last?.height ?? 0)).toBeLessThanOrEqual(banner?.y ?? 0);
  });

  it('returns 404 with a way back, HEAD without a body, and 405 for other methods', async () => {
    const { page, url } = await visit('/p/none');
    await follow(page, 'Back to the shop', `${url}/`);
    const status = async (path: string, method = 'GET') => (await fetch(url + path, { method })).status;
    expect(await Promise.all(['/p/none', '/c/none', '/p/__proto__', '/%', '/nowhere'].map((path) => status(path)))).toEqual([
      404, 404, 404, 404, 404,
    ]);
    const head = await fetch(`${url}/cart`, { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
    const posted = await fetch(`${url}/checkout`, { method: 'POST', body: 'email=x' });
    expect([posted.status, posted.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  });

  it('allows only its own scripts and the pixel, and escapes the pixel URL in the snippet', async () => {
    const { page, url, complaints } = await visit('/', { pixel: pixel.replace('?', `';window.hit=1;//</script>?`) });
    await press(page, 'Accept');
    await expect.poll(() => calls(page)).toEqual([['consent', { adStorage: 'granted' }]]);
    expect(await page.evaluate('window.hit')).toBeUndefined();
    expect(complaints).toEqual([]);
    const policies = await Promise.all(
      [fetch(url), fetch(url)].map(async (answer) => (await answer).headers.get('content-security-policy')),
    );
    expect(policies[0]).toContain(`'self' 'nonce-`);
    expect(policies[0]).toContain(new URL(pixel).origin);
    expect(policies[0]).not.toContain('unsafe');
    expect(policies[0]).not.toBe(policies[1]);
  });
});
