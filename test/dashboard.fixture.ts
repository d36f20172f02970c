import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { systemClock } from '../src/clock/clock.ts';
import { readConfig } from '../src/config/config.ts';
import { type Gateway, startGateway } from '../src/gateway/start-gateway.ts';
import { buildShopifyHeaders, buildShopifyOrder } from '../src/ingest/webhooks/shopify.fixture.ts';
import { createLogger } from '../src/logger.ts';
import { type MicrosoftSimulator, startMicrosoftSimulator } from '../src/simulators/microsoft/simulator.ts';
import { createShopper, type Shopper } from './browser.fixture.ts';
import { passwordCost, secretKey, tagId, writeKey } from './gateway.fixture.ts';

/** A gateway with past events, and a user of its dashboard in Chromium. */

export const password = 'four words nobody guesses';
const token = 'good-token';
const hourMs = 3_600_000;

export interface Scene {
  readonly gateway: Gateway;
  readonly simulator: MicrosoftSimulator;
  readonly dataDir: string;
  /** Moves the gateway's clock forward. */
  advance(ms: number): void;
  close(): Promise<void>;
}

interface SceneOptions {
  /** Members that replace the default site's; `null`: no site. */
  readonly site?: Readonly<Record<string, unknown>> | null;
  /** Connections of the default site besides that to Microsoft. */
  readonly connections?: readonly Readonly<Record<string, unknown>>[];
  /** Further sites of the config file. */
  readonly otherSites?: readonly Readonly<Record<string, unknown>>[];
  /** How far the gateway's clock is in the past at its start. */
  readonly agoMs?: number;
  readonly config?: Readonly<Record<string, unknown>> & { readonly endpoints?: Readonly<Record<string, string>> };
  /** Receives every line of the log. */
  readonly onLog?: (line: string) => void;
}

export async function startScene({
  site = {},
  connections = [],
  otherSites = [],
  agoMs = 0,
  config: { endpoints, ...config } = {},
  onLog,
}: SceneOptions = {}): Promise<Scene> {
  const dir = mkdtempSync(join(tmpdir(), 'convey-test-'));
  const simulator = await startMicrosoftSimulator({ port: 0, tokens: { [tagId]: token } });
  const settings = { tagId, token, endpoint: simulator.url };
  const shop = {
    id: 'shop',
    name: 'Clockwork & Daughters',
    domains: ['shop.example'],
    writeKey,
    secretKeys: [secretKey],
    consent: { policy: 'strict' },
    defaultCountry: 'US',
    defaultCurrency: 'USD',
    uet: { mode: 'attach', tagId },
    purchaseHoldSeconds: 1,
    connections: [{ id: 'bing', destination: 'microsoft', settings }, ...connections],
    ...site,
  };
  const file = {
    dataDir: join(dir, 'data'),
    collector: { host: '127.0.0.1', port: 0, perAddress: { perSecond: 100_000, burst: 1_000_000 } },
    dashboard: { host: '127.0.0.1', port: 0 },
    allowPrivateDestinations: true,
    platformAccounts: { microsoft: { endpoint: simulator.url } },
    sites: site === null ? [] : [shop, ...otherSites],
    ...config,
    endpoints: { microsoft: simulator.url, ...endpoints },
  };
  const read = readConfig(JSON.stringify(file), {}, dir);
  if ('problems' in read) throw new Error(JSON.stringify(read.problems));
  let offset = -agoMs;
  const clock = { ...systemClock, now: () => Date.now() + offset };
  const gateway = await startGateway(read.config, {
    version: '0.0.0-test',
    logger: onLog ? createLogger('debug', { write: onLog }) : createLogger('silent', process.stderr),
    clock,
    passwordCost,
  });
  return {
    gateway,
    simulator,
    dataDir: file.dataDir,
    advance: (ms) => {
      offset += Math.round(ms); // A clock has whole milliseconds.
    },
    async close() {
      await gateway.stop(0);
      await simulator.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** A user of the dashboard, with the requests of its pages to other hosts. */
export interface DashboardUser extends Shopper {
  readonly strayRequests: readonly string[];
  open(path: string): Promise<void>;
}

export async function createDashboardUser(
  browser: Browser,
  gateway: Gateway,
  options: BrowserContextOptions = {},
): Promise<DashboardUser> {
  const shopper = await createShopper(browser, { viewport: { width: 1280, height: 900 }, ...options });
  const { origin } = new URL(gateway.dashboard.url);
  const strayRequests: string[] = [];
  shopper.context.on('request', (request) => {
    const url = new URL(request.url());
    if (url.origin !== origin && url.protocol !== 'data:' && url.protocol !== 'blob:') strayRequests.push(request.url());
  });
  return {
    ...shopper,
    strayRequests,
    async open(path) {
      await shopper.page.goto(`${origin}${path}`, { waitUntil: 'load' });
    },
  };
}

/** Creates the first account with the link that the gateway printed. */
export async function createFirstAccount({ page }: DashboardUser, gateway: Gateway, name = 'ada'): Promise<void> {
  await page.goto(gateway.dashboard.setupUrl ?? '');
  await page.getByLabel('Name').fill(name);
  await page.locator('input[type=password]').fill(password);
  await page.getByRole('button', { name: 'Create account' }).click();
  await page.getByRole('navigation').waitFor();
}

/** Creates the first account by the API, which costs no load of a page. Returns its session's cookie. */
export async function createAccount({
  dashboard,
}: {
  readonly dashboard: { readonly setupUrl?: string | undefined };
}): Promise<{ name: string; value: string; url: string }> {
  const { origin, hash } = new URL(dashboard.setupUrl ?? '');
  const response = await fetch(`${origin}/api/setup`, {
    method: 'POST',
    headers: { origin, 'convey-request': '1', 'content-type': 'application/json' },
    body: JSON.stringify({ token: hash.slice(1), name: 'ada', password }),
  });
  const [, name, value] = /^([^=]+)=([^;]+)/.exec(response.headers.getSetCookie().join()) ?? [];
  if (name === undefined || value === undefined) throw new Error(`no account was created: ${await response.text()}`);
  return { name, value, url: origin };
}

/** Creates the first account, and signs the user in. */
export async function signUp({ context }: DashboardUser, gateway: Gateway): Promise<void> {
  await context.addCookies([await createAccount(gateway)]);
}

/** Calls the dashboard's API in the user's session, without a page. */
export async function callDashboard(
  { context }: DashboardUser,
  { dashboard }: Gateway,
  method: string,
  path: string,
  data?: unknown,
): Promise<{ status: number; text: string }> {
  const { origin } = new URL(dashboard.url);
  const response = await context.request.fetch(origin + path, {
    method,
    headers: { origin, 'convey-request': '1' },
    // As in a browser: the gateway may close an idle connection just when the request is sent.
    ...(method === 'GET' && { maxRetries: 1 }),
    ...(data !== undefined && { data }),
  });
  return { status: response.status(), text: await response.text() };
}

/**
 * Leads the app to another of its pages, as a link does, which costs less CPU time than a load. The page must have another title, by which
 * the caller knows that it is shown.
 */
export async function navigate(page: Page, path: string): Promise<void> {
  const title = await page.title();
  await page.evaluate((to) => {
    performance.mark('navigation');
    history.pushState({}, '', to);
  }, path);
  await page.waitForFunction((earlier) => document.title !== earlier, title);
}

/** Creates a generator of random numbers, the same in every run. */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return state / 4_294_967_296;
  };
}

const shopperAgent =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36';
const crawlerAgent = 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)';
const clocks = [
  { id: 'wall-oak', name: 'Oak wall clock', price: 89 },
  { id: 'mantel-brass', name: 'Brass mantel clock', price: 149.5 },
  { id: 'alarm-red', name: 'Red alarm clock', price: 24.9 },
];

/**
 * Simulates shoppers one after another for some hours. Their events use the public endpoints and lack the fields that real shoppers omit.
 * `beforeHour` is awaited before each hour.
 */
export async function simulateShoppers(
  { gateway, advance }: Scene,
  hours: number,
  perHour = 12,
  beforeHour?: (hour: number) => Promise<void>,
): Promise<void> {
  const random = createRandom(7);
  for (let hour = 0; hour < hours; hour += 1) {
    await beforeHour?.(hour);
    const shoppers = Math.max(1, Math.round(perHour * (0.6 + 0.8 * random())));
    for (let nth = 0; nth < shoppers; nth += 1) {
      await simulateShopper(gateway, `${hour}-${nth}`, random);
      advance(hourMs / shoppers);
    }
    await new Promise((resolve) => setTimeout(resolve, 60)); // lets delivery catch up
  }
}

async function simulateShopper(gateway: Gateway, run: string, random: () => number): Promise<void> {
  const visitor = Array.from({ length: 4 }, () =>
    Math.floor(random() * 4_294_967_296)
      .toString(16)
      .padStart(8, '0'),
  ).join('');
  const clock = clocks[Math.floor(random() * clocks.length)] ?? clocks[0];
  const choice = random();
  const consent =
    choice < 0.72
      ? { adStorage: 'granted', source: 'call', explicit: true }
      : choice < 0.86
        ? { adStorage: 'denied', source: 'call', explicit: true }
        : undefined;
  const landing = random() < 0.6 ? `?msclkid=${visitor}` : '';
  const item = { ...clock, quantity: 1 };
  const email = `shopper-${run}@mail.example`;
  const event = (id: string, name: string, path: string, more: Readonly<Record<string, unknown>> = {}) => ({
    id: `${run}-${id}`,
    name,
    page: {
      url: `https://shop.example${path}`,
      title: 'Clockwork & Daughters',
      browserTag: random() < 0.7 ? 'ran' : 'blocked',
    },
    user: { anonymousId: visitor },
    ...(consent && { consent }),
    ...more,
  });
  const commerce = { value: item.price, currency: 'USD', items: [item] };
  const visit = [
    event('view', 'PageView', `/${landing}`),
    ...(random() < 0.8 ? [event('look', 'ViewContent', `/clocks/${item.id}`, { commerce })] : []),
    ...(random() < 0.2 ? [event('search', 'Search', '/search?q=clock', { commerce: { searchTerm: 'wall clock' } })] : []),
    ...(random() < 0.5 ? [event('cart', 'AddToCart', '/cart', { commerce })] : []),
    ...(random() < 0.1 ? [event('late', 'Lead', '/advice', { time: '2020-01-01T00:00:00Z' })] : []),
  ];
  const country = countries[Number.parseInt(visitor.slice(0, 4), 16) % countries.length];
  await sendPixelEvents(gateway, visit, random() < 0.05 ? crawlerAgent : shopperAgent, country);
  if (random() > 0.4) return;
  const orderId = `M-${run.toUpperCase()}`;
  const order = { ...commerce, orderId };
  const purchase = { id: `purchase-${orderId}`, commerce: order };
  const checkout = [
    event('checkout', 'InitiateCheckout', '/checkout', { commerce }),
    event('bought', 'Purchase', `/thanks?order=${orderId}`, purchase),
  ];
  await sendPixelEvents(gateway, checkout, shopperAgent, country);
  if (random() < 0.85)
    await sendServerEvents(gateway, [
      { name: 'Purchase', ...purchase, user: { email, phone: '+14255551234' }, ...(consent && { consent }) },
    ]);
  if (random() < 0.15)
    await sendServerEvents(gateway, [{ name: 'Lead', id: `${run}-lead`, user: { ip: '203.0.113.42' }, consent }]);
}

const countries = ['US', 'US', 'US', 'US', 'CA', 'GB', 'DE'];

/** Posts events as the pixel does, from a country that the gateway reads if it trusts the header. */
async function sendPixelEvents(
  { url }: Gateway,
  events: readonly unknown[],
  userAgent = shopperAgent,
  country = 'US',
): Promise<void> {
  await fetch(`${url}/e`, {
    method: 'POST',
    headers: { 'content-type': 'text/plain', origin: 'https://shop.example', 'user-agent': userAgent, 'cf-ipcountry': country },
    body: JSON.stringify({ writeKey, events }),
  });
}

export async function sendServerEvents({ url }: Gateway, events: readonly unknown[]): Promise<void> {
  await fetch(`${url}/v1/events`, {
    method: 'POST',
    headers: { authorization: `Bearer ${secretKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ events }),
  });
}

export const webhookSecret = 'shpss_0123456789abcdef';

/** Posts an order created now, as Shopify's webhook does. */
export async function sendOrderWebhook(
  { url }: Gateway,
  id: number,
  changes: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  const own = { id, checkout_token: `checkout-${id}`, created_at: new Date().toISOString() };
  const body = JSON.stringify(buildShopifyOrder({ ...own, ...changes }));
  const headers = buildShopifyHeaders(body, 'orders/create', webhookSecret, `w-${id}`);
  await fetch(`${url}/hooks/shopify/shop`, { method: 'POST', headers, body });
}
