import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createPacedClock, type PacedClock } from '../../src/clock/paced-clock.fixture.ts';
import { fillServerTemplate, fillWebTemplate } from '../../src/dashboard/pages/sites/setup/fill-shop-file.ts';
import { type MicrosoftSimulator, startMicrosoftSimulator } from '../../src/simulators/microsoft/simulator.ts';
import { createShopper, getSharedBrowser, type Shopper } from '../browser.fixture.ts';
import { type Folder, makeFolder, root, secretKey, tagId } from '../gateway.fixture.ts';
import { type PacedGateway, settleUntil, startPacedGateway } from '../paced-gateway.fixture.ts';
import { createSandbox } from './sandbox.fixture.ts';
import { parseTemplate } from './template.fixture.ts';

/** A shop with a web container and a server container, whose tags are the templates, with a real gateway. */

const readTemplate = (name: string) => readFileSync(join(root, 'shops/google-tag-manager', name), 'utf8');
const eventId = 'purchase-T-1001-42d3d205904bbee3';

let folder: Folder;
let microsoft: MicrosoftSimulator;
let gateway: PacedGateway;
let clock: PacedClock;
let shopper: Shopper;
let shop: string;
const cleanups: (() => unknown)[] = [];

beforeEach(async () => {
  answers.length = 0;
  folder = makeFolder();
  cleanups.push(folder.remove);
  microsoft = await startMicrosoftSimulator({ port: 0, tokens: { [tagId]: 'example-token' } });
  cleanups.push(() => microsoft.close());
  const config = join(folder.dir, 'convey.json');
  const text = readFileSync(join(root, 'examples/google-tag-manager/convey.json'), 'utf8')
    .replace('./data-example', folder.dataDir)
    .replace('"port": 8080 }', '"port": 0 },\n  "dashboard": { "port": 0 }')
    .replace('"writeKey"', `"secretKeys": ["${secretKey}"], "writeKey"`)
    .replace('http://127.0.0.1:9090', microsoft.url);
  writeFileSync(config, text);
  clock = createPacedClock();
  gateway = await startPacedGateway(config, clock);
  cleanups.push(gateway.stop);
  shop = await serveShop();
  shopper = await createShopper(await getSharedBrowser());
  cleanups.push(shopper.close);
  await shopper.context.route('https://www.googletagmanager.com/**', (route) =>
    route.fulfill({ contentType: 'text/javascript', body: imitateContainer() }),
  );
});
afterEach(async () => {
  for (const cleanUp of cleanups.splice(0).reverse()) await cleanUp();
});

async function serveShop(): Promise<string> {
  const html = readFileSync(join(root, 'examples/google-tag-manager/index.html'));
  const server = createServer((_, response) => response.setHeader('content-type', 'text/html; charset=utf-8').end(html));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanups.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/?msclkid=dd4afcccb1c94a4cad9544dd7e5006ab`;
}

/**
 * Returns the script of a container whose tags are the web template: one loads the pixel, one reports each purchase, and one passes on the
 * choice of a variable that is empty before it. The sandbox's functions act on the page.
 */
function imitateContainer(): string {
  const pixel = `${gateway.url}/p.js?k=wk_example_0123`;
  const { code } = parseTemplate(fillWebTemplate(readTemplate('web.tpl'), { pixel }));
  return `{
    const template = new Function('require', 'data', ${JSON.stringify(code)});
    const pushes = [];
    const apis = {
      getType: (value) => (value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value),
      makeString: String,
      copyFromDataLayer: (key, version) => version === 1
        ? pushes.findLast((push) => key in push)?.[key]
        : Object.assign({}, ...pushes)[key],
      createArgumentsQueue: (name, queue) => {
        window[name] ??= function () { window[name].q.push(arguments); };
        window[name].q ??= [];
        return window[name];
      },
      injectScript: (src, onload, onerror) =>
        document.head.append(Object.assign(document.createElement('script'), { src, onload, onerror })),
    };
    window.ended = [];
    const run = (data) => template((name) => apis[name], {
      ...data,
      gtmOnSuccess: () => window.ended.push(data.command + ' succeeded'),
      gtmOnFailure: () => window.ended.push(data.command + ' failed'),
    });
    let choice;
    const take = (push) => {
      if (push[0] === 'consent') {
        if (push[1] === 'update') choice = push[2].ad_storage;
        return;
      }
      pushes.push(push);
      if (push.event === 'gtm.js') run({ command: 'consent', adStorage: choice });
      if (push.event === 'gtm.js') run({ command: 'load' });
      if (push.event === 'consent_update') run({ command: 'consent', adStorage: choice });
      if (push.event === 'purchase') run({ command: 'track', eventId: push.event_id });
    };
    [...dataLayer].forEach(take);
    const push = dataLayer.push.bind(dataLayer);
    dataLayer.push = (...entries) => { push(...entries); entries.forEach(take); };
  }`;
}

/** The gateway's answers to the server tag. */
const answers: unknown[] = [];

/** Runs the server template for an event that Google's client received, with real requests. Resolves when the tag has ended. */
async function runServerTag(event: Readonly<Record<string, unknown>>, key = secretKey): Promise<'succeeded' | 'failed'> {
  const template = parseTemplate(fillServerTemplate(readTemplate('server.tpl'), gateway.url));
  const cookies = await shopper.context.cookies(gateway.url);
  const sandbox = createSandbox(template, {
    getEventData: (name: string) => event[name],
    getCookieValues: (name: string) => cookies.filter((cookie) => cookie.name === name).map(({ value }) => value),
    sendHttpRequest: async (
      url: string,
      { method, headers }: { method: string; headers: Record<string, string> },
      body: string,
    ) => {
      const response = await fetch(url, { method, headers, body });
      const answer = await response.text();
      answers.push(JSON.parse(answer));
      return { statusCode: response.status, body: answer };
    },
  });
  const results = sandbox.run({ secretKey: key, hasPixel: true });
  await expect.poll(() => results.succeeded + results.failed).toBe(1);
  return results.succeeded ? 'succeeded' : 'failed';
}

const purchase = {
  event_name: 'purchase',
  event_id: eventId,
  transaction_id: 'T-1001',
  value: 125.4,
  currency: 'USD',
  items: [{ item_id: 'sku1', item_name: 'Wall clock', price: 62.7, quantity: 2 }],
  user_data: { email_address: 'Jane.Doe+x@Example.com' },
  'x-ga-gcd': '13r3r3r3r5',
};

/** Returns the events that Microsoft received, one for each report. */
const getReceived = () =>
  microsoft.journalEvents().flatMap(({ eventName, eventId: id, server }) => server.map(() => `${eventName ?? 'pageLoad'} ${id}`));

describe('the templates in a shop', () => {
  test('report a purchase once, whether page and server container report it together', async () => {
    const { page, pageErrors } = shopper;
    await page.goto(shop);
    await page.waitForFunction('window.convey?.isLive');
    await page.click('text=Buy two');
    expect(await page.evaluate('window.ended')).toEqual(['consent succeeded', 'load succeeded', 'track succeeded']);
    const answered = page.waitForResponse((response) => new URL(response.url()).pathname === '/e');
    await page.click('text=Accept cookies');
    const { rejected, warnings } = await (await answered).json();
    // The browser of the test has a local address.
    const others = warnings.filter(({ code }: { code: string }) => code !== 'address-not-public');
    expect({ rejected, others }).toEqual({ rejected: [], others: [] });
    expect(await runServerTag({ ...purchase, page_location: page.url() })).toBe('succeeded');
    expect(answers).toMatchObject([{ accepted: 1, rejected: [], warnings: [] }]);
    // The container cannot know this one's id, so it leaves the event to the pixel.
    expect(await runServerTag({ event_name: 'add_to_cart', 'x-ga-gcd': purchase['x-ga-gcd'] })).toBe('succeeded');
    await page.evaluate("convey('track', 'TheEnd')");
    await page.goto('about:blank');
    // The gateway holds a purchase for its other reports.
    await settleUntil(() => getReceived().some((one) => one.startsWith('TheEnd')), gateway, clock);
    const names = getReceived().map((one) => one.replace(/ [0-9a-f-]{36}$/, ''));
    expect(names.toSorted()).toEqual(['TheEnd', 'pageLoad', `purchase ${eventId}`]);
    expect(pageErrors).toEqual([]);
  });

  test('the server tag fails if the key is wrong, or the gateway rejects the event', async () => {
    expect(await runServerTag(purchase, 'sk_wrong_0123456789')).toBe('failed');
    expect(await runServerTag({ ...purchase, event_id: 'jane.doe@example.com' })).toBe('failed');
    expect(await runServerTag(purchase)).toBe('succeeded');
  });
});
