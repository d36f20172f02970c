import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { browseAlone, launchBrowser, newShopper, type Shopper } from '../../test/browser.fixture.ts';
import { eventually } from '../../test/gateway.fixture.ts';
import type { Site } from '../event/site.ts';
import { snippet, startShop } from './pixel.fixture.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser.close());

const ending: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end();
});

type Shop = Awaited<ReturnType<typeof startShop>>;

/** A shop and a shopper who has not opened a page yet. */
async function meet(site: Partial<Site> = {}, gpc = false): Promise<{ shop: Shop; shopper: Shopper }> {
  const shop = await startShop(site);
  ending.push(shop.close);
  const shopper = await newShopper(browser);
  ending.push(shopper.leave);
  if (gpc) {
    await shopper.context.setExtraHTTPHeaders({ 'sec-gpc': '1' });
    await shopper.context.addInitScript(() => Object.defineProperty(navigator, 'globalPrivacyControl', { value: true }));
  }
  return { shop, shopper };
}

/** Calls `convey` on the page, as the shop's own script would. */
function say({ page }: Shopper, ...call: readonly unknown[]): Promise<unknown> {
  return page.evaluate((given) => Reflect.apply(Reflect.get(window, 'convey'), undefined, given), call);
}

async function arrived(shop: Shop, count: number): Promise<void> {
  expect(await eventually(() => shop.events().length >= count, 15_000), JSON.stringify(shop.events())).toBe(true);
}

async function loaded({ page }: Shopper): Promise<void> {
  await page.waitForFunction(() => Reflect.get(window, 'convey')?.isLive);
}

const strict: Partial<Site> = { consent: { policy: 'strict' } };
const stored = ({ page }: Shopper) =>
  page.evaluate(() => [document.cookie, JSON.stringify({ ...localStorage, ...sessionStorage })]);
const granted = { adStorage: 'granted' };
const denied = { adStorage: 'denied' };
const person = { email: 'Jane.Doe+x@Example.com', phone: '+1 425 555 1234', externalId: 'cust-7' };
const emailHash = 'c4d25e9c90ff23e9145397bc6fbd5385ca5fbe78211222ccbecd0b369ebb19a6';

test.each([
  ['core', 3_072],
  ['pixel', 6_144],
])('%s.js is at most %i bytes of gzip', (name, bound) => {
  const built = readFileSync(new URL(`../../dist/pixel/${name}.js`, import.meta.url));
  expect(gzipSync(built, { level: 9 }).length).toBeLessThanOrEqual(bound);
});

describe('page views', () => {
  test('are reported by themselves, with the page whole, and events share their view', async () => {
    const { shop, shopper } = await meet();
    await shopper.page.goto(`${shop.url}/a?msclkid=dd4afcccb1c94a4cad9544dd7e5006ab#top`, { referer: `${shop.url}/from?x=1` });
    await say(shopper, 'track', 'ViewContent', { value: 9.5, currency: 'USD', items: [{ id: 'sku1' }] });
    await arrived(shop, 2);
    const [view, content] = shop.events();
    expect(view).toMatchObject({
      name: 'PageView',
      identity: { clickIds: { msclkid: { value: 'dd4afcccb1c94a4cad9544dd7e5006ab' } } },
      page: {
        url: `${shop.url}/a?msclkid=dd4afcccb1c94a4cad9544dd7e5006ab#top`,
        title: 'Page /a',
        keywords: 'clocks, wall',
        browserTag: 'none',
      },
    });
    expect(content).toMatchObject({ name: 'ViewContent', commerce: { value: 9.5, currency: 'USD', items: [{ id: 'sku1' }] } });
    expect(content?.page.loadId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(content?.page.loadId).toBe(view?.page.loadId);
    expect(shop.requests.map(({ type }) => type)).toEqual(['text/plain;charset=UTF-8']);
    expect(shopper.complaints).toEqual([]);
  });

  test('of a single-page shop follow the History API, each with its own id, title and referrer', async () => {
    const { shop, shopper } = await meet();
    await shopper.page.goto(`${shop.url}/spa`);
    await loaded(shopper);
    await shopper.page.evaluate(() => {
      history.pushState({}, '', '/spa/two');
      document.title = 'Two';
      history.replaceState({ scroll: 1 }, '', '/spa/two'); // the router keeps the scroll position
    });
    await shopper.page.waitForTimeout(600);
    await shopper.page.evaluate(() => history.pushState({}, '', '#anchor'));
    await shopper.page.evaluate(() => history.pushState({}, '', '#/route'));
    await shopper.page.evaluate(() => history.go(-2));
    await arrived(shop, 4);
    expect(
      shop.events().map(({ page }) => [page.url?.replace(shop.url, ''), page.referrer?.toString().replace(shop.url, '')]),
    ).toEqual([
      ['/spa', undefined],
      ['/spa/two', '/spa'],
      ['/spa/two#/route', '/spa/two'],
      ['/spa/two', '/spa/two#/route'],
    ]);
    expect(shop.events()[1]?.page.title).toBe('Two');
    expect(new Set(shop.events().map(({ page }) => page.loadId)).size).toBe(4);
  });

  test('of a prerendered page are told once the shopper goes there', async () => {
    const shop = await startShop();
    ending.push(shop.close);
    shop.bodies['/from'] = `<script type="speculationrules">{"prerender":[{"urls":["/to"],"eagerness":"immediate"}]}</script>
      <script>setTimeout(() => { location.href = '/to' }, 2000)</script>`;
    shop.bodies['/to'] = `<script>
      convey('ready', () => convey('track', 'Lead', {
        properties: { activatedAt: performance.getEntriesByType('navigation')[0].activationStart },
      }));
    </script>`;
    const opened = Date.now();
    ending.push((await browseAlone(`${shop.url}/from`)).end);
    await arrived(shop, 3);
    const [from, to, lead] = shop.events();
    expect([from?.name, to?.name, lead?.name]).toEqual(['PageView', 'PageView', 'Lead']);
    expect(Reflect.get(Object(lead?.properties), 'activatedAt'), 'it had been prerendered').toBeGreaterThan(0);
    expect(to?.time).toBeGreaterThan(opened + 2_000);
  });

  test('are told once where the shop calls `page` itself before the pixel came', async () => {
    const { shop, shopper } = await meet();
    shop.bodies['/own'] = "<script>convey('page', { title: 'Mine' })</script>";
    await shopper.page.goto(`${shop.url}/own`);
    await arrived(shop, 1);
    await say(shopper, 'track', 'Lead');
    await arrived(shop, 2);
    expect(shop.events().map(({ name, page }) => [name, page.title])).toEqual([
      ['PageView', 'Mine'],
      ['Lead', 'Mine'],
    ]);
  });

  test('are told once where the snippet is on the page twice', async () => {
    const { shop, shopper } = await meet();
    shop.bodies['/twice'] = snippet(shop.script);
    await shopper.page.goto(`${shop.url}/twice`);
    await loaded(shopper);
    await shopper.page.waitForLoadState('load');
    await say(shopper, 'track', 'Lead');
    await arrived(shop, 2);
    await shopper.page.waitForTimeout(300);
    expect(shop.events().map(({ name }) => name)).toEqual(['PageView', 'Lead']);
  });
});

describe('track', () => {
  test('answers the id: the caller’s own, the order’s for a purchase, else a fresh one', async () => {
    const { shop, shopper } = await meet();
    await shopper.page.goto(shop.url);
    await loaded(shopper);
    const ids = [
      await say(shopper, 'track', 'Lead', { id: 'lead-7' }),
      await say(shopper, 'track', 'checkout_completed', { orderId: ' 1001 ', value: '125.40', currency: 'usd' }),
      await say(shopper, 'track', 'Purchase', { orderId: 'jane@example.com', value: 1, currency: 'USD' }),
      await say(shopper, 'track', 'Purchase', { orderId: 'jane%40example.com', value: 2, currency: 'USD' }),
      await say(shopper, 'track', 'Purchase', { orderId: 'undefined', value: 3, currency: 'USD' }),
      await say(shopper, 'track', 'Purchase', { orderId: {}, value: 4, currency: 'USD' }),
      await say(shopper, 'track', 'SignUp'),
    ];
    expect(ids).toEqual(['lead-7', 'purchase-1001', ...Array(5).fill(expect.stringMatching(/^[0-9a-f-]{36}$/))]);
    await arrived(shop, 8);
    expect(shop.events().map(({ id }) => id)).toEqual(expect.arrayContaining(ids));
  });

  test('sends a purchase, a lead and a sign-up at once, and gathers the rest up to ten', async () => {
    const { shop, shopper } = await meet();
    await shopper.page.goto(shop.url);
    await arrived(shop, 1);
    for (let n = 0; n < 9; n++) await say(shopper, 'track', `custom_${n}`);
    await say(shopper, 'track', 'custom_9');
    await arrived(shop, 11);
    expect(shop.requests).toHaveLength(2);
    for (const name of ['Purchase', 'generate_lead', 'signup']) await say(shopper, 'track', name);
    await arrived(shop, 14);
    expect(shop.requests).toHaveLength(5);
  });

  test('keeps what it was given from later changes, and drops alone what is no JSON', async () => {
    const { shop, shopper } = await meet();
    await shopper.page.goto(shop.url);
    await loaded(shopper);
    await shopper.page.evaluate(() => {
      const convey = Reflect.get(window, 'convey');
      const items = [{ id: 'sku1' }];
      convey('track', 'AddToCart', { items });
      items.push({ id: 'sku2' });
      const circle: { self?: unknown } = {};
      circle.self = circle;
      convey('track', 'Lead', { properties: circle });
      convey('track');
      convey('nonsense');
      convey();
      convey('ready', () => {
        throw new Error('mine');
      });
      convey('track', 'Lead', { id: 'last', goal: { label: 'x' }, properties: { plan: 'pro' } });
    });
    await arrived(shop, 3);
    expect(shop.events().slice(1)).toMatchObject([
      { name: 'AddToCart', commerce: { items: [{ id: 'sku1' }] } },
      { id: 'last', goal: { label: 'x' }, properties: { plan: 'pro' } },
    ]);
    expect(shopper.complaints).toEqual([]);
  });

  test('is heard on a page whose address, title and keywords have no end', async () => {
    const { shop, shopper } = await meet();
    await shopper.page.goto(`${shop.url}/#${'a'.repeat(80_000)}`);
    await shopper.page.evaluate(() => {
      document.title = 'y'.repeat(80_000);
    });
    await loaded(shopper);
    await say(shopper, 'track', 'Purchase', { orderId: '3', value: 1, currency: 'USD' });
    await arrived(shop, 2);
    expect(shop.events().map(({ name }) => name)).toEqual(['PageView', 'Purchase']);
  });

  test('and the other calls may come before the pixel does', async () => {
    const { shop, shopper } = await meet();
    shop.bodies['/early'] = `<script>
      convey('identify', ${JSON.stringify(person)});
      convey('track', 'Lead', { id: 'early' });
      convey('ready', function () { window.isReady = true });
    </script>`;
    await shopper.page.goto(`${shop.url}/early`);
    await arrived(shop, 2);
    expect(shop.events()[1]).toMatchObject({ id: 'early', identity: { forms: { emailMicrosoft: emailHash } } });
    expect(await shopper.page.evaluate(() => Reflect.get(window, 'isReady'))).toBe(true);
  });
});

describe('identify and reset', () => {
  test('go as signals; the person goes along with later events of the page, and into no storage', async () => {
    const { shop, shopper } = await meet();
    await shopper.page.goto(shop.url);
    await loaded(shopper);
    shop.answers.push({ status: 503 }, { status: 503 }, { status: 503 });
    await say(shopper, 'identify', person);
    await say(shopper, 'track', 'Lead', { id: 'known', properties: { note: 'write to jane.doe@example.com' } });
    expect(await eventually(async () => (await stored(shopper))[1]?.includes('known') === true)).toBe(true);
    const [, kept = ''] = await stored(shopper);
    expect(kept).not.toMatch(/jane|555.?1234|cust-7/i);
    await arrived(shop, 2);
    expect(shop.events().find(({ id }) => id === 'known')?.identity.forms).toMatchObject({ emailMicrosoft: emailHash });
    expect(shop.signals()).toMatchObject([{ name: '$identify', identity: { forms: { emailMicrosoft: emailHash } } }]);
  });

  test('a reset forgets the person and makes a new visitor of what comes after', async () => {
    const { shop, shopper } = await meet();
    await shopper.page.goto(shop.url);
    await say(shopper, 'identify', person);
    await arrived(shop, 1);
    await say(shopper, 'track', 'Lead', { id: 'before' });
    await say(shopper, 'reset');
    await say(shopper, 'track', 'Lead', { id: 'after' });
    await arrived(shop, 3);
    const [, before, after] = shop.events();
    expect([before?.id, after?.id]).toEqual(['before', 'after']);
    expect(before?.identity.forms).toMatchObject({ emailMicrosoft: emailHash });
    expect(after?.identity.forms).toEqual({});
    expect(after?.identity.anonymousId).toMatch(/^[0-9a-f]{32}$/);
    expect(after?.identity.anonymousId).not.toBe(before?.identity.anonymousId);
    expect(shop.signals().map(({ name }) => name)).toEqual(['$identify', '$reset']);
  });
});

describe('a reset', () => {
  test('in the same moment as an event does not hand it to the next person', async () => {
    const { shop, shopper } = await meet();
    await shopper.page.goto(shop.url);
    await arrived(shop, 1);
    await shopper.page.evaluate((known) => {
      const convey = Reflect.get(window, 'convey');
      convey('identify', known);
      convey('track', 'Lead', { id: 'before' });
      convey('reset');
      convey('track', 'Lead', { id: 'after' });
    }, person);
    await arrived(shop, 3);
    const byId = (id: string) => shop.events().find((event) => event.id === id)?.identity;
    expect(byId('before')?.anonymousId).toBe(shop.events()[0]?.identity.anonymousId);
    expect(byId('after')?.anonymousId).not.toBe(byId('before')?.anonymousId);
    expect(byId('after')?.forms).toEqual({});
  });

  test('whose answer is still out goes along with what a leaving page tells', async () => {
    const { shop, shopper } = await meet();
    await shopper.page.goto(shop.url);
    await arrived(shop, 1);
    const { release } = shop.holdAnswers();
    await say(shopper, 'reset');
    expect(await eventually(() => shop.requests.length === 2)).toBe(true);
    await say(shopper, 'track', 'Lead', { id: 'after' });
    await shopper.page.goto('about:blank');
    expect(await eventually(() => shop.requests.length > 2)).toBe(true);
    release();
    await arrived(shop, 2);
    const [before, after] = shop.events();
    expect(after?.id).toBe('after');
    expect(after?.identity.anonymousId).not.toBe(before?.identity.anonymousId);
    const cookie = async () => (await shopper.context.cookies()).find(({ name }) => name === '_cv_id')?.value;
    await expect.poll(cookie).toBe(after?.identity.anonymousId);
  });
});

describe('consent', () => {
  test('nothing is stored or sent before it, and a grant sends all as granted, with their own times', async () => {
    const { shop, shopper } = await meet(strict);
    await shopper.page.goto(`${shop.url}/?msclkid=dd4afcccb1c94a4cad9544dd7e5006ab`);
    await loaded(shopper);
    const before = Date.now();
    await say(shopper, 'identify', person);
    await say(shopper, 'track', 'Purchase', { orderId: '1', value: 1, currency: 'USD' });
    await shopper.page.waitForTimeout(2_300);
    expect(shop.requests).toEqual([]);
    expect([await stored(shopper), await shopper.context.cookies()]).toEqual([['', '{}'], []]);
    await say(shopper, 'consent', granted);
    await say(shopper, 'consent', granted);
    await arrived(shop, 2);
    for (const event of shop.events()) {
      expect(event).toMatchObject({
        consent: { stated: 'granted', effective: 'granted', source: 'call' },
        identity: { clickIds: { msclkid: {} } },
      });
      expect(event.time).toBeLessThan(before + 1_500);
    }
    expect(shop.signals().map(({ name }) => name)).toEqual(['$identify', '$consent']);
    expect((await shopper.context.cookies()).map(({ name, httpOnly }) => [name, httpOnly])).toEqual([
      ['_cv_id', true],
      ['_cv_click', true],
    ]);
  });

  test('what still waits when the shopper leaves goes once, stripped, as denied', async () => {
    const { shop, shopper } = await meet(strict);
    await shopper.page.goto(`${shop.url}/?msclkid=dd4afcccb1c94a4cad9544dd7e5006ab`);
    await loaded(shopper);
    await say(shopper, 'identify', person);
    await say(shopper, 'track', 'Purchase', { orderId: '7', value: 8, currency: 'USD', properties: { a: 1 } });
    await shopper.page.goto('about:blank');
    await arrived(shop, 2);
    const [{ body } = { body: '' }] = shop.requests;
    expect(shop.requests).toHaveLength(1);
    expect(body).not.toMatch(/jane|555.?1234|cust-7|msclkid|orderId|properties|cookies/i);
    expect(shop.events()).toMatchObject([
      { name: 'PageView', consent: { stated: 'unknown', effective: 'denied' }, page: { url: `${shop.url}/` } },
      { name: 'Purchase', id: 'purchase-7', consent: { effective: 'denied' }, commerce: { value: 8, currency: 'USD' } },
    ]);
    expect(await shopper.context.cookies()).toEqual([]);
  });

  test('at most 50 events wait, and how the shopper arrived is among them', async () => {
    const { shop, shopper } = await meet(strict);
    await shopper.page.goto(shop.url);
    await loaded(shopper);
    await shopper.page.evaluate(() => {
      for (let n = 0; n < 60; n++) Reflect.get(window, 'convey')('track', `custom_${n}`);
    });
    await say(shopper, 'consent', granted);
    await arrived(shop, 49);
    await shopper.page.waitForTimeout(200);
    const names = shop.events().map(({ name }) => name);
    expect([names.length + shop.signals().length, names[0], names.at(-1)]).toEqual([50, 'PageView', 'custom_59']);
  });

  test('a grant brings the click also to what goes in another request', async () => {
    const { shop, shopper } = await meet(strict);
    await shopper.page.goto(`${shop.url}/?msclkid=dd4afcccb1c94a4cad9544dd7e5006ab`);
    await loaded(shopper);
    await shopper.page.evaluate(() => {
      const convey = Reflect.get(window, 'convey');
      history.pushState({}, '', '/next');
      for (let n = 0; n < 14; n++) convey('track', 'custom', { id: `custom-${n}` });
      convey('consent', { adStorage: 'granted' });
      convey('track', 'Purchase', { orderId: 'wait', value: 1, currency: 'USD' });
      convey('track', 'Lead', null);
    });
    await arrived(shop, 18);
    for (const { identity } of shop.events()) expect(identity).toMatchObject({ clickIds: { msclkid: {} } });
    expect(shop.requests.length).toBeLessThanOrEqual(3);
  });

  test('a denial goes out stripped; a grant on the same page brings what comes after, and the click', async () => {
    const { shop, shopper } = await meet(strict);
    await shopper.page.goto(`${shop.url}/?msclkid=dd4afcccb1c94a4cad9544dd7e5006ab`);
    await loaded(shopper);
    await say(shopper, 'identify', person);
    await say(shopper, 'consent', denied);
    await arrived(shop, 1);
    expect(shop.requests.map(({ body }) => body).join()).not.toMatch(/jane|msclkid/i);
    await shopper.page.evaluate(() => history.pushState({}, '', '/next'));
    await say(shopper, 'track', 'Lead', { id: 'no' });
    await arrived(shop, 3);
    await say(shopper, 'consent', granted);
    await say(shopper, 'track', 'Lead', { id: 'yes' });
    await arrived(shop, 4);
    const byId = (id: string) => shop.events().find((event) => event.id === id);
    expect(byId('no')).toMatchObject({ consent: { stated: 'denied' }, identity: { forms: {}, clickIds: {} } });
    expect(byId('yes')).toMatchObject({
      consent: { stated: 'granted' },
      identity: { forms: { emailMicrosoft: emailHash }, clickIds: { msclkid: {} } },
    });
  });

  test('a withdrawal stops what was not sent yet, and empties the storage', async () => {
    const { shop, shopper } = await meet();
    await shopper.page.goto(shop.url);
    await arrived(shop, 1);
    await say(shopper, 'track', 'AddToCart', { items: [{ id: 'sku1' }], user: { email: person.email } });
    await say(shopper, 'consent', denied);
    await arrived(shop, 2);
    expect(shop.events()[1]).toMatchObject({ name: 'AddToCart', consent: { stated: 'denied' }, identity: { forms: {} } });
    expect(await stored(shopper)).toEqual(['', '{}']);
    expect(await eventually(async () => (await shopper.context.cookies()).length === 0)).toBe(true);
  });

  test('Global Privacy Control is a denial, unless the shopper chose to be seen here', async () => {
    const { shop, shopper } = await meet({}, true);
    await shopper.page.goto(shop.url);
    await arrived(shop, 1);
    expect(shop.requests[0]?.body).toContain('"source":"gpc"');
    expect(shop.events()[0]).toMatchObject({ consent: { stated: 'denied', source: 'gpc' } });
    await say(shopper, 'consent', { ...granted, explicit: false });
    await say(shopper, 'track', 'Lead', { id: 'tool' });
    await say(shopper, 'consent', granted);
    await say(shopper, 'track', 'Lead', { id: 'chosen' });
    await arrived(shop, 3);
    expect(shop.events().slice(1)).toMatchObject([
      { id: 'tool', consent: { effective: 'denied' } },
      { id: 'chosen', consent: { effective: 'granted' } },
    ]);
  });

  test('a denial waits for the answers to what was granted, so that no cookie comes after it', async () => {
    const { shop, shopper } = await meet();
    await shopper.page.goto(shop.url);
    await arrived(shop, 1);
    const { release } = shop.holdAnswers();
    await say(shopper, 'track', 'Lead', { id: 'granted' });
    expect(await eventually(() => shop.requests.length === 2)).toBe(true);
    await say(shopper, 'consent', denied);
    await say(shopper, 'track', 'Lead', { id: 'denied' });
    await shopper.page.waitForTimeout(300);
    expect(shop.requests).toHaveLength(2);
    release();
    await arrived(shop, 3);
    expect(shop.events().slice(1)).toMatchObject([
      { id: 'granted', consent: { effective: 'granted' } },
      { id: 'denied', consent: { effective: 'denied' } },
    ]);
    await expect.poll(() => shopper.context.cookies()).toEqual([]);
  });

  test('a denial on one page is heard on the other pages of the shop', async () => {
    const { shop, shopper } = await meet();
    await shopper.page.goto(shop.url);
    await arrived(shop, 1);
    const second = await shopper.context.newPage();
    await second.goto(`${shop.url}/second`);
    await arrived(shop, 2);
    await say(shopper, 'consent', denied);
    expect(await eventually(() => shop.signals().length === 2)).toBe(true);
    await second.evaluate(() => Reflect.get(window, 'convey')('track', 'Lead', { id: 'there' }));
    await arrived(shop, 3);
    expect(shop.events()[2]).toMatchObject({ id: 'there', consent: { stated: 'denied' } });
    await expect.poll(async () => [await stored(shopper), await shopper.context.cookies()]).toEqual([['', '{}'], []]);
  });

  test('is not taken for the shopper’s choice where a tag manager writes false as text', async () => {
    const { shop, shopper } = await meet(strict);
    await shopper.page.goto(shop.url);
    await loaded(shopper);
    await say(shopper, 'consent', { ...granted, explicit: 'false' });
    await shopper.page.waitForTimeout(300);
    expect([shop.requests, await stored(shopper)]).toEqual([[], ['', '{}']]);
    await say(shopper, 'consent', { ...granted, explicit: 'true' });
    await arrived(shop, 1);
  });

  test("a tool's default denial waits like silence, and a word that cannot be read is a denial", async () => {
    const { shop, shopper } = await meet();
    await shopper.page.goto(shop.url);
    await loaded(shopper);
    await say(shopper, 'consent', { ...denied, explicit: false });
    await say(shopper, 'track', 'Lead', { id: 'waits' });
    await shopper.page.waitForTimeout(300);
    expect(shop.events()).toEqual([]);
    await say(shopper, 'consent', { ad_storage: 'granted' });
    await arrived(shop, 2);
    expect(shop.events()[1]).toMatchObject({ id: 'waits', consent: { effective: 'denied' } });
  });
});

describe('a collector in trouble', () => {
  test('is tried again, no sooner than it asks, and nothing is told twice', async () => {
    const { shop, shopper } = await meet();
    shop.answers.push({ status: 503, headers: { 'retry-after': '2' } }, 'drop');
    await shopper.page.goto(shop.url);
    await loaded(shopper);
    const asked = Date.now();
    await say(shopper, 'track', 'Purchase', { orderId: '9', value: 1, currency: 'USD' });
    await say(shopper, 'track', 'Lead');
    await arrived(shop, 3);
    expect(Date.now() - asked).toBeGreaterThan(2_000);
    // A browser may itself repeat a request whose connection was cut.
    expect(shop.requests.length).toBeLessThanOrEqual(4);
    expect(
      shop
        .events()
        .map(({ name }) => name)
        .sort(),
    ).toEqual(['Lead', 'PageView', 'Purchase']);
    expect(shopper.complaints).toEqual([]);
  });

  test.each([400, 401, 403, 413])('that refuses for good (%i) is not asked the same again', async (status) => {
    const { shop, shopper } = await meet();
    shop.answers.push({ status });
    await shopper.page.goto(shop.url);
    await say(shopper, 'track', 'Lead', { id: 'lost' });
    expect(await eventually(() => shop.requests.length === 1)).toBe(true);
    await say(shopper, 'track', 'Lead', { id: 'next' });
    await arrived(shop, 1);
    expect(shop.events().map(({ id }) => id)).not.toContain('lost');
  });

  test('finds what it missed told by the next page, within a day, and without the person', async () => {
    const { shop, shopper } = await meet();
    await shopper.page.goto(`${shop.url}/?msclkid=dd4afcccb1c94a4cad9544dd7e5006ab&phone=4255551234`);
    await arrived(shop, 1);
    for (let n = 0; n < 20; n++) shop.answers.push({ status: 503 });
    const commerce = { value: 5, currency: 'USD', items: [{ id: 'sku1', name: '"info@shop.example"', price: 5, quantity: 1 }] };
    await say(shopper, 'track', 'Purchase', { ...commerce, orderId: '5', searchTerm: '425 555 1234', user: person });
    expect(await eventually(() => shop.requests.length > 1)).toBe(true);
    const [, kept = ''] = await stored(shopper);
    expect(kept).toContain('purchase-5');
    expect(kept).not.toMatch(/jane|555.?1234|cust-7|@/i);
    await shopper.page.evaluate(() => {
      const [key = '', text = ''] = Object.entries(localStorage)[0] ?? [];
      const mirror = JSON.parse(text);
      const old = { ...mirror.queue[0], id: 'too-old', time: Date.now() - 90_000_000 };
      localStorage.setItem(
        '_cv.earlier',
        JSON.stringify({ ...mirror, queue: [old, { ...old, id: 'earlier', time: Date.now() }] }),
      );
      localStorage.setItem('_cv.broken', 'x');
      localStorage.setItem(key.replace('_cv', 'other'), 'of the shop');
    });
    await shopper.page.goto(`${shop.url}/next`);
    shop.answers.splice(0);
    expect(await eventually(() => shop.events().some(({ id }) => id === 'earlier'))).toBe(true);
    const bought = shop.events().find(({ id }) => id === 'purchase-5');
    expect(bought).toMatchObject({
      commerce: { orderId: '5', value: 5, currency: 'USD', items: [{ id: 'sku1', price: 5, quantity: 1 }] },
      page: { url: `${shop.url}/?msclkid=dd4afcccb1c94a4cad9544dd7e5006ab` },
      identity: { anonymousId: shop.events()[0]?.identity.anonymousId },
    });
    expect(shop.events().map(({ id }) => id)).not.toContain('too-old');
    expect(await shopper.page.evaluate(() => Object.values(localStorage).includes('of the shop'))).toBe(true);
  });

  test('is kept in mind within 48,000 characters and 50 events', async () => {
    const { shop, shopper } = await meet();
    for (let n = 0; n < 90; n++) shop.answers.push({ status: 503, headers: { 'retry-after': '60' } });
    await shopper.page.goto(shop.url);
    await loaded(shopper);
    const fill = (count: number, length: number) =>
      shopper.page.evaluate(
        ([n = 0, width = 0]) => {
          for (let i = 0; i < n; i++) Reflect.get(window, 'convey')('track', 'custom', { orderId: 'x'.repeat(width) });
          const [text = ''] = Object.values(localStorage);
          return [text.length, JSON.parse(text).queue.length] as const;
        },
        [count, length],
      );
    const [, many] = await fill(70, 1);
    expect(many).toBe(50);
    const [long, fewer] = await fill(70, 1_500);
    expect(long).toBeLessThanOrEqual(48_000);
    expect(fewer).toBeGreaterThan(20);
    expect(fewer).toBeLessThan(50);
  });

  test('loses nothing of one tab to another', async () => {
    const { shop, shopper } = await meet();
    await shopper.page.goto(shop.url);
    await arrived(shop, 1);
    for (let n = 0; n < 20; n++) shop.answers.push({ status: 503 });
    await say(shopper, 'track', 'Purchase', { orderId: 'tab-1', value: 1, currency: 'USD' });
    const second = await shopper.context.newPage();
    await second.goto(`${shop.url}/second`);
    await second.waitForFunction(() => Reflect.get(window, 'convey')?.isLive);
    await second.evaluate(() =>
      Reflect.get(window, 'convey')('track', 'Purchase', { orderId: 'tab-2', value: 2, currency: 'USD' }),
    );
    await shopper.page.close();
    await second.close();
    shop.answers.splice(0);
    const third = await shopper.context.newPage();
    await third.goto(`${shop.url}/third`);
    const ids = () => shop.events().map(({ id }) => id);
    expect(await eventually(() => ids().includes('purchase-tab-1') && ids().includes('purchase-tab-2'))).toBe(true);
  });

  test('keeps what a beacon told until an answer says that it arrived', async () => {
    const { shop, shopper } = await meet();
    await shopper.page.goto(shop.url);
    await arrived(shop, 1);
    shop.answers.push({ status: 503 });
    await say(shopper, 'track', 'AddToCart', { id: 'on-the-way', items: [{ id: 'sku1' }] });
    await shopper.page.goto(`${shop.url}/next`);
    expect(await eventually(() => shop.events().some(({ id }) => id === 'on-the-way'))).toBe(true);
  });

  test('gets at most 60,000 bytes at a time, in requests of 30,000', async () => {
    const { shop, shopper } = await meet();
    await shopper.page.goto(shop.url);
    await arrived(shop, 1);
    const { release } = shop.holdAnswers();
    await shopper.page.evaluate(() => {
      const convey = Reflect.get(window, 'convey');
      for (let n = 0; n < 24; n++) convey('track', 'custom', { id: `big-${n}`, properties: { text: 'x'.repeat(6_000) } });
      convey('track', 'Lead', { id: 'small' });
    });
    expect(await eventually(() => shop.requests.length > 2)).toBe(true);
    await shopper.page.waitForTimeout(700);
    const sizes = shop.requests.slice(1).map(({ body }) => Buffer.byteLength(body));
    expect(sizes.reduce((sum, size) => sum + size)).toBeLessThanOrEqual(60_000);
    expect(shop.events().length).toBeLessThan(26);
    release();
    await arrived(shop, 26);
    for (const { body } of shop.requests) expect(Buffer.byteLength(body)).toBeLessThanOrEqual(30_000);
  });

  test('that is not there leaves the page as it was', async () => {
    const { shop, shopper } = await meet();
    shop.bodies['/dead'] =
      `${snippet('http://127.0.0.1:9/p.js?k=wk_x')}<button onclick="convey('track','Lead');this.textContent='done'">go</button>`;
    await shopper.context.route('**/p.js*', (route) => route.abort());
    await shopper.page.goto(`${shop.url}/dead`);
    await shopper.page.getByRole('button').click();
    expect(await shopper.page.getByRole('button').textContent()).toBe('done');
    expect(shopper.complaints).toEqual([]);
  });
});
