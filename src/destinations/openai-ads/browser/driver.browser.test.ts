import { expect, it } from 'vitest';
import { callPixel, denied, granted, openShopPage, person, strict, waitForPixel } from '../../../pixel/pixel-page.fixture.ts';

const pixelId = 'px-1';

/** A page's own pixel that only records its calls. */
const recordingTag = 'window.calls = []; window.oaiq = (...call) => void window.calls.push(call);';

/** Opens a page on which Convey's pixel attaches to the page's own one. `late`: the page loads it after Convey's. */
async function openAttached({ late = false } = {}) {
  const tags = { 'openai-ads': { mode: 'attach', pixelId } } as const;
  const { shop, shopper } = await openShopPage({ ...strict, tags });
  if (!late) await shopper.context.addInitScript(recordingTag);
  await shopper.page.goto(`${shop.url}/`);
  await waitForPixel(shopper);
  return {
    shopper,
    loadTag: () => shopper.page.evaluate(recordingTag),
    calls: (): Promise<unknown[][]> => shopper.page.evaluate(() => Reflect.get(window, 'calls') ?? []),
  };
}

it("an attached pixel holds its events until the shopper accepts, and then receives each under the server's name and id", async () => {
  const { shopper, calls } = await openAttached();
  await callPixel(shopper, 'identify', person);
  await callPixel(shopper, 'track', 'sign_up', { id: 's-1', value: 5, currency: 'JPY' });
  await expect.poll(calls).toEqual([['consent', false]]);
  await callPixel(shopper, 'consent', granted);
  await callPixel(shopper, 'track', 'Purchase', {
    orderId: '1001',
    value: 1.005,
    currency: 'usd',
    items: [{ id: 'sku-1', name: 'Clock', price: 62.7, quantity: 2 }, { name: 'no id' }],
  });
  await callPixel(shopper, 'track', 'StartTrial', { id: 't-1', items: [{ id: 'plan-1' }] });
  await callPixel(shopper, 'track', 'WishList', { id: 'w-1', value: 3 });
  await expect.poll(async () => (await calls()).length).toBe(7);
  expect((await calls()).slice(1)).toEqual([
    ['consent', true],
    ['measure', 'page_viewed', { type: 'contents' }, { event_id: expect.any(String) }],
    ['measure', 'registration_completed', { type: 'customer_action', amount: 5, currency: 'JPY' }, { event_id: 's-1' }],
    [
      'measure',
      'order_created',
      {
        type: 'contents',
        amount: 101,
        currency: 'USD',
        contents: [{ id: 'sku-1', name: 'Clock', content_type: 'product', quantity: 2, amount: 6_270, currency: 'USD' }],
      },
      { event_id: 'purchase-1001' },
    ],
    ['measure', 'trial_started', { type: 'plan_enrollment', plan_id: 'plan-1' }, { event_id: 't-1' }],
    ['measure', 'custom', { type: 'custom' }, { event_id: 'w-1', custom_event_name: 'wishlist' }],
  ]);
  expect(shopper.pageErrors).toEqual([]);
});

it('an attached pixel receives nothing and loses its consent when the shopper declines', async () => {
  const { shopper, calls } = await openAttached();
  await callPixel(shopper, 'track', 'Lead', { id: 'l-1' });
  await callPixel(shopper, 'consent', denied);
  await callPixel(shopper, 'track', 'Lead', { id: 'l-2' });
  await expect.poll(calls).toEqual([['consent', false]]);
});

it('an event is opted out, or not measured at all, when the shopper denies single uses', async () => {
  const { shopper, calls } = await openAttached();
  await callPixel(shopper, 'consent', { ...granted, adPersonalization: 'denied' });
  await callPixel(shopper, 'track', 'Lead', { id: 'l-1' });
  await expect.poll(async () => (await calls()).at(-1)?.at(-1)).toEqual({ event_id: 'l-1', opt_out: true });
  const before = (await calls()).filter(([command]) => command === 'measure').length;
  await callPixel(shopper, 'consent', { ...granted, adUserData: 'denied' });
  await callPixel(shopper, 'track', 'Lead', { id: 'l-2' });
  await expect.poll(async () => (await calls()).at(-1)).toEqual(['consent', false]);
  expect((await calls()).filter(([command]) => command === 'measure')).toHaveLength(before);
});

it('a pixel that the page loads late receives the events that waited for it', async () => {
  const { shopper, calls, loadTag } = await openAttached({ late: true });
  await callPixel(shopper, 'consent', granted);
  await callPixel(shopper, 'track', 'Lead', { id: 'l-1' });
  await loadTag();
  await expect
    .poll(async () => (await calls()).at(-1))
    .toEqual(['measure', 'lead_created', { type: 'customer_action' }, { event_id: 'l-1' }]);
});
