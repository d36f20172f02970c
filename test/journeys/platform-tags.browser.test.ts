import { expect, it } from 'vitest';
import { type GoogleAdsSimulator, startGoogleAdsSimulator } from '../../src/simulators/google-ads/simulator.ts';
import { type MetaSimulator, startMetaSimulator } from '../../src/simulators/meta/simulator.ts';
import { type MicrosoftSimulator, startMicrosoftSimulator } from '../../src/simulators/microsoft/simulator.ts';
import { type OpenaiSimulator, startOpenaiSimulator } from '../../src/simulators/openai-ads/simulator.ts';
import { type PinterestSimulator, startPinterestSimulator } from '../../src/simulators/pinterest/simulator.ts';
import { startTiktokSimulator, type TiktokSimulator } from '../../src/simulators/tiktok/simulator.ts';
import { tagId } from '../gateway.fixture.ts';
import { settleUntil } from '../paced-gateway.fixture.ts';
import { formatEvent, order, usePlatformPages } from './platform-journey.fixture.ts';
import type { PlatformShop, PlatformSimulator } from './platform-shops.fixture.ts';

/** Shops whose pixel loads the tags of platforms: each platform receives reports of the browser and of the gateway. */

const token = 'good-token';
const [pixelCode, adAccountId, openaiPixel, googleTag, metaPixel] = [
  'C4ABCDEF0123456789AB',
  '549755885175',
  'px-1',
  'AW-123456789',
  '1234567890123456',
];
let tiktok: TiktokSimulator;
let pinterest: PinterestSimulator;
let openai: OpenaiSimulator;
let google: GoogleAdsSimulator;
let meta: MetaSimulator;
let microsoft: MicrosoftSimulator;

const pages = usePlatformPages(async (now) => {
  const options = { port: 0, now };
  tiktok = await startTiktokSimulator({ ...options, tokens: { [pixelCode]: token } });
  pinterest = await startPinterestSimulator({ ...options, tokens: { [adAccountId]: token }, overrides: { strict: true } });
  openai = await startOpenaiSimulator({ ...options, tokens: { [openaiPixel]: token } });
  google = await startGoogleAdsSimulator({ ...options, overrides: { actions: googleActions } });
  meta = await startMetaSimulator({ ...options, tokens: { [metaPixel]: token } });
  microsoft = await startMicrosoftSimulator({ ...options, tokens: { [tagId]: token } });
  return {
    tiktok: createShop({ simulator: tiktok, destination: 'tiktok', script: '/i18n/pixel/events.js', tag: { pixelCode } }),
    pinterest: createShop({
      simulator: pinterest,
      destination: 'pinterest',
      script: '/ct/core.js',
      tag: { tagId: '2612345678901' },
      settings: { adAccountId, tagVisitor: 'external-id' },
    }),
    openai: createShop({
      simulator: openai,
      destination: 'openai-ads',
      script: '/sdk/oaiq.min.js',
      tag: { pixelId: openaiPixel },
    }),
    google: createShop({
      simulator: google,
      destination: 'google-ads',
      script: '/gtag/js',
      tag: { tagId: googleTag, labels: { Purchase: 'buy', Lead: 'lead' } },
      settings: { ...googleSettings, tokenEndpoint: google.url, token: undefined },
    }),
    two: createShop(
      {
        simulator: meta,
        destination: 'meta',
        script: '/en_US/fbevents.js',
        tag: { pixelId: metaPixel },
        settings: { datasetId: metaPixel },
      },
      { simulator: microsoft, destination: 'microsoft', script: '/bat.js', tag: { tagId } },
    ),
  };
});

interface ShopPlatform {
  readonly simulator: PlatformSimulator;
  readonly destination: string;
  /** The path of the tag's script. */
  readonly script: string;
  readonly tag: object;
  /** The settings of the connection. Defaults to those of the tag. */
  readonly settings?: object;
}

function createShop(...platforms: readonly ShopPlatform[]): PlatformShop {
  const tags = platforms.map(({ simulator, destination, script, tag }) => [
    destination,
    { mode: 'load', ...tag, script: simulator.url + script },
  ]);
  const connections = platforms.map(({ simulator, destination, tag, settings = tag }) => ({
    id: destination,
    destination,
    settings: { token, endpoint: simulator.url, ...settings },
  }));
  return { simulators: platforms.map(({ simulator }) => simulator), site: { tags: Object.fromEntries(tags), connections } };
}

/** An order whose item has no name. */
const unnamed = { ...order, items: [{ id: 'sku-1', price: 62.7, quantity: 2 }] };
const googleActions = [
  { id: '1', name: 'Purchase', type: 'WEBPAGE', label: `${googleTag}/buy` },
  { id: '2', name: 'Lead', type: 'WEBPAGE', label: `${googleTag}/lead` },
  { id: '3', name: 'SignUp', type: 'UPLOAD_CLICKS' },
] as const;
const googleSettings = {
  customerId: '1234567890',
  conversions: { Purchase: '1 website', Lead: '2 website', SignUp: '3 import' },
  credential: 'refresh-token',
  clientId: 'client-1',
  clientSecret: 'secret-1',
  refreshToken: 'refresh-1',
};

it('TikTok counts a purchase of tag and server once, with the click whole, when the shopper accepts', async () => {
  const ttclid = `E.C.P.${'Qz9_'.repeat(510)}ab`;
  const person = { email: ' Jane.Doe+Shop@Gmail.com ', externalId: ' Customer-42 ' };
  await pages.platformJourney({
    page: {
      shop: 'tiktok',
      path: `?ttclid=${ttclid}`,
      async browse({ call }) {
        await call('identify', person);
        await call('track', 'SignUp', { id: 's-1' });
      },
      async buy({ context, url, open, call }) {
        const listNames = () => tiktok.journalEvents().map(({ eventName }) => eventName);
        await expect.poll(() => listNames().toSorted()).toEqual(['CompleteRegistration', 'Pageview']);
        // The next page has no click in its URL. The gateway and the tag keep it in their cookies.
        const getCookieNames = async () => (await context.cookies(url)).map(({ name }) => name);
        await expect.poll(getCookieNames).toContain('_cv_click');
        await open('thanks');
        await call('consent', { adStorage: 'granted' });
        await call('identify', person);
        await call('track', 'Purchase', unnamed);
      },
    },
    expected: {
      beacons: 4,
      reported: 2,
      events: [
        [
          'CompleteRegistration: 1 of the server, 1 of the tag, counted',
          'Pageview: 0 of the server, 1 of the tag, counted',
          'Pageview: 0 of the server, 1 of the tag, counted',
          'Purchase: 1 of the server, 1 of the tag, counted',
        ],
      ],
    },
  });
  const bought = tiktok.journalEvents().find(({ eventName }) => eventName === 'Purchase');
  const [report, beacon] = [Object(bought?.server[0]?.event), Object(bought?.browser[0]?.event)];
  expect(bought).toMatchObject({ mergedBy: 'event_id', eventId: report.event_id });
  expect(beacon.properties).toEqual(report.properties);
  const { email, external_id, ttp } = beacon.user;
  expect(report.user).toMatchObject({ email, external_id, ttp, ttclid });
  expect(email).toBe('12122421314e3c02d8acd5467f1266e839588a1ea2e4da1c2ab81036b7cd62e5');
});

it('Pinterest counts a purchase of tag and server once, with the same data, when the shopper accepts', async () => {
  await pages.platformJourney({
    page: {
      shop: 'pinterest',
      path: '?epik=dj0yJnU9b2JD',
      prepare: ({ page }) => page.clock.install(),
      async browse({ page, call }) {
        // Requests take different times, which may not change the order of the view and the shopper's e-mail address.
        await page.clock.fastForward(60_000);
        await call('identify', { email: ' Pat.Lee+Pins@Example.com ' });
        await call('track', 'AddToCart', { id: 'a-1', value: 20, currency: 'USD', items: [{ id: 'sku-2', price: 20 }] });
      },
      async buy({ page, call }) {
        await page.evaluate(() => history.pushState(null, '', '/thanks'));
        await call('track', 'Purchase', order);
      },
    },
    expected: {
      beacons: 4,
      reported: 3,
      events: [
        [
          'add_to_cart: 1 of the server, 1 of the tag, counted',
          'checkout: 1 of the server, 1 of the tag, counted',
          // A local address is dropped, so the server lacks enough identity before the shopper is known.
          'page_visit: 0 of the server, 1 of the tag, counted',
          'page_visit: 1 of the server, 1 of the tag, counted',
        ],
      ],
    },
  });
  for (const { server, browser: beacons } of pinterest.journalEvents().filter(({ isMerged }) => isMerged)) {
    const [report, beacon] = [Object(server[0]?.event), Object(beacons[0]?.event)];
    expect(report.user_data).toMatchObject({ em: beacon.user_data.em ?? report.user_data.em, click_id: 'dj0yJnU9b2JD' });
    const { content_name: _, ...data } = report.custom_data ?? {};
    expect(beacon.custom_data ?? {}).toEqual(data);
  }
});

it("the page's own `pintrk('page')` counts the view, and the server sends none of its own", async () => {
  const script = `!function(w){var q=w.pintrk=function(){q.queue.push([].slice.call(arguments))};q.queue=[];q.version='3.0'}(window);
pintrk('load','2612345678901');pintrk('page');`;
  const shopper = await pages.visit('pinterest', {
    head: `<script>${script}</script><script async src="${pinterest.url}/ct/core.js"></script>`,
    prepare: ({ page }) => page.clock.install(),
  });
  await shopper.call('identify', { email: 'pat.lee+pins@example.com' });
  await shopper.call('consent', { adStorage: 'granted' });
  await shopper.call('track', 'Lead', { id: 'l-1' });
  await expect.poll(() => pinterest.journalEvents().flatMap((event) => event.browser).length).toBe(2);
  await shopper.leave(1);
  expect(pinterest.journalEvents().map(formatEvent).toSorted()).toEqual([
    'lead: 1 of the server, 1 of the tag, counted',
    'page_visit: 0 of the server, 1 of the tag, counted',
  ]);
  expect(shopper.pageErrors).toEqual([]);
  // The tag gave the browser an id, which goes as a hash.
  const [report] = pinterest.journalEvents().flatMap(({ server }) => server);
  expect(Object(report?.event).user_data.external_id).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/)]);
});

it('OpenAI counts a purchase once and with its click, when the shopper accepts', async () => {
  const clickId = `gAAAAABo${'x-_Z9'.repeat(200)}==`;
  const { context, url } = await pages.platformJourney({
    page: {
      shop: 'openai',
      path: `?oppref=${encodeURIComponent(clickId)}`,
      browse: ({ call }) => call('track', 'Subscribe', { id: 's-1', value: 5, items: [{ id: 'plan-1' }] }),
      consent: { adPersonalization: 'denied' },
      buy: ({ call }) => call('track', 'Purchase', order),
    },
    expected: {
      beacons: 3,
      reported: 3,
      events: [
        [
          'order_created: 1 of the server, 1 of the tag, counted',
          'page_viewed: 1 of the server, 1 of the tag, counted',
          'subscription_created: 1 of the server, 1 of the tag, counted',
        ],
      ],
    },
  });
  for (const { server, browser: beacons, counted, isMerged } of openai.journalEvents()) {
    expect([counted, isMerged]).toEqual(['browser', true]);
    const [report, beacon] = [Object(server[0]?.event), Object(beacons[0]?.event)];
    expect([report.oppref, beacon.oppref]).toEqual([clickId, clickId]);
    expect([report.opt_out, beacon.opt_out]).toEqual([true, true]);
    // The page names no currency, and the driver has the site's.
    expect(beacon.data).toEqual(report.data);
  }
  // The pixel's browser id reaches the server with the events after it.
  const cookies = await context.cookies(url);
  expect(cookies.find(({ name }) => name === '__obref')?.value).toMatch(/^ob1\.[0-9a-f]{24}$/);
});

it('Google counts each conversion of tag and gateway once, by its transaction id, when the shopper accepts', async () => {
  await pages.platformJourney({
    page: {
      shop: 'google',
      path: '?gclid=Cj0KCQ.click_1',
      async browse({ call }) {
        await call('identify', { email: ' Jane.Doe+News@Gmail.com' });
        await call('track', 'Lead', { id: 'l-1', value: 5 });
        await call('track', 'SignUp', { id: 's-1' });
        await call('track', 'AddToCart', { id: 'c-1' });
      },
      buy: ({ call }) => call('track', 'Purchase', { ...unnamed, currency: 'EUR' }),
    },
    expected: {
      beacons: 2,
      reported: 3,
      events: [
        [
          'Lead: 1 of the server, 1 of the tag, counted',
          'Purchase: 1 of the server, 1 of the tag, counted',
          'SignUp: 1 of the server, 0 of the tag, counted',
        ],
      ],
    },
  });
  const events = google.journalEvents().toSorted((a, b) => a.actionName.localeCompare(b.actionName));
  expect(events.map(({ actionName, transactionId, isMerged }) => [actionName, transactionId, isMerged])).toEqual([
    ['Lead', 'l-1', true],
    ['Purchase', '1001', true],
    ['SignUp', 's-1', false],
  ]);
  const [, bought] = events;
  expect(bought).toMatchObject({
    counted: expect.stringMatching(/browser|server/),
    adjustments: 1,
    value: 125.4,
    currency: 'EUR',
    verdict: 'processing',
  });
  // The hash of janedoe@gmail.com: the tag needs no identity, because the server adds it.
  const sent = Object(bought?.server[0]?.event);
  expect(sent.userData.userIdentifiers).toEqual([
    { emailAddress: 'd6117306485ed0e50afab3ac871e98f81699151f30281527d63ff5f233656c69' },
  ]);
  expect(sent.adIdentifiers).toEqual({ gclid: 'Cj0KCQ.click_1' });
  expect(Object(bought?.browser[0]?.event).adIdentifiers).toEqual(sent.adIdentifiers);
  pages.clock.jump(32 * 60_000);
  const listOutcomes = async () => {
    const { events: listed } = await pages.gateway.callApi('GET /api/sites/:site/events', { site: 'google', limit: 50 });
    return listed
      .flatMap((event) =>
        'id' in event && !event.name.startsWith('$')
          ? [`${event.name} ${event.outcomes.map(({ outcome }) => outcome).join()}`]
          : [],
      )
      .toSorted();
  };
  await expect
    .poll(listOutcomes)
    .toEqual([
      'AddToCart unsupported-event',
      'Lead delivered',
      'PageView unsupported-event',
      'Purchase delivered',
      'SignUp delivered',
    ]);
});

it('Meta and Microsoft count a purchase once each, and their tags count the page view, when the shopper accepts', async () => {
  /** A fraction of a piece, and a name that is longer than a report's. */
  const addition = { value: 20, currency: 'USD', items: [{ id: 'sku-2', name: 'Chain '.repeat(100), price: 8, quantity: 2.5 }] };
  await pages.platformJourney({
    page: {
      shop: 'two',
      async browse({ call }) {
        await call('identify', { email: ' Jane.Doe@Example.com', externalId: 'cust-7' });
        await call('track', 'SignUp', { id: 's-1', value: 5 });
        await call('track', 'AddToCart', { id: 'a-1', ...addition });
      },
      async buy({ call }) {
        await call('track', 'Purchase', order);
        await expect.poll(() => meta.journalEvents().map(({ browser: beacons }) => beacons.length)).toEqual([1, 1, 1, 1]);
      },
    },
    expected: {
      beacons: 4,
      reported: 3,
      events: [
        [
          'AddToCart: 1 of the server, 1 of the tag, counted',
          'CompleteRegistration: 1 of the server, 1 of the tag, counted',
          'PageView: 0 of the server, 1 of the tag, counted',
          'Purchase: 1 of the server, 1 of the tag, counted',
        ],
        [
          'add_to_cart: 1 of the server, 1 of the tag, counted',
          'purchase: 1 of the server, 1 of the tag, counted',
          'sign_up: 1 of the server, 1 of the tag, counted',
          'view: 0 of the server, 1 of the tag, counted',
        ],
      ],
    },
  });
  const merged = meta.journalEvents().filter(({ server }) => server.length > 0);
  expect(merged.map(({ mergedBy }) => mergedBy)).toEqual(['event_id', 'event_id', 'event_id']);
  for (const { server, browser: beacons } of merged) {
    const [report, beacon] = [Object(server[0]?.event), Object(beacons[0]?.event)];
    expect(beacon.custom_data).toEqual(report.custom_data);
    expect([beacon.user_data.em].flat()).toEqual(report.user_data.em);
  }
});

it("the gateway keeps the click in Meta's own cookie when the tag is blocked, and reports it unchanged", async () => {
  const path = '?fbclid=IwAR2x-_aem_y';
  const { context, page, url, open, call } = await pages.visit('two', {
    path,
    prepare: (shopper) => shopper.page.route('**/fbevents.js', (route) => route.abort('blockedbyclient')),
  });
  const readCookie = async () => (await context.cookies(url)).find(({ name }) => name === '_fbc')?.value;
  await call('track', 'Lead', { id: 'l-1' });
  expect(await readCookie()).toBeUndefined();
  await call('consent', { adStorage: 'granted' });
  await expect.poll(readCookie).toMatch(/^fb\.3\.\d{13}\.IwAR2x-_aem_y$/);
  const cookie = await readCookie();
  await open(path);
  await call('consent', { adStorage: 'granted' });
  await call('track', 'Purchase', { ...order, orderId: '1003' });
  await page.goto('about:blank');
  const findPurchase = () => meta.journalEvents().find(({ eventName }) => eventName === 'Purchase');
  await settleUntil(() => findPurchase() !== undefined, pages.gateway, pages.clock);
  expect(Object(findPurchase()?.server[0]?.event).user_data.fbc).toBe(cookie);
  expect(await readCookie()).toBe(cookie);
});

it.each(['tiktok', 'pinterest', 'openai', 'google', 'two'] as const)(
  'no tag is loaded and no platform receives anything when the shopper declines: %s',
  (shop) => pages.declinedJourney(shop),
);
