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
import type { Browser, Frame } from 'playwright-core';
import { createPacedClock } from '../src/clock/paced-clock.fixture.ts';
import { checkoutToken } from '../src/ingest/webhooks/shopify.fixture.ts';
import {
  type MicrosoftSimulator,
  type MicrosoftSimulatorOptions,
  startMicrosoftSimulator,
} from '../src/simulators/microsoft/simulator.ts';
import { createShopper, type Shopper } from './browser.fixture.ts';
import { eventually, makeFolder, root, tagId, writeKey } from './gateway.fixture.ts';
import { type PacedGateway, settleAll, startPacedGateway } from './paced-gateway.fixture.ts';

/** A Shopify shop with the custom pixel in its sandboxed frame, in real Chromium, with a real gateway and Microsoft's simulator. */

export type Privacy = ExtensionApi['init']['customerPrivacy'];

export function buildPrivacy(marketingAllowed: boolean, saleOfDataAllowed: boolean): Privacy {
  return { analyticsProcessingAllowed: true, preferencesProcessingAllowed: true, marketingAllowed, saleOfDataAllowed };
}

export const shopSecret = 'shpss_0123456789abcdef';
export const clientId = 'C0FFEE00-1234-4abc-8def-001122334455';
/** As the pixel tells it. */
export const clientVisitor = 'c0ffee0012344abc8def001122334455';

export interface ShopOptions {
  readonly browser: Browser;
  /** `undefined`: Shopify says nothing. */
  readonly privacy: Privacy | undefined;
  /** Where the script finds changes of consent: as Shopify documents it for custom pixels, or for app pixels. */
  readonly privacyAt?: 'api' | 'global';
  /** What is filled in at the top of the pixel; `undefined` leaves it as it is shipped. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** What changes in the gateway's site; `false`: there is no gateway, and the pixel's settings for it stay empty. */
  readonly site?: Readonly<Record<string, unknown>> | false;
  /** One that runs already, and is left running. */
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

/** What becomes of one request in the gateway's place. */
export type Outage = 'cut' | { readonly status: number; readonly retryAfter?: number; readonly text?: string };

/** A gateway of a Shopify site, and the simulator that it sends to. */
export interface Backend {
  readonly microsoft: MicrosoftSimulator;
  /** Undefined where there is to be none. */
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
  /** What the pages complained of and warned of. */
  readonly consoleProblems: readonly string[];
  readonly postedBatches: readonly PostedBatch[];
  /** What becomes of the next requests to the gateway. */
  readonly outages: Outage[];
  /** Every event that the gateway acknowledged, once: what a page tells as it ends, the next one tells again. */
  events(): readonly Readonly<Record<string, unknown>>[];
  signals(): readonly Readonly<Record<string, unknown>>[];
  publish(event: unknown): Promise<void>;
  choose(customerPrivacy: Privacy): Promise<void>;
  /** Publishes events and then chooses, in one task of the page, so that the pixel cannot send between them. */
  publishAndChoose(events: readonly unknown[], customerPrivacy: Privacy): Promise<void>;
  /** Another page of the shop, in the same tab; what Shopify says there of consent, where it is not as before. */
  goTo(path: string, now?: Privacy): Promise<void>;
  releaseTag(): void;
  /** What waits for the tag, as JSON. */
  readTagQueue(): Promise<string>;
  /** The parameters of exactly so many beacons, in the order in which they were sent. */
  beacons(count: number): Promise<readonly Readonly<Record<string, string>>[]>;
}

export const customPixel = readFileSync(join(root, 'shops/shopify/custom-pixel.js'), 'utf8');
const frameScript = readFileSync(join(root, 'test/shopify-sandbox.page.js'), 'utf8');

/** The pixel as a merchant leaves it. */
function filledIn(settings: Readonly<Record<string, unknown>>): string {
  return Object.entries(settings).reduce((pixel, [name, value]) => {
    const line = new RegExp(`^    ${name}: .*,$`, 'm');
    if (!line.test(pixel)) throw new Error(`the custom pixel has no setting ${name}`);
    return pixel.replace(line, () => `    ${name}: ${JSON.stringify(value)},`);
  }, customPixel);
}

/** The shop's own page: its frame, and what does in the top frame what the frame asks for. */
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

export async function openShopify(opening: ShopOptions): Promise<Shop> {
  const ending: (() => unknown)[] = [];
  const backend = opening.backend ?? (await startBackend(opening));
  if (!opening.backend) ending.push(backend.close);
  const { microsoft, gateway, config, settle } = backend;
  const postedBatches: PostedBatch[] = [];
  const outages: Outage[] = [];
  const pixel = filledIn({
    script: `${microsoft.url}/bat.js`,
    ...(gateway && { collector: await startRecorder(gateway, postedBatches, outages, ending), writeKey }),
    ...opening.settings,
  });

  let now = opening.privacy;
  const frame = () => {
    const init = {
      customerPrivacy: now,
      context: contextOf('https://shop.example/'),
      data: { customer: opening.customer ?? null, cart: null },
    };
    const names = opening.privacyAt === 'global' ? 'analytics, browser, init, customerPrivacy' : 'analytics, browser, init, api';
    return `<!doctype html><script>${frameScript}
(({ ${names} }) => {
${pixel}
})(shopifySandbox(${JSON.stringify(init)}, ${JSON.stringify(opening.privacyAt ?? 'api')}));
</script>`;
  };
  const url = await serve(ending, (request, response) => {
    response.setHeader('content-type', 'text/html; charset=utf-8');
    response.end(request.url?.startsWith('/web-pixels/') ? frame() : topPage);
  });

  const shopper = await createShopper(opening.browser);
  ending.push(() => shopper.close());
  const { context, page } = shopper;
  const consoleProblems = listenTo(shopper);
  let releaseTag = () => {};
  const released = new Promise<void>((resolve) => {
    releaseTag = resolve;
  });
  if (opening.holdTag)
    await context.route('**/bat.js', async (route) => {
      await released;
      await route.continue();
    });
  let inside: Frame;
  const enter = async (path: string) => {
    await page.goto(url + path, { waitUntil: opening.holdTag ? 'commit' : 'load' });
    inside = await frameOf(shopper);
    if (opening.settings?.tagId === tagId && !opening.holdTag) await inside.waitForFunction('!Array.isArray(window.uetq)');
  };
  await enter('/');

  const reports = () => microsoft.journalEvents().flatMap(({ browser: told }) => told);
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
    readTagQueue: async () => String(await inside.evaluate('JSON.stringify(window.uetq)')),
    publish: (event) => inside.evaluate((one) => Reflect.get(window, 'publish')(one), event),
    choose: (customerPrivacy) => {
      now = customerPrivacy;
      return inside.evaluate((one) => Reflect.get(window, 'choose')(one), customerPrivacy);
    },
    publishAndChoose: (events, customerPrivacy) => {
      now = customerPrivacy;
      return inside.evaluate(
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
      // One more, whose number says how many were sent before it.
      await inside.evaluate("window.uetq.push('event', 'the_end', {})");
      const parameters = () => reports().map(({ parameters: sent }) => sent ?? {});
      await eventually(() => parameters().length > count && parameters().some(({ ea }) => ea === 'the_end'));
      const sent = parameters().toSorted((a, b) => Number(a.bo) - Number(b.bo));
      const summary = sent.map(({ bo, ea = 'pageLoad' }) => `${bo} ${ea}`);
      if (sent.length !== count + 1 || summary.at(-1) !== `${count + 1} the_end`)
        throw new Error(`${count} beacons were expected, and there are: ${summary.join(', ')}`);
      return sent.slice(0, count);
    },
    async close() {
      for (const end of ending.reverse()) await end();
    },
  };
}

async function frameOf({ page }: Shopper): Promise<Frame> {
  const element = await page.waitForSelector('iframe', { state: 'attached' });
  const frame = await element.contentFrame();
  if (!frame) throw new Error('the frame has no document');
  await frame.waitForFunction("typeof window.publish === 'function'");
  return frame;
}

function listenTo({ context }: Shopper): readonly string[] {
  const consoleProblems: string[] = [];
  context.on('weberror', (error) => consoleProblems.push(error.error().message));
  context.on('console', (message) => {
    if (['error', 'warning'].includes(message.type()) && !message.text().startsWith('Failed to load'))
      consoleProblems.push(message.text());
  });
  return consoleProblems;
}

/**
 * Stands before the gateway and keeps what was posted to it, also by a page that has ended, of which the browser tells nothing.
 * In an outage it answers itself, or cuts the line.
 */
async function startRecorder(
  gateway: PacedGateway,
  postedBatches: PostedBatch[],
  outages: Outage[],
  ending: (() => unknown)[],
): Promise<string> {
  return serve(ending, async (request, response) => {
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

async function serve(ending: (() => unknown)[], answer: RequestListener): Promise<string> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  ending.push(() => {
    server.close();
    server.closeAllConnections();
  });
  const at = server.address();
  return `http://127.0.0.1:${typeof at === 'object' ? at?.port : ''}`;
}

/** As Shopify's types have it, but that everything may be missing or null, as it is in shops. */
export type Loose<T> = T extends readonly (infer E)[]
  ? readonly (Loose<E> | null)[]
  : T extends object
    ? { readonly [P in keyof T]?: Loose<T[P]> | null }
    : T;

function contextOf(page: string): Loose<ThemeEvent['context']> {
  const { href, origin, pathname, search } = new URL(page);
  return { document: { location: { href, origin, pathname, search }, referrer: '', title: 'Wall clock' } };
}

/** What Shopify puts around each event. */
function envelope(type: string, name: string, page = 'https://shop.example/') {
  return { id: `sh-${name}`, name, type, timestamp: new Date().toISOString(), clientId, seq: 1, context: contextOf(page) };
}

export function buildStandardEvent<K extends StandardEventName>(
  name: K,
  data: Loose<PixelEvents[K]['data']> | null,
  page?: string,
) {
  return { ...envelope('standard', name, page), data };
}

export function buildCustomEvent(name: string, customData: ThemeEvent['customData']) {
  return { ...envelope('custom', name), customData };
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
