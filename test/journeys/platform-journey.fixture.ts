import { createServer } from 'node:http';
import { afterAll, beforeAll, beforeEach, expect, onTestFinished } from 'vitest';
import { createPacedClock, type PacedClock } from '../../src/clock/paced-clock.fixture.ts';
import { buildSnippet } from '../../src/pixel/pixel.fixture.ts';
import { createShopper, getSharedBrowser, type Shopper } from '../browser.fixture.ts';
import { type PacedGateway, settleAll, settleUntil } from '../paced-gateway.fixture.ts';
import { getWriteKey, type PlatformEvent, type PlatformShop, PlatformShops } from './platform-shops.fixture.ts';

/** Shoppers on the pages of shops whose pixel loads platforms' tags. */

/** A shopper on the page of a shop, until the end of the test. */
interface Visit extends Shopper {
  /** The address of the shop's page. */
  readonly url: string;
  /** The addresses of all requests of the page. */
  readonly requested: readonly string[];
  /** Opens a page of the shop, and waits until the pixel runs there. */
  open(path: string): Promise<void>;
  /** Calls `convey` on the page, as the shop's own script would. */
  call(...words: readonly unknown[]): Promise<unknown>;
  /** Leaves the shop, and waits until every event has its outcome and each platform has this number of events of the server. */
  leave(reported: number): Promise<void>;
}

interface VisitOptions {
  /** Path and query of the page. */
  readonly path?: string;
  /** Markup of the page before the pixel, or a function that returns it for a path in the shop. */
  readonly head?: string | ((path: string) => string);
  /** Called before the page is opened. */
  readonly prepare?: (shopper: Shopper) => Promise<unknown>;
}

/** The way of a shopper who accepts. */
interface JourneyPage<Shop> extends VisitOptions {
  readonly shop: Shop;
  /** Called before the choice. */
  readonly browse: (visit: Visit) => Promise<unknown>;
  /** The choice. */
  readonly consent?: Readonly<Record<string, unknown>>;
  /** Called after the choice. */
  readonly buy: (visit: Visit) => Promise<unknown>;
}

interface ExpectedJourney {
  /** The number of reports that each platform has from its tag before the shopper leaves. */
  readonly beacons: number;
  /** The number of events that each platform has from the gateway after it. */
  readonly reported: number;
  /** The events of each platform, as `formatEvent` writes them. */
  readonly events: readonly (readonly string[])[];
}

export interface PlatformPages<Shop extends string> {
  readonly clock: PacedClock;
  readonly gateway: PacedGateway;
  visit(shop: Shop, options?: VisitOptions): Promise<Visit>;
  /**
   * Plays a shopper who accepts. Expects nothing at the platforms before the choice, their events after it, and no page error.
   */
  platformJourney(journey: { readonly page: JourneyPage<Shop>; readonly expected: ExpectedJourney }): Promise<Visit>;
  /** Plays a shopper of an ad who declines. Expects that no tag is loaded, and that no platform receives anything. */
  declinedJourney(shop: Shop): Promise<void>;
}

/** A purchase of a shopper. */
export const order = {
  orderId: '1001',
  value: 125.4,
  currency: 'USD',
  items: [{ id: 'sku-1', name: 'Clock', price: 62.7, quantity: 2 }],
};

/** The query of a page that is opened from the ads of all platforms. */
const clickPath =
  '?ttclid=E.C.P.1&epik=dj0yJnU9b2JD&oppref=gAAAA-2&gclid=Cj0KCQ.click_2&fbclid=IwAR2x&msclkid=dd4afcccb1c94a4cad9544dd7e5006ab';

/** Serves the shops for the tests of a file: with one gateway, and a page each. */
export function usePlatformPages<Shop extends string>(
  start: (now: PacedClock['now']) => Promise<Readonly<Record<Shop, PlatformShop>>>,
): PlatformPages<Shop> {
  const clock = createPacedClock();
  let shops: PlatformShops<Shop>;
  let head: NonNullable<VisitOptions['head']> = '';
  let shopUrl = '';
  const server = createServer(({ url = '' }, response) => {
    const [, shop = '', path = ''] = url.split(/[/?]/);
    const before = typeof head === 'string' ? head : head(path);
    const page = `<!doctype html><title>Wall clocks</title><link rel="icon" href="data:,">${before}`;
    response.setHeader('content-type', 'text/html');
    response.end(page + buildSnippet(`${shops.gateway.url}/p.js?k=${getWriteKey(shop)}`));
  });
  beforeAll(async () => {
    shops = await PlatformShops.open(await start(clock.now), clock);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    shopUrl = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
  });
  afterAll(async () => {
    await shops.close();
    server.closeAllConnections();
    server.close();
  });
  beforeEach(() => shops.clearJournals());

  const listEvents = (shop: Shop) => shops.getSimulators(shop).map((one) => one.journalEvents());
  const countServerEvents = (events: readonly PlatformEvent[]) => events.filter((one) => one.server.length > 0).length;
  const countBeacons = (shop: Shop) => listEvents(shop).map((events) => events.flatMap((event) => event.browser).length);

  async function visit(shop: Shop, { path = '', head: before = '', prepare }: VisitOptions = {}): Promise<Visit> {
    head = before;
    const shopper = await createShopper(await getSharedBrowser());
    onTestFinished(() => shopper.close());
    const { page } = shopper;
    const requested: string[] = [];
    page.on('request', (request) => requested.push(request.url()));
    await prepare?.(shopper);
    const url = `${shopUrl}/${shop}/`;
    const visited: Visit = {
      ...shopper,
      url,
      requested,
      async open(to) {
        await page.goto(url + to);
        await page.waitForFunction(() => Reflect.get(window, 'convey')?.isLive);
      },
      call: (...words) => page.evaluate((given) => Reflect.apply(Reflect.get(window, 'convey'), undefined, given), words),
      async leave(reported) {
        await page.goto('about:blank');
        const hasAll = () => listEvents(shop).every((events) => countServerEvents(events) >= reported);
        await settleUntil(hasAll, shops.gateway, clock);
      },
    };
    await visited.open(path);
    return visited;
  }

  return {
    clock,
    get gateway() {
      return shops.gateway;
    },
    visit,
    async platformJourney({ page: { shop, browse, consent, buy, ...options }, expected: { beacons, reported, events } }) {
      const visited = await visit(shop, options);
      await browse(visited);
      expect(listEvents(shop).flat()).toEqual([]);
      await visited.call('consent', { adStorage: 'granted', ...consent });
      await buy(visited);
      await expect.poll(() => countBeacons(shop)).toEqual(events.map(() => beacons));
      await visited.leave(reported);
      expect(listEvents(shop).map((found) => found.map(formatEvent).toSorted())).toEqual(events);
      expect(visited.pageErrors).toEqual([]);
      return visited;
    },
    async declinedJourney(shop) {
      const visited = await visit(shop, { path: clickPath });
      await visited.call('identify', { email: 'pat.lee+pins@example.com' });
      await visited.call('track', 'Purchase', { ...order, orderId: '1002' });
      await visited.call('consent', { adStorage: 'denied' });
      const listPaths = () => visited.requested.map((url) => new URL(url).pathname);
      await expect.poll(() => listPaths().filter((path) => path === '/e').length).toBeGreaterThan(0);
      await visited.page.goto('about:blank');
      await settleAll(shops.gateway, clock);
      expect(listPaths().filter((path) => path.endsWith('.js'))).toEqual(['/p.js']);
      for (const { url } of shops.getSimulators(shop)) expect(visited.requested.filter((one) => one.startsWith(url))).toEqual([]);
      expect(listEvents(shop).flat()).toEqual([]);
      expect(visited.pageErrors).toEqual([]);
    },
  };
}

/** Formats an event as a platform has it. */
export function formatEvent({ eventName, actionName = 'view', server, browser, counted }: PlatformEvent): string {
  const name = eventName ?? actionName;
  return `${name}: ${server.length} of the server, ${browser.length} of the tag, ${counted === 'none' ? 'not ' : ''}counted`;
}
