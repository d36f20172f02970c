import { expect, it } from 'vitest';
import { callPixel, denied, granted, openShopPage, person, strict, waitForPixel } from '../../../pixel/pixel-page.fixture.ts';

const pixelCode = 'C4ABCDEF0123456789AB';

/** A page's own tag that only records its calls, as `method`, `pixel` and arguments. */
const recordingTag = `
window.calls = [];
const methods = ['page', 'track', 'identify', 'holdConsent', 'grantConsent', 'revokeConsent'];
const record = (pixel) => Object.fromEntries(methods.map((method) => [method, (...given) => window.calls.push([method, pixel, ...given])]));
window.ttq = Object.assign([], record('all'), { instance: (code) => record(code) });
`;

/** Opens a page on which the pixel attaches to the page's own tag. `late`: the page loads the tag after the pixel. */
async function openAttached({ late = false, settings = {} } = {}) {
  const tags = { tiktok: { mode: 'attach', pixelCode } } as const;
  const connection = {
    id: 'tiktok',
    destination: 'tiktok',
    enabled: true,
    settings: { pixelCode, token: 't', ...settings },
  };
  const { shop, shopper } = await openShopPage({ ...strict, tags, connections: [connection] });
  if (!late) await shopper.context.addInitScript(recordingTag);
  await shopper.page.goto(`${shop.url}/`);
  await waitForPixel(shopper);
  return {
    shopper,
    loadTag: () => shopper.page.evaluate(recordingTag),
    calls: (): Promise<unknown[][]> => shopper.page.evaluate(() => Reflect.get(window, 'calls') ?? []),
  };
}

const purchase = {
  orderId: '1001',
  value: 125.4,
  currency: 'eur',
  items: [{ id: 'sku-1', name: 'Clock', price: 62.7, quantity: 2 }],
};

it('an attached tag holds its events until the shopper accepts, and then receives each event at its own pixel, with its id', async () => {
  const { shopper, calls } = await openAttached();
  await callPixel(shopper, 'identify', person);
  await callPixel(shopper, 'track', 'sign_up', { id: 's-1' });
  await expect.poll(calls).toEqual([['holdConsent', 'all']]);
  await callPixel(shopper, 'consent', granted);
  await callPixel(shopper, 'track', 'Purchase', purchase);
  await callPixel(shopper, 'track', 'Wishlist', { id: 'w-1', searchTerm: 'clock' });
  await expect.poll(async () => (await calls()).length).toBe(6);
  expect((await calls()).slice(1)).toEqual([
    ['grantConsent', 'all'],
    ['identify', pixelCode, { email: person.email, phone_number: person.phone, external_id: person.externalId }],
    ['track', pixelCode, 'CompleteRegistration', {}, { event_id: 's-1' }],
    [
      'track',
      pixelCode,
      'Purchase',
      {
        value: 125.4,
        currency: 'EUR',
        contents: [{ content_id: 'sku-1', content_name: 'Clock', price: 62.7, quantity: 2 }],
        content_type: 'product',
        num_items: 2,
        order_id: '1001',
      },
      { event_id: 'purchase-1001' },
    ],
    ['track', pixelCode, 'Wishlist', { search_string: 'clock', query: 'clock' }, { event_id: 'w-1' }],
  ]);
  expect(shopper.pageErrors).toEqual([]);
});

it.each([
  ['advertising storage', denied],
  ['the use of data for advertising', { ...granted, adUserData: 'denied' }],
])('an attached tag receives nothing and loses its consent when the shopper denies %s', async (_, choice) => {
  const { shopper, calls } = await openAttached();
  await callPixel(shopper, 'track', 'Lead', { id: 'l-1' });
  await callPixel(shopper, 'consent', choice);
  await callPixel(shopper, 'track', 'Lead', { id: 'l-2' });
  await expect.poll(async () => (await calls()).map(([method]) => method)).toEqual(['holdConsent', 'revokeConsent']);
});

it('a tag that the page loads late receives the events that waited for it', async () => {
  const { shopper, calls, loadTag } = await openAttached({ late: true });
  await callPixel(shopper, 'consent', granted);
  await callPixel(shopper, 'track', 'Lead', { id: 'l-1' });
  await loadTag();
  await expect.poll(calls).toEqual([['track', pixelCode, 'Lead', {}, { event_id: 'l-1' }]]);
});

it('an attached tag receives the names, the item ids and the Limited Data Use of the connection of its pixel', async () => {
  const settings = {
    limitedDataUse: 'us-states',
    eventNames: { Purchase: 'CompletePayment', Wishlist: 'AddToWishlist' },
    itemId: 'shopify_DE_{sku}',
    contentType: 'product_group',
  };
  const { shopper, calls } = await openAttached({ settings });
  await callPixel(shopper, 'consent', granted);
  await callPixel(shopper, 'track', 'order_completed', { orderId: '1002', items: [{ id: 'a', sku: '7' }, { id: 'b' }] });
  await callPixel(shopper, 'track', 'wishlist', { id: 'w-1' });
  await expect.poll(async () => (await calls()).length).toBe(4);
  expect((await calls()).slice(2)).toEqual([
    [
      'track',
      pixelCode,
      'CompletePayment',
      {
        contents: [
          { content_id: 'shopify_DE_7', quantity: 1 },
          { content_id: 'b', quantity: 1 },
        ],
        content_type: 'product_group',
        num_items: 2,
        order_id: '1002',
        limited_data_use: true,
      },
      { event_id: 'purchase-1002' },
    ],
    ['track', pixelCode, 'AddToWishlist', { limited_data_use: true }, { event_id: 'w-1' }],
  ]);
});
