import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import type { Browser } from 'playwright-core';
import { build } from 'vite';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createPacedClock } from '../../src/clock/paced-clock.fixture.ts';
import { buildSnippet } from '../../src/pixel/pixel.fixture.ts';
import { type MicrosoftSimulator, startMicrosoftSimulator } from '../../src/simulators/microsoft/simulator.ts';
import { createShopper, getSharedBrowser, type Shopper } from '../browser.fixture.ts';
import { convey } from '../cli.fixture.ts';
import { eventually, type Folder, makeFolder, root, tagId } from '../gateway.fixture.ts';
import { startPacedGateway } from '../paced-gateway.fixture.ts';

const clickId = 'dd4afcccb1c94a4cad9544dd7e5006ab';
const landing = `/?msclkid=${clickId}`;
const clickIdSent = 'dd4afccc-b1c9-4a4c-ad95-44dd7e5006ab';
const emailHash = 'c4d25e9c90ff23e9145397bc6fbd5385ca5fbe78211222ccbecd0b369ebb19a6';

let browser: Browser;
let folder: Folder;
let microsoft: MicrosoftSimulator;
const cleanups: (() => unknown)[] = [];

beforeAll(async () => {
  browser = await getSharedBrowser();
});
beforeEach(async () => {
  folder = makeFolder();
  microsoft = await startMicrosoftSimulator({ port: 0, tokens: { [tagId]: 'example-token' } });
  cleanups.push(() => microsoft.close());
});
afterEach(async () => {
  for (const cleanUp of cleanups.splice(0).reverse()) await cleanUp();
  folder.remove();
});

describe('the example of a plain HTML shop', () => {
  it('reports each page, the cart and the identified purchase to Microsoft after consent', async () => {
    const { url } = await startExample('plain-html');
    const shop = await serve('examples/plain-html', url);
    const shopper = await startVisit();
    const { page } = shopper;
    await page.goto(shop + landing);
    const collectorResponse = waitForCollector(shopper);
    await page.click('[data-consent=granted]');
    await collectorResponse;
    await page.click('text=Wall clock');
    await page.click('text=Add to cart');
    await page.click('text=Buy two');
    await expect.poll(() => page.textContent('output')).toBe('You accepted.');
    await eventually(() => getReceived().some(({ name }) => name === 'purchase'));
    await page.reload();

    await endVisit(shopper);
    await page.waitForURL('about:blank');
    expect(summarizeReports(shop)).toEqual([
      `pageLoad ${landing}`,
      'pageLoad /product.html',
      'pageLoad /thanks.html?order=1001',
      'pageLoad /thanks.html?order=1001', // the reload is a page view, but no second purchase
      'add_to_cart /product.html 62.7 USD',
      'purchase /thanks.html?order=1001 125.4 USD',
      'view_item /product.html 62.7 USD',
    ]);
    expectOneShopper(shopper);
    expectPurchase('purchase-1001-42d3d205904bbee3', '1001');
  });

  it('keeps a denial on every further page, and Microsoft gets nothing', async () => {
    const { url, config } = await startExample('plain-html');
    const shop = await serve('examples/plain-html', url);
    const { page, pageErrors } = await startVisit();
    await page.goto(shop + landing);
    await page.click('[data-consent=denied]');
    await page.click('text=Wall clock');
    // The page's script writes it once the page is there.
    await expect.poll(() => page.textContent('output')).toBe('You declined.');
    await page.click('text=Buy two');
    const listPurchases = async () => (await listEvents(config)).filter(({ name }) => name === 'Purchase');
    await eventually(async () => (await listPurchases()).some(({ outcomes }) => outcomes[0]?.outcome === 'consent-denied'));
    expect(await listPurchases()).toMatchObject([
      { consent: { stated: 'denied', effective: 'denied' }, outcomes: [{ outcome: 'consent-denied' }], keys: [] },
    ]);
    expect(JSON.stringify(await listEvents(config))).not.toContain(clickId);
    expect(microsoft.journal()).toEqual([]);
    expect(pageErrors).toEqual([]);
  });
});

describe('the example of a single-page shop', () => {
  it('reports each route and each event once, although StrictMode runs every effect twice', async () => {
    const { url } = await startExample('spa');
    const outDir = join(folder.dir, 'spa');
    await build({
      root: join(root, 'examples/spa'),
      configFile: false,
      logLevel: 'error',
      // Only React's development build runs effects twice in StrictMode.
      define: { 'process.env.NODE_ENV': '"development"' },
      build: { outDir, minify: false },
    });
    const shop = await serve(outDir, url);
    const shopper = await startVisit();
    const { page } = shopper;
    // The pixel loads after the router, so the router handles each history event before the pixel.
    await shopper.context.route('**/p.js?*', async (route) => {
      await page.waitForSelector('text=Table clock');
      await route.continue();
    });
    const collectorResponse = waitForCollector(shopper);
    await page.goto(shop + landing);
    await collectorResponse;
    await page.click('text=Table clock');
    await page.waitForSelector('text=45 USD');
    await page.goBack();
    await page.waitForSelector('text=Wall clock');
    await page.goForward();
    await page.waitForSelector('text=45 USD');
    await page.goBack();
    await page.click('text=Wall clock');
    await page.click('text=Add to cart');
    await page.click('text=Check out');
    await page.fill('input', 'Jane.Doe+x@Example.com');
    await page.click('text=Buy');
    await page.waitForSelector('text=Your order number is');
    const order = /\d+/.exec((await page.textContent('#root p')) ?? '')?.[0] ?? '';

    await endVisit(shopper);
    expect(summarizeReports(shop)).toEqual([
      `pageLoad ${landing}`,
      `pageLoad ${landing}`, // back from the first product
      `pageLoad ${landing}`, // and once more
      'pageLoad /checkout',
      'pageLoad /product/sku1',
      'pageLoad /product/sku2',
      'pageLoad /product/sku2',
      'pageLoad /thanks',
      'add_to_cart /product/sku1 62.7 USD',
      'begin_checkout /checkout 62.7 USD',
      'purchase /thanks 62.7 USD',
      'view_item /product/sku1 62.7 USD',
      'view_item /product/sku2 45 USD',
      'view_item /product/sku2 45 USD',
    ]);
    expectOneShopper(shopper);
    const [purchaseReport] = getReceived().filter(({ name }) => name === 'purchase');
    expect(purchaseReport).toMatchObject({
      eventId: expect.stringMatching(new RegExp(`^purchase-${order}-[0-9a-f]{16}$`)),
      userData: { em: emailHash },
      customData: { transactionId: order, items: [{ id: 'sku1', name: 'Wall clock', price: 62.7, quantity: 1 }] },
    });
    expect(JSON.stringify(microsoft.journal())).not.toContain('Jane');
    expect(getReceived().flatMap(({ name, pageTitle }) => (name === 'pageLoad' ? [] : [pageTitle]))).toEqual([
      'Table clock',
      'Table clock',
      'Wall clock',
      'Wall clock',
      'Checkout',
      'Thank you',
    ]);
  });
});

describe('the example of Google Tag Manager', () => {
  const tag = (name: string) => readFileSync(join(root, 'examples/google-tag-manager', name), 'utf8');

  it('maps a purchase of the data layer, and holds it until the shopper accepts in Consent Mode', async () => {
    const { url } = await startExample('google-tag-manager');
    const shop = await serve('examples/google-tag-manager', url);
    const shopper = await startVisit();
    await shopper.context.route('https://www.googletagmanager.com/gtm.js?id=GTM-XXXXXXX', (route) =>
      route.fulfill({ contentType: 'text/javascript', body: container(url) }),
    );
    const { page } = shopper;
    await page.goto(shop + landing);
    await page.waitForFunction('window.convey?.isLive');
    const sent: string[] = [];
    page.on('request', (request) => sent.push(request.method()));
    await page.click('text=Buy two');
    expect(sent).toEqual([]);
    await page.click('text=Accept cookies');

    await eventually(() => getReceived().length === 2);
    await endVisit(shopper);
    expect(summarizeReports(shop)).toEqual([`pageLoad ${landing}`, `purchase ${landing} 125.4 USD`]);
    expectOneShopper(shopper);
    expectPurchase('purchase-T-1001-42d3d205904bbee3', 'T-1001');
  });

  it('Microsoft gets nothing when the shopper declines in Consent Mode', async () => {
    const { url, config } = await startExample('google-tag-manager');
    const shop = await serve('examples/google-tag-manager', url);
    const { context, page, pageErrors } = await startVisit();
    await context.route('https://www.googletagmanager.com/**', (route) =>
      route.fulfill({ contentType: 'text/javascript', body: container(url) }),
    );
    await page.goto(shop + landing);
    await page.click('text=Decline cookies');
    await page.click('text=Buy two');
    const listOutcomes = async () => (await listEvents(config)).filter(({ name }) => !name.startsWith('$'));
    await eventually(
      async () => (await listOutcomes()).filter(({ outcomes: [one] }) => one?.outcome === 'consent-denied').length === 2,
    );
    expect(
      (await listOutcomes())
        .map(({ name, consent, outcomes }) => [name, consent.stated, ...outcomes.map(({ outcome }) => outcome)])
        .toSorted(),
    ).toEqual([
      ['PageView', 'denied', 'consent-denied'],
      ['Purchase', 'denied', 'consent-denied'],
    ]);
    expect(microsoft.journal()).toEqual([]);
    expect(pageErrors).toEqual([]);
  });

  it.each(['custom-html.html', 'consent-tag.html', 'purchase-tag.html'])(
    'keeps %s in the syntax that old containers accept',
    (name) => {
      expect(tag(name)).toMatch(/^<script>\n[\s\S]*<\/script>\n$/);
      expect(tag(name)).not.toMatch(/=>|`|\.\.\.[\w[{]|\?\.|\?\?|\b(?:let|const|class)\b/);
    },
  );

  /**
   * Imitates a container: keeps a model of the data layer, replaces each variable of a tag by a call that reads the model, and
   * inserts the tag into a hidden element at the end of the page. It creates the scripts again so that they run.
   */
  function container(gateway: string): string {
    const fillField = (name: string) =>
      tag(name)
        .replaceAll('127.0.0.1:8080', new URL(gateway).host)
        .replace(/\{\{DLV - ([\w.]+)\}\}/g, 'google_tag_manager["GTM-XXXXXXX"].macro("$1")');
    const tags = [
      // A container may run the tags in this order, so none may depend on another.
      { html: fillField('consent-tag.html'), on: ['gtm.js', 'consent_update'] },
      { html: fillField('custom-html.html'), on: ['gtm.js'] },
      { html: fillField('purchase-tag.html'), on: ['purchase'] },
    ];
    return `{
      const model = {};
      const macro = (name) => name.split('.').reduce((within, key) => within?.[key], model);
      window.google_tag_manager = { 'GTM-XXXXXXX': { macro } };
      const run = (html) => {
        const room = document.createElement('div');
        room.style.cssText = 'display: none; visibility: hidden';
        room.innerHTML = html;
        for (const inert of room.querySelectorAll('script')) {
          const script = document.createElement('script');
          script.text = inert.text;
          inert.replaceWith(script);
        }
        document.body.append(room);
      };
      const take = (entry) => {
        if (entry[0] === 'consent') return;
        Object.assign(model, entry);
        for (const { html, on } of ${JSON.stringify(tags).replaceAll('<', '\\u003c')}) if (on.includes(entry.event)) run(html);
      };
      const push = dataLayer.push.bind(dataLayer);
      dataLayer.push = (...entries) => {
        push(...entries);
        entries.forEach(take);
      };
      [...dataLayer].forEach(take);
    }`;
  }
});

describe('the snippet of the examples', () => {
  const [, code = ''] = /<script>(.*)<\/script>/.exec(buildSnippet('http://127.0.0.1:8080/p.js?k=wk_example_0123')) ?? [];
  const holders = [
    ...['plain-html/index.html', 'plain-html/product.html', 'plain-html/thanks.html'],
    ...['spa/index.html', 'google-tag-manager/custom-html.html', 'strict-csp/server.mjs'],
  ];

  it.each(holders)('matches the documented snippet in %s', (file) => {
    const text = readFileSync(join(root, 'examples', file), 'utf8').replace("'${collector}/p.js", "'http://127.0.0.1:8080/p.js");
    expect(code).not.toBe('');
    expect(text).toContain(code);
  });
});

describe('the example of a strict content security policy', () => {
  it('blocks nothing of the pixel, and everything that has no nonce', async () => {
    const { url } = await startExample('strict-csp');
    const shop = await startShopProcess(url);
    const shopper = await startVisit();
    const { page, pageErrors } = shopper;
    const collectorResponse = waitForCollector(shopper);
    const first = await page.goto(shop + landing);
    const policy = (await first?.headerValue('content-security-policy')) ?? '';
    expect(policy).toContain(`; connect-src ${url};`);
    expect(policy).not.toContain('unsafe');
    await collectorResponse;
    await page.click('text=Add to cart');
    await page.click('text=Buy two');
    await eventually(() => getReceived().some(({ name }) => name === 'purchase'));
    expect(await (await fetch(shop)).headers.get('content-security-policy')).not.toBe(policy);

    await endVisit(shopper);
    expect(summarizeReports(shop)).toEqual([
      `pageLoad ${landing}`,
      'pageLoad /thanks?order=2001',
      `add_to_cart ${landing} 62.7 USD`,
      'purchase /thanks?order=2001 125.4 USD',
      `view_item ${landing} 62.7 USD`,
    ]);
    expectOneShopper(shopper);
    expectPurchase('purchase-2001-158b8398a08f61ef', '2001');

    await page.goto(shop);
    const inline = "document.head.append(Object.assign(document.createElement('script'), { text: 'window.ran = true' }))";
    await page.evaluate(inline);
    expect(await page.evaluate('window.ran')).toBeUndefined();
    expect(pageErrors).toEqual([expect.stringContaining('Content Security Policy')]);
  });
});

/** Starts the gateway with the example's config. Only ports, folder and endpoint are replaced. */
async function startExample(name: string): Promise<{ readonly url: string; readonly config: string }> {
  const config = join(folder.dir, 'convey.json');
  const text = readFileSync(join(root, 'examples', name, 'convey.json'), 'utf8')
    .replace('./data-example', folder.dataDir)
    .replace('"port": 8080 }', '"port": 0 },\n  "dashboard": { "port": 0 }')
    .replace('http://127.0.0.1:9090', microsoft.url);
  writeFileSync(config, text);
  const gateway = await startPacedGateway(config, createPacedClock());
  cleanups.push(() => gateway.stop());
  return { url: gateway.url, config };
}

const types: Readonly<Record<string, string>> = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript' };

/** Serves the files of a folder with the collector's address filled in. A path without an extension gets `index.html`. */
async function serve(from: string, gateway: string): Promise<string> {
  const server = createServer((request, response) => {
    const path = normalize(new URL(request.url ?? '/', 'http://shop.example').pathname);
    const file = extname(path) === '' ? 'index.html' : path;
    const text = readFileSync(join(from.startsWith('/') ? from : join(root, from), file), 'utf8');
    response.setHeader('content-type', types[extname(file)] ?? 'text/plain');
    response.end(text.replaceAll('127.0.0.1:8080', new URL(gateway).host));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanups.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
}

async function startShopProcess(gateway: string): Promise<string> {
  const child = spawn(process.execPath, [join(root, 'examples/strict-csp/server.mjs'), gateway, '0']);
  const ended = once(child, 'exit');
  cleanups.push(async () => {
    child.kill();
    await ended;
  });
  const [line] = await once(child.stdout, 'data');
  return /http:\S+/.exec(String(line))?.[0] ?? '';
}

async function startVisit(): Promise<Shopper> {
  const shopper = await createShopper(browser);
  cleanups.push(() => shopper.close());
  return shopper;
}

/** Waits for the collector's next response to this shopper, which sets the cookies. */
const waitForCollector = ({ page }: Shopper) => page.waitForResponse((response) => new URL(response.url()).pathname === '/e');

/** Sends a last event, leaves the shop, and waits until Microsoft has that event. All earlier events have arrived then. */
async function endVisit({ page }: Shopper): Promise<void> {
  await page.evaluate("convey('track', 'TheEnd')");
  await page.goto('about:blank');
  const hasArrived = () => microsoft.journalEvents().some(({ eventName }) => eventName === 'TheEnd');
  expect(await eventually(hasArrived)).toBe(true);
}

const sent = z.looseObject({
  eventType: z.string(),
  eventName: z.string().optional(),
  eventId: z.string(),
  eventSourceUrl: z.string(),
  pageTitle: z.string().optional(),
  adStorageConsent: z.string(),
  userData: z.looseObject({ msclkid: z.string(), anonymousId: z.string(), em: z.string().optional() }),
  customData: z.looseObject({ value: z.number().optional(), currency: z.string().optional() }).optional(),
});

/** Returns every report that Microsoft received, duplicates included. */
function getReceived() {
  const reports = microsoft.journalEvents().flatMap(({ server }) => server);
  return reports
    .map(({ event, warnings }) => ({ ...sent.parse(event), warnings }))
    .map((event) => ({ ...event, name: event.eventName ?? event.eventType }))
    .filter(({ name }) => name !== 'TheEnd');
}

/** Returns one line for each report with its name, path, value and currency. Page views come first. */
function summarizeReports(shop: string): string[] {
  const lines = getReceived().map(({ name, eventSourceUrl, customData = {} }) =>
    [name, eventSourceUrl.replace(shop, ''), customData.value, customData.currency]
      .filter((part) => part !== undefined)
      .join(' '),
  );
  const views = lines.filter((line) => line.startsWith('pageLoad'));
  return [...views.toSorted(), ...lines.filter((line) => !views.includes(line)).toSorted()];
}

/** Expects that all reports belong to one shopper with the click and consent, without a warning or a page error. */
function expectOneShopper({ pageErrors }: Shopper): void {
  const [first] = getReceived();
  const { anonymousId } = first?.userData ?? {};
  for (const event of getReceived()) {
    expect(event, event.name).toMatchObject({
      adStorageConsent: 'G',
      userData: { msclkid: clickIdSent, anonymousId },
      warnings: [],
    });
  }
  expect(pageErrors).toEqual([]);
}

/** Expects one purchase of two wall clocks with the e-mail address, which no other event has. */
function expectPurchase(eventId: string, transactionId: string): void {
  expect(getReceived().filter(({ name }) => name === 'purchase')).toMatchObject([
    {
      eventId,
      eventName: 'purchase',
      eventType: 'custom',
      userData: { em: emailHash },
      customData: {
        transactionId,
        value: 125.4,
        currency: 'USD',
        items: [{ id: 'sku1', name: 'Wall clock', price: 62.7, quantity: 2 }],
      },
    },
  ]);
}

const listedEvent = z.looseObject({
  name: z.string(),
  keys: z.array(z.string()),
  consent: z.looseObject({ stated: z.string() }),
  outcomes: z.array(z.looseObject({ outcome: z.string() })),
});

/** Returns the gateway's events as the event debugger lists them. */
async function listEvents(config: string) {
  const { stdout } = await convey('events', '--json', '--config', config);
  return stdout.split('\n').flatMap((line) => (line === '' ? [] : [listedEvent.parse(JSON.parse(line))]));
}
