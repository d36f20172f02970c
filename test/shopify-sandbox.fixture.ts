import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type RequestListener } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type {
  Checkout,
  ExtensionApi,
  PixelEvents,
  ProductVariant,
  StandardEventName,
  CustomEvent as ThemeEvent,
} from '@shopify/web-pixels-extension';
import type { Frame } from 'playwright-core';
import { createPacedClock } from '../src/clock/paced-clock.fixture.ts';
import { checkoutToken } from '../src/ingest/webhooks/shopify.fixture.ts';
import {
  type MicrosoftSimulator,
  type MicrosoftSimulatorOptions,
  startMicrosoftSimulator,
} from '../src/simulators/microsoft/simulator.ts';
import type { Shopper } from './browser.fixture.ts';
import { eventually, makeFolder, root, tagId, writeKey } from './gateway.fixture.ts';
import { type PacedGateway, settleAll, startPacedGateway } from './paced-gateway.fixture.ts';
import { startAtNewOrigin } from './reused-page.fixture.ts';

/** A Shopify shop with the custom pixel in its sandboxed frame, in Chromium, with a gateway and Microsoft's simulator. */

export type Privacy = ExtensionApi['init']['customerPrivacy'];

export function buildPrivacy(marketingAllowed: boolean, saleOfDataAllowed: boolean): Privacy {
  return { analyticsProcessingAllowed: true, preferencesProcessingAllowed: true, marketingAllowed, saleOfDataAllowed };
}

export const shopSecret = 'shpss_0123456789abcdef';
export const clientId = 'C0FFEE00-1234-4abc-8def-001122334455';
/** `clientId` as the pixel reports it. */
export const clientVisitor = 'c0ffee0012344abc8def001122334455';

export interface ShopOptions {
  /** Creates the shop's shopper, such as one of `sharePage`. */
  readonly createShopper: () => Promise<Shopper>;
  /** `undefined`: Shopify reports no consent. */
  readonly privacy: Privacy | undefined;
  /** The object that reports changes of consent: Shopify documents `api` for custom pixels, the global for app pixels. */
  readonly privacyAt?: 'api' | 'global';
  /** Settings at the top of the pixel. `undefined`: as shipped. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Changes to the gateway's site. `false`: there is no gateway, and the pixel's settings for it are empty. */
  readonly site?: Readonly<Record<string, unknown>> | false;
  /** A running backend, which `close` does not stop. */
  readonly backend?: Backend;
  readonly customer?: ExtensionApi['init']['data']['customer'];
  readonly holdTag?: boolean;
  readonly simulated?: MicrosoftSimulatorOptions;
}

/** One body that the pixel posted, with the response. */
export interface PostedBatch {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: {
    readonly events: readonly Readonly<Record<string, unknown>>[];
    readonly signals: readonly Readonly<Record<string, unknown>>[];
  };
  readonly text: string;
}

/** The failure of one request to the gateway: a cut connection, or a response in place of the gateway's. */
export type Outage = 'cut' | { readonly status: number; readonly retryAfter?: number; readonly text?: string };

/** A gateway of a Shopify site, and the simulator that it sends to. */
export interface Backend {
  readonly microsoft: MicrosoftSimulator;
  /** Undefined if `site` is `false`. */
  readonly gateway: PacedGateway | undefined;
  /** The gateway's config file. */
  readonly config: string;
  /** Resolves once every event that the gateway accepted has its final outcome. */
  settle(): Promise<void>;
  close(): Promise<void>;
}

export interface Shop extends Backend {
  readonly url: string;
  readonly shopper: Shopper;
  /** Uncaught errors, and console errors and warnings, of all pages. */
  readonly consoleProblems: readonly string[];
  readonly postedBatches: readonly PostedBatch[];
  /** Failures of the next requests to the gateway, in order. */
  readonly outages: Outage[];
  /** Returns each acknowledged event once, because the next page repeats the reports of a closing page. */
  events(): readonly Readonly<Record<string, unknown>>[];
  signals(): readonly Readonly<Record<string, unknown>>[];
  publish(event: unknown): Promise<void>;
  choose(customerPrivacy: Privacy): Promise<void>;
  /** Publishes events and then changes the consent in one task of the page, so that the pixel cannot send between them. */
  publishAndChoose(events: readonly unknown[], customerPrivacy: Privacy): Promise<void>;
  /** Opens another page of the shop in the same tab, with the consent that Shopify reports there if it changed. */
  goTo(path: string, now?: Privacy): Promise<void>;
  releaseTag(): void;
  /** Returns the tag's queue as JSON. */
  readTagQueue(): Promise<string>;
  /** Returns the parameters of the beacons in the order of scleanups. @throws if their number differs from `count` */
  beacons(count: number): Promise<readonly Readonly<Record<string, string>>[]>;
}

export const customPixel = readFileSync(join(root, 'shops/shopify/custom-pixel.js'), 'utf8');
const frameScript = readFileSync(join(root, 'test/shopify-sandbox.page.js'), 'utf8');

/** Returns the pixel with the merchant's settings. */
function fillInSettings(settings: Readonly<Record<string, unknown>>): string {
  return Object.entries(settings).reduce((pixel, [name, value]) => {
    const line = new RegExp(`^    ${name}: .*,$`, 'm');
    if (!line.test(pixel)) throw new Error(`the custom pixel has no setting ${name}`);
    return pixel.replace(line, () => `    ${name}: ${JSON.stringify(value)},`);
  }, customPixel);
}

/** The shop's page with the frame, and the script that performs the frame's requests in the top frame. */
const topPage = `<!doctype html><title>Shop</title><script>
addEventListener('message', ({ data: { question, where, what, given }, source }) => {
  const cookie = (name) => document.cookie.split('; ').find((pair) => pair.startsWith(name + '='))?.slice(name.length + 1) ?? '';
  const store = window[where];
  const answer = where === 'cookie' ? cookie(given[0]) : what === 'length' ? store.length : store[what](...given) ?? null;
  source.postMessage({ question, answer }, '*');
});
</script><iframe sandbox="allow-scripts allow-forms" src="/web-pixels/sandbox"></iframe>`;

export async function startBackend({ site, simulated }: Pick<ShopOptions, 'site' | 'simulated'> = {}): Promise<Backend> {
  const time = createPacedClock();
  const microsoft = await startMicrosoftSimulator({ port: 0, tokens: { [tagId]: 'good-token' }, now: time.now, ...simulated });
  const folder = makeFolder();
  const shop = { domains: ['shop.example', '127.0.0.1'], platform: 'shopify', purchaseHoldSeconds: 60 };
  const config = folder.writeConfig(microsoft.url, { site: { ...shop, webhooks: { secrets: [shopSecret] }, ...(site || {}) } });
  const gateway = site === false ? undefined : await startPacedGateway(config, time);
  return {
    microsoft,
    gateway,
    config,
    settle: async () => gateway && settleAll(gateway, time),
    async close() {
      await gateway?.stop();
      await microsoft.close();
      folder.remove();
    },
  };
}

export async function openShopify(options: ShopOptions): Promise<Shop> {
  const cleanups: (() => unknown)[] = [];
  const backend = options.backend ?? (await startBackend(options));
  if (!options.backend) cleanups.push(backend.close);
  const { microsoft, gateway, config, settle } = backend;
  const postedBatches: PostedBatch[] = [];
  const outages: Outage[] = [];
  const pixel = fillInSettings({
    script: `${microsoft.url}/bat.js`,
    ...(gateway && { collector: await startRecorder(gateway, postedBatches, outages, cleanups), writeKey }),
    ...options.settings,
  });

  let now = options.privacy;
  const renderFrame = () => {
    const init = {
      customerPrivacy: now,
      context: buildContext('https://shop.example/'),
      data: { customer: options.customer ?? null, cart: null },
    };
    const names = options.privacyAt === 'global' ? 'analytics, browser, init, customerPrivacy' : 'analytics, browser, init, api';
    return `<!doctype html><script>${frameScript}
(({ ${names} }) => {
${pixel}
})(shopifySandbox(${JSON.stringify(init)}, ${JSON.stringify(options.privacyAt ?? 'api')}));
</script>`;
  };
  const url = await serve(cleanups, (request, response) => {
    response.setHeader('content-type', 'text/html; charset=utf-8');
    response.end(request.url?.startsWith('/web-pixels/') ? renderFrame() : topPage);
  });

  const shopper = await options.createShopper();
  cleanups.push(() => shopper.close());
  const { context, page } = shopper;
  const consoleProblems = recordConsoleProblems(shopper);
  let releaseTag = () => {};
  const released = new Promise<void>((resolve) => {
    releaseTag = resolve;
  });
  if (options.holdTag)
    await context.route('**/bat.js', async (route) => {
      await released;
      await route.continue();
    });
  let frame: Frame;
  const enter = async (path: string) => {
    await page.goto(url + path, { waitUntil: options.holdTag ? 'commit' : 'load' });
    frame = await waitForFrame(shopper);
    // The pixel creates the queue after it has read the top frame, and the tag replaces it.
    const isReady = options.holdTag ? 'Array.isArray(window.uetq)' : 'window.uetq && !Array.isArray(window.uetq)';
    if (options.settings?.tagId === tagId) await frame.waitForFunction(isReady);
  };
  await enter('/');

  const reports = () => microsoft.journalEvents().flatMap(({ browser }) => browser);
  const acknowledged = () => postedBatches.filter(({ status }) => status === 202);
  return {
    microsoft,
    gateway,
    config,
    settle,
    url,
    shopper,
    consoleProblems,
    postedBatches,
    outages,
    releaseTag,
    events: () => [
      ...new Map(
        acknowledged().flatMap(({ body }) => body.events.map((one) => [`${one.name} ${one.id}`, one] as const)),
      ).values(),
    ],
    signals: () => acknowledged().flatMap(({ body }) => body.signals),
    readTagQueue: async () => String(await frame.evaluate('JSON.stringify(window.uetq)')),
    publish: (event) => frame.evaluate((one) => Reflect.get(window, 'publish')(one), event),
    choose: (customerPrivacy) => {
      now = customerPrivacy;
      return frame.evaluate((one) => Reflect.get(window, 'choose')(one), customerPrivacy);
    },
    publishAndChoose: (events, customerPrivacy) => {
      now = customerPrivacy;
      return frame.evaluate(
        ([published, chosen]) => {
          for (const event of published) Reflect.get(window, 'publish')(event);
          Reflect.get(window, 'choose')(chosen);
        },
        [events, customerPrivacy] as const,
      );
    },
    async goTo(path, changed) {
      now = changed ?? now;
      await enter(path);
    },
    async beacons(count) {
      // The number of a last beacon shows how many were sent before it.
      await frame.evaluate("window.uetq.push('event', 'the_end', {})");
      const parameters = () => reports().map(({ parameters: sent }) => sent ?? {});
      await eventually(() => parameters().length > count && parameters().some(({ ea }) => ea === 'the_end'));
      const sent = parameters().toSorted((a, b) => Number(a.bo) - Number(b.bo));
      const summary = sent.map(({ bo, ea = 'pageLoad' }) => `${bo} ${ea}`);
      if (sent.length !== count + 1 || summary.at(-1) !== `${count + 1} the_end`)
        throw new Error(`expected ${count} beacons, received: ${summary.join(', ')}`);
      return sent.slice(0, count);
    },
    async close() {
      for (const end of cleanups.reverse()) await end();
    },
  };
}

async function waitForFrame({ page }: Shopper): Promise<Frame> {
  const element = await page.waitForSelector('iframe', { state: 'attached' });
  const frame = await element.contentFrame();
  if (!frame) throw new Error('the frame has no document');
  await frame.waitForFunction("typeof window.publish === 'function'");
  return frame;
}

function recordConsoleProblems({ context }: Shopper): readonly string[] {
  const consoleProblems: string[] = [];
  context.on('weberror', (error) => consoleProblems.push(error.error().message));
  context.on('console', (message) => {
    if (['error', 'warning'].includes(message.type()) && !message.text().startsWith('Failed to load'))
      consoleProblems.push(message.text());
  });
  return consoleProblems;
}

/**
 * Starts a server that forwards to the gateway and records the posted bodies, including those of closed pages, which the browser's
 * driver does not report. During an outage it responds itself, or cuts the connection.
 */
async function startRecorder(
  gateway: PacedGateway,
  postedBatches: PostedBatch[],
  outages: Outage[],
  cleanups: (() => unknown)[],
): Promise<string> {
  return serve(cleanups, async (request, response) => {
    const body = await text(request);
    const outage = outages.shift();
    if (outage === 'cut') request.socket.destroy();
    if (outage !== undefined) {
      if (outage !== 'cut') {
        const cors = { 'access-control-allow-origin': '*', 'access-control-expose-headers': 'Retry-After' };
        const { status, retryAfter = 0, text: answer = '{}' } = outage;
        response.writeHead(status, { ...cors, 'retry-after': String(retryAfter) }).end(answer);
      }
      return;
    }
    const { origin = '', 'user-agent': agent = '', 'content-type': type = '' } = request.headers;
    const headers = { origin, 'user-agent': agent, 'content-type': type };
    const answer = await fetch(`${gateway.url}${request.url}`, { method: 'POST', headers, body });
    const cors = ['access-control-allow-origin', 'access-control-expose-headers', 'retry-after'];
    for (const name of cors) if (answer.headers.has(name)) response.setHeader(name, answer.headers.get(name) ?? '');
    response.writeHead(answer.status).end(await answer.text());
    postedBatches.push({ status: answer.status, headers: request.headers, body: JSON.parse(body), text: body });
  });
}

async function serve(cleanups: (() => unknown)[], answer: RequestListener): Promise<string> {
  const { url, close } = await startAtNewOrigin(async () => {
    const server = createServer(answer).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    return {
      url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
      async close() {
        server.close();
        server.closeAllConnections();
      },
    };
  });
  cleanups.push(close);
  return url;
}

/** One of Shopify's types with all members optional and nullable, as in real shops. */
export type Loose<T> = T extends readonly (infer E)[]
  ? readonly (Loose<E> | null)[]
  : T extends object
    ? { readonly [P in keyof T]?: Loose<T[P]> | null }
    : T;

function buildContext(page: string): Loose<ThemeEvent['context']> {
  const { href, origin, pathname, search } = new URL(page);
  return { document: { location: { href, origin, pathname, search }, referrer: '', title: 'Wall clock' } };
}

/** Builds the fields that Shopify adds to each event. */
function buildEnvelope(type: string, name: string, page = 'https://shop.example/') {
  return { id: `sh-${name}`, name, type, timestamp: new Date().toISOString(), clientId, seq: 1, context: buildContext(page) };
}

export function buildStandardEvent<K extends StandardEventName>(
  name: K,
  data: Loose<PixelEvents[K]['data']> | null,
  page?: string,
) {
  return { ...buildEnvelope('standard', name, page), data };
}

export function buildCustomEvent(name: string, customData: ThemeEvent['customData']) {
  return { ...buildEnvelope('custom', name), customData };
}

export const buildPageViewed = (page: string) => buildStandardEvent('page_viewed', {}, page);

export const money = (amount: number) => ({ amount, currencyCode: 'USD' });

export function buildVariant(changes: Loose<ProductVariant> = {}): Loose<ProductVariant> {
  const product = { id: '4001', title: 'Wall clock', type: 'Clocks', vendor: 'Clocks & Co', url: '/products/clock' };
  return { id: '4002', sku: 'CLOCK', title: 'White', price: money(62.7), product, ...changes };
}

export function buildCheckout(changes: Loose<Checkout> = {}): Loose<Checkout> {
  return {
    token: checkoutToken,
    order: { id: '5734826901234', customer: null },
    email: 'Jane.Doe+x@Example.com',
    phone: null,
    billingAddress: null,
    shippingAddress: { phone: '+1 (425) 555-1234' },
    currencyCode: 'USD',
    totalPrice: money(125.4),
    lineItems: [{ id: '1', title: 'Wall clock', quantity: 2, variant: buildVariant() }],
    ...changes,
  };
}
