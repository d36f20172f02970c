import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { parseEventKey } from '../../src/event/event-key.ts';
import { createCollectorDeps, createMemoryLog } from '../../src/ingest/collector.fixture.ts';
import { createCollectorApp } from '../../src/ingest/collector.ts';
import { startHttpServer } from '../../src/ingest/http/http-server.ts';
import { shop } from '../../src/ingest/site.fixture.ts';
import { checkoutToken } from '../../src/ingest/webhooks/shopify.fixture.ts';
import { buildAppFolder } from '../../src/shopify-app/app-folder.ts';
import { eventually, root } from '../gateway.fixture.ts';
import { sharePage, startAtNewOrigin } from '../reused-page.fixture.ts';
import {
  buildCheckout,
  buildPageViewed,
  buildPrivacy,
  buildStandardEvent,
  buildVariant,
  type Privacy,
} from '../shopify-sandbox.fixture.ts';

/** The app pixel as `convey shopify app` writes it, in a worker of the shop's origin and in one of a frame without an origin. */

type Place = 'own' | 'opaque';
const places: readonly Place[] = ['own', 'opaque'];
const [granted, undecided, denied] = [buildPrivacy(true, true), buildPrivacy(false, false), buildPrivacy(false, true)];
const writeKey = 'wk_test_of_app';

const files = buildAppFolder(
  {
    ...{ clientId: 'client-of-shop', appKey: 'a1', dashboard: 'https://convey.example', collector: 'https://data.shop.example' },
    ...{ readsCustomers: false, hasStorefront: true },
  },
  () => undefined,
);
const pixelFolder = 'extensions/convey-pixel';
const pixel = (files.get(`${pixelFolder}/src/index.js`) ?? '').replace(/^import \{ register \} from .*$/m, '');
const requiresPermission = /^marketing = true$/m.test(files.get(`${pixelFolder}/shopify.extension.toml`) ?? '');
const workerScript = `${readFileSync(join(root, 'test/shopify-worker.page.js'), 'utf8')}\n${pixel}`;

/** Answers the worker's calls to the top frame. */
const topScript = `
const answer = ({ question, where, what, given }, reply) => {
  const cookie = (name) => document.cookie.split('; ').find((pair) => pair.startsWith(name + '='))?.slice(name.length + 1) ?? '';
  const store = window[where];
  reply({ question, answer: where === 'cookie' ? cookie(given[0]) : what === 'length' ? store.length : store[what](...given) ?? null });
};`;
const ownPage = `<!doctype html><title>Shop</title><script>${topScript}
const worker = new Worker('/worker.js');
worker.onmessage = ({ data }) => answer(data, (message) => worker.postMessage(message));
window.toWorker = (message) => worker.postMessage(message);
</script>`;
const frame = `<script>
const worker = new Worker(URL.createObjectURL(new Blob([decodeURIComponent('${encodeURIComponent(workerScript).replaceAll("'", '%27')}')])));
worker.onmessage = ({ data }) => parent.postMessage(data, '*');
onmessage = ({ data }) => worker.postMessage(data);
</script>`;
const opaquePage = `<!doctype html><title>Shop</title><script>${topScript}
onmessage = ({ data, source }) => answer(data, (message) => source.postMessage(message, '*'));
window.toWorker = (message) => frames[0].postMessage(message, '*');
</script><iframe sandbox="allow-scripts" src="/frame"></iframe>`;

const bodySchema = z.looseObject({
  time: z.number().optional(),
  consent: z.looseObject({ effective: z.string().optional() }).optional(),
});

const createSharedShopper = sharePage();
const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanups.splice(0).reverse()) await cleanUp();
});

async function openShop(
  place: Place,
  { privacy = granted, answersTop = true }: { privacy?: Privacy; answersTop?: boolean } = {},
) {
  const log = createMemoryLog();
  const site = { ...shop, platform: 'shopify', writeKey, domains: ['shop.example', '127.0.0.1'] } as const;
  const app = createCollectorApp({ ...createCollectorDeps(log), now: Date.now, sites: () => [site] });
  const collector = await startHttpServer(app, { host: '127.0.0.1', port: 0 });
  cleanups.push(() => collector.close(0));
  const pages: Readonly<Record<string, string>> = { '/worker.js': workerScript, '/frame': frame };
  const { url, close } = await startAtNewOrigin(async () => {
    const server = createServer(({ url: path = '/' }, response) => {
      response.setHeader('content-type', path.endsWith('.js') ? 'text/javascript' : 'text/html; charset=utf-8');
      response.end(pages[path] ?? (place === 'own' ? ownPage : opaquePage));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : '';
    return {
      url: `http://127.0.0.1:${port}`,
      async close() {
        server.close();
        server.closeAllConnections();
      },
    };
  });
  cleanups.push(close);
  const { page, context, close: leave } = await createSharedShopper();
  cleanups.push(leave);
  await page.goto(url);
  const tell = (message: object) => page.evaluate((one) => Reflect.get(window, 'toWorker')(one), message);
  const location = { href: 'https://shop.example/', origin: 'https://shop.example', pathname: '/', search: '' };
  const init = { customerPrivacy: privacy, context: { document: { location } }, data: { customer: null, cart: null } };
  const settings = { collector: collector.url, writeKey, itemId: '{variantId}', storefront: 'true' };
  await tell({ start: { init, settings, requiresPermission, answersTop } });
  const bodies = () => log.stored().map(({ key, body }) => ({ ...parseEventKey(key), body: bodySchema.parse(body) }));
  return {
    publish: (event: object) => tell({ publish: event }),
    choose: (choice: Privacy) => tell({ choose: choice }),
    bodies,
    ids: () =>
      bodies()
        .flatMap(({ name, id }) => (name === undefined ? [] : [`${name} ${id}`]))
        .toSorted(),
    cookieNames: async () => (await context.cookies(url)).map(({ name }) => name),
  };
}

const completed = buildStandardEvent(
  'checkout_completed',
  { checkout: buildCheckout() },
  'https://shop.example/checkouts/cn/c1/thank-you',
);

describe.each(places)('the app pixel in a worker of the origin %s', (place) => {
  it('reports each event once, under the ids of the custom pixel', async () => {
    const { publish, ids, cookieNames } = await openShop(place);
    await publish(buildPageViewed('https://shop.example/'));
    await publish(buildStandardEvent('product_viewed', { productVariant: buildVariant() }));
    await publish(buildStandardEvent('checkout_started', { checkout: buildCheckout() }));
    await publish(completed);
    const expected = [
      `InitiateCheckout checkout-${checkoutToken}`,
      `Purchase purchase-${checkoutToken}`,
      'ViewContent sh-product_viewed',
    ];
    await eventually(() => ids().length >= expected.length);
    expect(ids()).toEqual(expected);
    expect((await cookieNames()).includes('_cv_id')).toBe(place === 'own');
  });

  it('keeps all other fields if Shopify withholds personal data', async () => {
    const { publish, bodies } = await openShop(place);
    const nulls = { email: null, phone: null, billingAddress: null, shippingAddress: null };
    await publish(
      buildStandardEvent('checkout_completed', {
        checkout: buildCheckout({ ...nulls, order: { id: '5734826901234', customer: null } }),
      }),
    );
    await eventually(() => bodies().length > 0);
    expect(bodies()[0]).toMatchObject({
      id: `purchase-${checkoutToken}`,
      body: { commerce: { value: 125.4, currency: 'USD', orderId: '5734826901234', checkoutId: checkoutToken } },
    });
  });

  it('sends nothing before the permission, and then the earlier events with their own times', async () => {
    const { publish, choose, bodies, ids } = await openShop(place, { privacy: undecided });
    const viewed = buildStandardEvent('product_viewed', { productVariant: buildVariant() });
    const timestamp = new Date(Date.now() - 60_000).toISOString();
    await publish({ ...viewed, timestamp });
    await publish(buildPageViewed('https://shop.example/checkouts/cn/c1'));
    expect(ids()).toEqual([]);
    await choose(granted);
    await eventually(() => ids().length >= 2);
    const time = bodies().find(({ name }) => name === 'ViewContent')?.body.time ?? 0;
    // The gateway corrects the clock of the browser by the time of the journey.
    expect(Math.abs(time - Date.parse(timestamp))).toBeLessThan(5_000);
  });

  it('stops queued reports and reports a denial', async () => {
    const { publish, choose, bodies } = await openShop(place);
    await publish(buildStandardEvent('product_viewed', { productVariant: buildVariant() }));
    await choose(denied);
    await eventually(() => bodies().some(({ body }) => body.name === 'ViewContent' || body.consent));
    const states = bodies().flatMap(({ body }) => body.consent?.effective ?? []);
    expect(new Set(states)).toEqual(new Set(['denied']));
  });

  it('sends a purchase at once and other events within 2 s, also if no call to the top frame is answered', async () => {
    const { publish, ids } = await openShop(place, { answersTop: false });
    const begin = performance.now();
    await publish(buildStandardEvent('product_viewed', { productVariant: buildVariant() }));
    await publish(completed);
    await eventually(() => ids().length >= 2);
    // The machine of the tests may be slow.
    expect(performance.now() - begin).toBeLessThan(4_000);
  });
});
