import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { build } from 'vite';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createShopper, getSharedBrowser, type Shopper } from '../../test/browser.fixture.ts';
import { startShop } from '../pixel/pixel.fixture.ts';
import { type Shop, waitForEvents, waitForPixel } from '../pixel/pixel-page.fixture.ts';

/** The package on a page without the snippet, bundled with React as an app bundles it. */

let bundle: string;
let shop: Shop;
let pages: Server;
let url: string;
let shopper: Shopper;
/** The page of the test. */
let page = { script: '', headers: {} as Readonly<Record<string, string>> };

const entry = `
  import { createElement, StrictMode } from 'react';
  import { createRoot } from 'react-dom/client';
  import * as convey from '${join(import.meta.dirname, 'index.ts')}';
  import { Convey, useTrackOnce } from '${join(import.meta.dirname, 'react.ts')}';
  Object.assign(window, { app: { ...convey, Convey, createElement, createRoot, StrictMode, useTrackOnce } });
`;

beforeAll(async () => {
  const result = await build({
    configFile: false,
    logLevel: 'error',
    plugins: [
      {
        name: 'entry',
        resolveId: (id) => (id === 'entry' ? '\0entry' : undefined),
        load: (id) => (id === '\0entry' ? entry : undefined),
      },
    ],
    // React runs effects twice in development alone.
    define: { 'process.env.NODE_ENV': '"development"' },
    build: { write: false, minify: false, rollupOptions: { input: 'entry', output: { format: 'iife' } } },
  });
  bundle = [result]
    .flat()
    .flatMap((output) => ('output' in output ? output.output.flatMap((chunk) => (chunk.type === 'chunk' ? chunk.code : [])) : []))
    .join('');
}, 60_000);

beforeEach(async () => {
  shop = await startShop();
  pages = createServer((request, response) => {
    if (request.url === '/app.js') return response.setHeader('content-type', 'text/javascript').end(bundle);
    if (request.url !== '/') return response.writeHead(404).end();
    for (const [name, value] of Object.entries(page.headers)) response.setHeader(name, value);
    const body = `<!doctype html><title>App</title><div id="root"></div><script nonce="n1" src="/app.js"></script><script nonce="n1">${page.script}</script>`;
    return response.setHeader('content-type', 'text/html; charset=utf-8').end(body);
  });
  await new Promise<void>((resolve) => pages.listen(0, '127.0.0.1', resolve));
  const address = pages.address();
  url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/`;
  shopper = await createShopper(await getSharedBrowser());
});

afterEach(async () => {
  await shopper.close();
  pages.closeAllConnections();
  await new Promise((resolve) => pages.close(resolve));
  await shop.close();
});

async function open(script: string, headers: Readonly<Record<string, string>> = {}): Promise<void> {
  const { origin, pathname, searchParams } = new URL(shop.script);
  const options = `const options = { src: '${origin}${pathname}', key: '${searchParams.get('k')}' };`;
  page = { script: `${options}${script}`, headers };
  await shopper.page.goto(url);
}

const countScripts = () => shopper.page.locator('script[src*="/p.js?"]').count();
const names = () => shop.events().map(({ name }) => name);

describe('the package on a page', () => {
  test('sends the calls before `load`, with the person and the consent of that time, and later calls at once', async () => {
    await open(`
      app.identify({ externalId: 'cust-7' });
      window.early = app.track('AddToCart', { value: 3, currency: 'USD' });
      app.load({ ...options, consent: { adStorage: 'granted' } });
      app.ready().then(() => { window.late = app.track('Purchase', { orderId: '1001', value: 9 }); });
    `);
    await waitForEvents(shop, 3);
    expect(names()).toEqual(['PageView', 'AddToCart', 'Purchase']);
    expect(shop.events().map(({ consent }) => consent)).toEqual(Array(3).fill(expect.objectContaining({ stated: 'granted' })));
    expect(await shopper.page.evaluate(() => [Reflect.get(window, 'early'), Reflect.get(window, 'late')])).toEqual([
      undefined,
      'purchase-1001',
    ]);
    expect(shop.signals().map(({ name }) => name)).toEqual(expect.arrayContaining(['$identify', '$consent']));
  });

  test('counts one page view when React renders it twice in StrictMode, and each subject once', async () => {
    await open(`
      const { createElement: h } = app;
      const Product = ({ id }) => { app.useTrackOnce('ViewContent', id, { value: 3 }); return h('h1', null, id); };
      const App = ({ id }) => h(app.StrictMode, null, h(app.Convey, { src: options.src, writeKey: options.key }), h(Product, { id }));
      const root = app.createRoot(document.querySelector('#root'));
      root.render(h(App, { id: 'sku1' }));
      app.ready().then(() => { root.render(h(App, { id: 'sku1' })); setTimeout(() => root.render(h(App, { id: 'sku2' })), 50); setTimeout(() => app.track('Lead'), 200); });
    `);
    await waitForEvents(shop, 4);
    expect(names()).toEqual(['PageView', 'ViewContent', 'ViewContent', 'Lead']);
    expect(await countScripts()).toBe(1);
  });

  test('loads no second pixel if the page has the snippet', async () => {
    await open(`
      !function(c,o,n){c[n]=c[n]||function(){(c[n].q=c[n].q||[]).push(arguments)};var s=o.createElement('script');s.async=1;s.nonce='n1';s.src=options.src+'?k='+options.key;o.head.appendChild(s)}(window,document,'convey');
      app.ready().then(() => { app.load(options); app.track('Lead'); });
    `);
    await waitForEvents(shop, 2);
    expect(names()).toEqual(['PageView', 'Lead']);
    expect(await countScripts()).toBe(1);
  });

  test('resolves the address of another domain with a token, and another address as it is', async () => {
    await shop.close();
    shop = await startShop({
      capture: { dataLayer: { mode: 'off', layer: ['dataLayer'], map: {} }, links: ['localhost'] },
      domains: ['127.0.0.1', 'localhost'],
      linkKeys: [Buffer.alloc(32, 7).toString('base64url')],
    });
    await open(
      "const early = app.link('https://other.example/'); early.then((url) => { window.early = url; }); app.load(options);",
    );
    await waitForEvents(shop, 1);
    await shopper.page.waitForFunction(() => Reflect.get(window, 'early') === 'https://other.example/');
    const resolve = (address: string) =>
      shopper.page.evaluate((given) => Reflect.get(Reflect.get(window, 'app'), 'link')(given), address);
    expect(await resolve('http://localhost/b')).toMatch(/^http:\/\/localhost\/b\?&_cvl=1\./);
  });

  test('resolves an address as it is if the pixel never loads, or has no links', async () => {
    await open("app.link('https://checkout.example/').then((url) => { window.linked = url; });");
    await shopper.page.waitForFunction(() => Reflect.get(window, 'linked') === 'https://checkout.example/');
    await open("app.load(options); app.link('https://checkout.example/').then((url) => { window.linked = url; });");
    await shopper.page.waitForFunction(() => Reflect.get(window, 'linked') === 'https://checkout.example/');
  });

  test('loads under a strict policy by its nonce, and under Trusted Types by its policy', async () => {
    const policy = "script-src 'nonce-n1'; require-trusted-types-for 'script'; trusted-types convey";
    await open("app.load({ ...options, nonce: 'n1' });", { 'content-security-policy': policy });
    await waitForPixel(shopper);
    await waitForEvents(shop, 1);
    expect(names()).toEqual(['PageView']);
  });

  test('throws nothing into a page whose policy refuses the script', async () => {
    const policy = "script-src 'nonce-n1'; require-trusted-types-for 'script'; trusted-types other";
    await open("app.load(options); app.track('Lead'); window.isAlive = true;", { 'content-security-policy': policy });
    expect(await shopper.page.evaluate(() => Reflect.get(window, 'isAlive'))).toBe(true);
    expect(await countScripts()).toBe(0);
  });
});
