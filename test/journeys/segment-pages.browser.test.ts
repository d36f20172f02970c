import { createServer } from 'node:http';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { build } from 'vite';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createPacedClock } from '../../src/clock/paced-clock.fixture.ts';
import { type MicrosoftSimulator, startMicrosoftSimulator } from '../../src/simulators/microsoft/simulator.ts';
import { createShopper, getSharedBrowser } from '../browser.fixture.ts';
import { convey, parseJsonLines } from '../cli.fixture.ts';
import { eventually, type Folder, makeFolder, root, tagId, writeKey } from '../gateway.fixture.ts';
import { type PacedGateway, startPacedGateway } from '../paced-gateway.fixture.ts';

/** Segment's and compatible SDKs in a page, each changed by its host alone. No other host is asked. */

const msclkid = 'dd4afcccb1c94a4cad9544dd7e5006ab';
let browser: Browser;
let folder: Folder;
let config: string;
let microsoft: MicrosoftSimulator;
let gateway: PacedGateway;
let shop: { readonly url: string; close(): void };

/** Bundles the script of a page, as a shop does. */
async function bundle(name: string): Promise<string> {
  const entry = join(import.meta.dirname, `segment-pages/${name}.page.js`);
  const built = await build({
    configFile: false,
    root,
    logLevel: 'silent',
    define: { 'process.env.NODE_ENV': '"production"' },
    build: { write: false, minify: false, lib: { entry, formats: ['iife'], name: 'page', fileName: name } },
  });
  const [output] = [built].flat();
  if (!output || !('output' in output)) throw new Error('not built');
  return output.output[0].code;
}

beforeAll(async () => {
  browser = await getSharedBrowser();
  const scripts = new Map<string, string>();
  for (const name of ['segment', 'consent', 'rudder', 'jitsu']) scripts.set(name, await bundle(name));
  const server = createServer((request, response) => {
    const script = scripts.get(request.url?.slice(1).replace('.js', '') ?? '');
    response.setHeader('content-type', script === undefined ? 'text/html' : 'text/javascript');
    const name = new URL(request.url ?? '/', 'http://shop').searchParams.get('sdk') ?? '';
    response.end(script ?? `<!doctype html><title>Thanks</title><script src="/${name}.js"></script>`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  shop = { url: `http://127.0.0.1:${port}`, close: () => server.close() };
  folder = makeFolder();
  const clock = createPacedClock();
  microsoft = await startMicrosoftSimulator({ port: 0, tokens: { [tagId]: 'good-token' }, now: clock.now });
  const site = { domains: ['127.0.0.1'], consent: { policy: 'granted' }, purchaseHoldSeconds: 0 };
  config = folder.writeConfig(microsoft.url, { site });
  gateway = await startPacedGateway(config, clock);
}, 120_000);
afterAll(async () => {
  await gateway?.stop();
  await microsoft?.close();
  shop?.close();
  folder?.remove();
});
beforeEach(() => microsoft.clearJournal());

/** Opens the thank-you page with an SDK, and reports an order. Returns the hosts that the page asked. */
async function buy(sdk: string, number: string, more: object = {}): Promise<readonly string[]> {
  const shopper = await createShopper(browser);
  const asked = new Set<string>();
  try {
    const { page } = shopper;
    page.on('request', (request) => void asked.add(new URL(request.url()).host));
    await page.route('**/*', (route) =>
      new URL(route.request().url()).hostname === '127.0.0.1' ? route.continue() : route.abort(),
    );
    await page.goto(`${shop.url}/thanks?sdk=${sdk}&msclkid=${msclkid}`);
    const order = {
      order_id: number,
      total: 125.4,
      currency: 'USD',
      products: [{ product_id: 'sku1', price: 62.7, quantity: 2 }],
    };
    await page.evaluate((input) => Object(globalThis).run(input), { url: gateway.url, key: writeKey, order, ...more });
    expect(await eventually(async () => (await find(number)).length > 0), `${sdk}: ${shopper.pageErrors.join()}`).toBe(true);
    return [...asked].filter((host) => host !== new URL(shop.url).host);
  } finally {
    await shopper.close();
  }
}

async function find(number: string): Promise<readonly unknown[]> {
  const { stdout } = await convey('events', '--config', config, '--json', '--text', `purchase-${number}`);
  return parseJsonLines(stdout);
}

describe('a page with the SDK', () => {
  it.each([
    ['segment', '2001'],
    ['rudder', '2002'],
    ['jitsu', '2003'],
  ])('%s reports a purchase that arrives once, and asks no other host', async (sdk, number) => {
    const asked = await buy(sdk, number);
    expect(asked).toEqual([new URL(gateway.url).host]);
    const received = () => microsoft.journalEvents().filter(({ eventId }) => eventId === `purchase-${number}`);
    expect(await eventually(() => received().length > 0)).toBe(true);
    expect(received()).toMatchObject([{ eventName: 'purchase', server: [expect.anything()], counted: 'server' }]);
    expect(await find(number)).toMatchObject([
      { reporter: 'browser', via: 'segment', keys: expect.arrayContaining(['msclkid']) },
    ]);
  });

  it.each([
    [true, 'granted'],
    [false, 'denied'],
  ])("that states consent by Segment's wrapper as %j counts as %s", async (isAllowed, effective) => {
    const number = isAllowed ? '2004' : '2005';
    await buy('consent', number, { isAllowed });
    expect(await find(number)).toMatchObject([{ consent: { stated: effective, effective } }]);
  });
});
