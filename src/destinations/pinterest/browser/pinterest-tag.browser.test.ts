import { expect, it, onTestFinished } from 'vitest';
import { eventually } from '../../../../test/gateway.fixture.ts';
import type { Site } from '../../../event/site.ts';
import {
  callPixel,
  callPixelInOneTurn,
  denied,
  granted,
  openShopPage,
  person,
  strict,
  waitForPixel,
} from '../../../pixel/pixel-page.fixture.ts';
import { startPinterestSimulator } from '../../../simulators/pinterest/simulator.ts';

/** Pages with the pixel and the simulator's stand-in for the Pinterest tag. */

const tagId = '2612345678901';
const emailHash = '0b6542ea781224b9278a8e16ad86dace01d0e50a68d4c28ceffa991fb474861f';

async function openPage(mode: 'attach' | 'load', site: Partial<Site> = {}, settings: Readonly<Record<string, unknown>> = {}) {
  const pinterest = await startPinterestSimulator({ port: 0 });
  onTestFinished(pinterest.close);
  const script = `${pinterest.url}/ct/core.js`;
  const connection = { id: 'pinterest', destination: 'pinterest', enabled: true };
  const { shop, shopper } = await openShopPage({
    tags: { pinterest: { mode, tagId, script } },
    connections: [{ ...connection, settings: { adAccountId: '549755885175', token: 't', ...settings } }],
    ...site,
  });
  const events = () => pinterest.journalEvents().flatMap(({ browser }) => browser.map(({ event }) => Object(event)));
  const views = () => shop.events().filter(({ name }) => name === 'PageView');
  const waitFor = async <T>(list: () => readonly T[], count: number) => {
    expect(await eventually(() => list().length >= count), JSON.stringify(list())).toBe(true);
    return list();
  };
  return {
    shop,
    shopper,
    script,
    /** Waits for the tag's events, and returns them in order. */
    events: (count: number) => waitFor(events, count),
    /** Waits for the collector's page views, and returns the tag's state and the id of each. */
    views: async (count: number) =>
      (await waitFor(views, count)).map(({ id, page }) => ({ id, state: page.browserTags?.pinterest })),
  };
}

/** Returns the snippet that Pinterest documents for a shop's pages. */
function buildShopTag(script: string, calls: string): string {
  return `<script>!function(e){if(!window.pintrk){window.pintrk=function(){window.pintrk.queue.push(Array.prototype.slice.call(arguments))};
var n=window.pintrk;n.queue=[],n.version='3.0';var t=document.createElement('script');t.async=!0,t.src=e;document.head.appendChild(t)}}('${script}');
pintrk('load','${tagId}');${calls}</script>`;
}

it("attaches to the page's tag: its own view counts, and events follow under the collector's ids", async () => {
  const { shop, shopper, script, events, views } = await openPage('attach');
  shop.bodies['/'] = buildShopTag(script, `pintrk('page');`);
  await shopper.page.goto(shop.url);
  await waitForPixel(shopper);
  expect((await views(1)).map(({ state }) => state)).toEqual(['ran']);
  await callPixel(shopper, 'track', 'Lead', { id: 'l-1' });
  await events(2);
  await callPixel(shopper, 'identify', person);
  await callPixel(shopper, 'track', 'Newsletter_Signup', { id: 'n-1', value: 5, currency: 'eur' });
  const [view, lead, own, ...more] = await events(3);
  expect(more).toEqual([]);
  expect(view).not.toHaveProperty('event_id');
  expect(lead).toMatchObject({ event_name: 'lead', event_id: 'l-1' });
  expect(lead.user_data).not.toHaveProperty('em');
  expect(own).toMatchObject({
    event_name: 'newsletter_signup',
    event_id: 'n-1',
    custom_data: { value: '5', currency: 'EUR' },
    user_data: { em: [emailHash] },
  });
  expect(shopper.pageErrors).toEqual([]);
});

it("reports a view that the page's tag does not, under the collector's id, so that the server sends it, too", async () => {
  const { shop, shopper, script, events, views } = await openPage('attach');
  shop.bodies['/'] = buildShopTag(script, '');
  await shopper.page.goto(shop.url);
  const [view] = await views(1);
  expect(view?.state).toBe('none');
  expect(await events(1)).toMatchObject([{ event_name: 'page_visit', event_id: view?.id }]);
});

it('names events as the connection does, and marks them with Limited Data Processing', async () => {
  const { shop, shopper, events } = await openPage(
    'load',
    {},
    {
      limitedDataProcessing: 'california',
      customEvents: 'custom',
      productPages: 'view-content',
      eventNames: { Lead: 'contact' },
    },
  );
  await shopper.page.goto(shop.url);
  await events(1);
  const items = [{ id: 'sku-1', price: 5, quantity: 2, name: 'Lamp', brand: 'Lumo', category: 'Lamps' }, { name: 'Gift' }];
  await callPixelInOneTurn(
    shopper,
    ['track', 'PageView', { id: 'v-1', pageType: 'category' }],
    ['track', 'PageView', { id: 'v-2', pageType: 'product' }],
    ['track', 'ViewContent', { id: 'c-1', value: 10, currency: 'USD', items }],
    ['track', 'Lead', { id: 'l-1' }],
    ['track', 'AddPaymentInfo', { id: 'p-1', items }],
    ['track', 'quiz', { id: 'q-1' }],
    ['track', 'Search', { id: 's-1', searchTerm: 'wall lamp' }],
  );
  const [, ...sent] = await events(7);
  const byId = Object.fromEntries(sent.map((event) => [event.event_id, event]));
  expect(Object.fromEntries(sent.map((event) => [event.event_id, event.event_name]))).toEqual({
    'v-1': 'view_category',
    'c-1': 'page_visit',
    'l-1': 'contact',
    'p-1': 'add_payment_info',
    'q-1': 'custom',
    's-1': 'search',
  });
  const contents = { id: 'sku-1', quantity: 2, item_name: 'Lamp', item_category: 'Lamps', item_brand: 'Lumo' };
  expect(byId['c-1'].custom_data).toEqual({
    value: '10',
    currency: 'USD',
    content_ids: ['sku-1'],
    contents: [{ ...contents, item_price: '5' }],
    num_items: 3,
    opt_out_type: 'LDP',
  });
  // A price needs a currency, which needs a value.
  expect(byId['p-1'].custom_data.contents).toEqual([contents]);
  expect(byId['s-1'].custom_data).toEqual({ search_string: 'wall lamp', opt_out_type: 'LDP' });
  expect(shopper.pageErrors).toEqual([]);
});

it('loads the tag after consent only, and stops it after a withdrawal', async () => {
  const { shop, shopper, events } = await openPage('load', strict);
  await shopper.page.goto(shop.url);
  await waitForPixel(shopper);
  await callPixel(shopper, 'track', 'Lead', { id: 'l-1' });
  expect(await shopper.page.evaluate(() => 'pintrk' in window)).toBe(false);
  await callPixel(shopper, 'consent', granted);
  expect((await events(2)).map(({ event_name: name }) => name).toSorted()).toEqual(['lead', 'page_visit']);
  expect((await shopper.context.cookies(shop.url)).map(({ name }) => name)).toContain('_pin_unauth');
  await callPixel(shopper, 'consent', denied);
  await callPixel(shopper, 'track', 'Lead', { id: 'l-2' });
  await expect.poll(async () => (await shopper.context.cookies(shop.url)).map(({ name }) => name)).not.toContain('_pin_unauth');
  await callPixel(shopper, 'consent', granted);
  await callPixel(shopper, 'track', 'Lead', { id: 'l-3' });
  expect((await events(3)).map(({ event_id: id }) => id)).not.toContain('l-2');
  await callPixel(shopper, 'consent', { ...granted, adUserData: 'denied' });
  await expect.poll(async () => (await shopper.context.cookies(shop.url)).map(({ name }) => name)).not.toContain('_pin_unauth');
  expect(shopper.pageErrors).toEqual([]);
});

it('loses neither page view nor event when an ad blocker blocks the script', async () => {
  const { shop, shopper, views } = await openPage('load');
  await shopper.page.route('**/core.js', (route) => route.abort('blockedbyclient'));
  await shopper.page.goto(shop.url);
  await waitForPixel(shopper);
  await callPixel(shopper, 'track', 'Lead', { id: 'l-1' });
  expect((await views(1)).map(({ state }) => state)).toEqual(['none']);
  await expect.poll(() => shop.events().map(({ id }) => id)).toContain('l-1');
  expect(shopper.pageErrors).toEqual([]);
});
