import { describe, expect, test } from 'vitest';
import { defaultAdConsentCategories } from '../../event/segment-settings.ts';
import { buildOrder, order } from './segment.fixture.ts';
import { type MessageFrame, translateMessage } from './segment-message.ts';

const frame: MessageFrame = { context: {}, integrations: {}, isTrusted: false };
const rules = { purchaseId: 'checkout_id', adConsentCategories: defaultAdConsentCategories } as const;

function translate(
  message: object,
  parts: Partial<MessageFrame> = {},
  other: Partial<Parameters<typeof translateMessage>[2]> = {},
) {
  return translateMessage(message, { ...frame, ...parts }, { ...rules, ...other });
}

function submit(message: object, ...rest: [Partial<MessageFrame>?, Partial<Parameters<typeof translateMessage>[2]>?]) {
  const translated = translate(message, ...rest);
  return 'submission' in translated ? translated.submission : undefined;
}

describe('a track', () => {
  test.each<[string, string, object]>([
    ['Product Viewed', 'ViewContent', { pageType: 'product' }],
    ['viewed_product', 'ViewContent', {}],
    ['Products Searched', 'Search', { pageType: 'searchresults' }],
    ['Product Added', 'AddToCart', {}],
    ['Checkout Started', 'InitiateCheckout', {}],
    ['Order Completed', 'Purchase', {}],
    ['Completed Order', 'Purchase', {}],
    ['purchase', 'Purchase', { pageType: 'purchase' }],
    ['Checkout Completed', 'Purchase', { pageType: 'purchase' }],
    ['view_item', 'ViewContent', { pageType: 'product' }],
    ['Order Refunded', 'Refund', {}],
    ['Order Cancelled', 'OrderCancelled', {}],
    ['Signed Up', 'SignUp', {}],
    ['Lead Captured', 'Lead', {}],
    ['Product List Viewed', 'Product_List_Viewed', { pageType: 'category' }],
    ['Order Updated', 'Order_Updated', {}],
    ['50 % off seen!', 'E_50_off_seen_', {}],
  ])('of %s becomes %s', (event, name, commerce) => {
    expect(submit({ type: 'track', event, messageId: 'm' })).toMatchObject({ name, commerce });
  });

  test('of an order has its amounts, its products and the id that pixel and server report', () => {
    expect(submit(buildOrder())).toMatchObject({
      name: 'Purchase',
      id: `purchase-${order.checkout_id}`,
      commerce: {
        ...{ orderId: '1001', checkoutId: order.checkout_id, value: 125.4, currency: 'USD', shipping: 5 },
        items: [{ id: 'sku1', productId: 'sku1', price: 62.7, quantity: 2 }],
      },
    });
    expect(submit(buildOrder(), {}, { purchaseId: 'order_id' })).toMatchObject({ id: 'purchase-1001' });
    expect(submit(buildOrder({ checkout_id: undefined }))).toMatchObject({ id: 'purchase-1001' });
    expect(submit(buildOrder({ checkout_id: undefined, order_id: undefined }))).toMatchObject({ id: 'ajs-next-1-a' });
  });

  test.each<[string, object, number | undefined]>([
    ['total', { total: 10, revenue: 8 }, 10],
    ['revenue', { total: undefined, revenue: '8.50' }, 8.5],
    ['the products', { total: undefined }, 125.4],
    ['nothing', { total: undefined, products: [] }, undefined],
  ])('of an order takes its value from %s', (_, properties, value) => {
    const { commerce } = submit(buildOrder(properties)) ?? {};
    expect(commerce).toEqual(expect.objectContaining(value === undefined ? { currency: 'USD' } : { value }));
    expect(Object(commerce).value).toBe(value);
  });

  test('of a refund is one of a part if it names products, and of the whole order otherwise', () => {
    const refund = { event: 'Order Refunded', messageId: 'm-1' };
    expect(submit(buildOrder({}, refund))).toMatchObject({ id: 'refund-1001-m-1', commerce: { orderId: '1001', value: 125.4 } });
    expect(submit(buildOrder({ products: [] }, refund))).toMatchObject({ commerce: { orderId: '1001' } });
    expect(Object(submit(buildOrder({ products: [] }, refund))?.commerce).value).toBeUndefined();
  });

  test('keeps other properties, and takes an e-mail address out of them', () => {
    const properties = { email: 'jane.doe@example.com', phone: '+14255550100', cart_id: 'k', price: 3, product_id: 'p' };
    const message = { type: 'track', event: 'Product Added', properties, context: { campaign: { source: 'bing', name: 'x' } } };
    expect(submit(message)).toMatchObject({
      user: { email: 'jane.doe@example.com', phone: '+14255550100' },
      commerce: { value: 3, items: [{ id: 'p', price: 3, quantity: 1 }] },
      properties: { cart_id: 'k', utm_source: 'bing', utm_campaign: 'x' },
    });
    expect(JSON.stringify(submit(message)?.properties)).not.toContain('jane');
  });
});

describe('a message', () => {
  test.each<[string, object, object]>([
    ['a canonical link', { url: 'https://shop.example/a', search: '?msclkid=dd' }, { url: 'https://shop.example/a?msclkid=dd' }],
    ['a relative link', { url: '/a' }, { url: 'https://www.shop.example/a' }],
    [
      "RudderStack's address",
      { url: 'https://shop.example/a', tab_url: 'https://shop.example/b?x=1' },
      { url: 'https://shop.example/b?x=1' },
    ],
  ])('of %s has the address of the page', (_, page, expected) => {
    const origin = 'https://www.shop.example';
    expect(submit({ type: 'track', event: 'x', context: { page } }, { origin })).toMatchObject({ page: expected });
  });

  test('has the click id that only the search has, beside a canonical link with a query of its own', () => {
    const msclkid = 'dd4afcccb1c94a4cad9544dd7e5006ab';
    const page = { url: 'https://shop.example/?p=1', search: `?p=1&msclkid=${msclkid}`, referrer: '$direct' };
    const submission = submit({ type: 'page', context: { page } });
    expect(submission).toMatchObject({ page: { url: page.url }, clickIds: { msclkid } });
    expect(Object(submission?.page).referrer).toBeUndefined();
  });

  test('states address and agent only if its key is secret', () => {
    const message = { type: 'track', event: 'x', userId: 7, context: { ip: '203.0.113.9', userAgent: 'Agent' } };
    expect(submit(message, { isTrusted: true })).toMatchObject({
      user: { ip: '203.0.113.9', userAgent: 'Agent', externalId: '7' },
    });
    expect(submit(message)?.user).toEqual({ externalId: '7' });
  });

  test('has the context of its batch where its own says nothing', () => {
    const context = { page: { url: 'https://shop.example/' }, ip: '203.0.113.9' };
    const own = { type: 'track', event: 'x', context: { ip: '203.0.113.10' } };
    expect(submit(own, { context, isTrusted: true })).toMatchObject({ page: context.page, user: { ip: '203.0.113.10' } });
  });

  test.each<[object, boolean]>([
    [{ All: false }, true],
    [{ Convey: false }, true],
    [{ All: false, Convey: true }, false],
    [{ All: true }, false],
    [{}, false],
  ])('with the destinations %j is not sent: %j', (integrations, isRecordOnly) => {
    expect('isRecordOnly' in translate({ type: 'track', event: 'x', integrations })).toBe(isRecordOnly);
    expect('isRecordOnly' in translate({ type: 'track', event: 'x' }, { integrations: Object(integrations) })).toBe(isRecordOnly);
  });

  test('names the person in identify, by its traits or by those of its context', () => {
    const traits = {
      email: 'jane.doe@example.com',
      plan: 'gold',
      name: 'Jane Q. Doe',
      address: { country: 'US', street: '1 Main St' },
    };
    for (const message of [{ traits }, { context: { traits } }]) {
      const translated = translate({ type: 'identify', userId: 'u', messageId: 'm', ...message });
      expect(translated).toMatchObject({
        kind: 'signal',
        submission: {
          type: 'identify',
          id: 'm',
          user: {
            ...{ externalId: 'u', email: traits.email, country: 'US', firstName: 'Jane Q.', lastName: 'Doe' },
            address: traits.address,
          },
        },
      });
      expect(JSON.stringify(translated)).not.toContain('gold');
    }
  });

  test('joins two ids in alias, and nothing if both are the same', () => {
    expect(translate({ type: 'alias', userId: 'new', previousId: 'old' })).toMatchObject({
      kind: 'signal',
      submission: { type: 'identify', user: { anonymousId: 'old', externalId: 'new' } },
    });
    expect(translate({ type: 'alias', userId: 'same', previousId: 'same' })).toEqual({ kind: 'ignored' });
    expect(translate({ type: 'alias', userId: 'new' })).toEqual({ kind: 'ignored' });
    expect(translate({ type: 'group', groupId: 'g' })).toEqual({ kind: 'ignored' });
  });

  test.each<[string, object, object | undefined]>([
    [
      'a category for advertising is allowed',
      { consent: { categoryPreferences: { C0004: true, C0002: false } } },
      { adStorage: 'granted', source: 'call' },
    ],
    [
      'one is refused',
      { consent: { categoryPreferences: { C0004: true, marketing: false } } },
      { adStorage: 'denied', source: 'call' },
    ],
    ['everything is refused', { consent: { categoryPreferences: {} } }, { adStorage: 'denied', source: 'call' }],
    ['no category for advertising is named', { consent: { categoryPreferences: { C0002: true } } }, undefined],
    [
      'RudderStack allows',
      { consentManagement: { allowedConsentIds: ['marketing'], deniedConsentIds: [] } },
      { adStorage: 'granted', source: 'call' },
    ],
    [
      'RudderStack refuses',
      { consentManagement: { allowedConsentIds: ['marketing'], deniedConsentIds: ['C0004'] } },
      { adStorage: 'denied', source: 'call' },
    ],
    ['nothing is stated', {}, undefined],
    [
      'a preference is no boolean',
      { consent: { categoryPreferences: { C0004: 'yes' } } },
      { adStorage: 'denied', source: 'call' },
    ],
  ])('states consent when %s', (_, context, consent) => {
    expect(submit({ type: 'track', event: 'x', context })?.consent).toEqual(consent);
  });

  test('is the explicit choice of the shopper when it reports a changed preference', () => {
    const context = { consent: { categoryPreferences: { C0004: true } } };
    expect(translate({ type: 'track', event: 'Segment Consent Preference Updated', context })).toMatchObject({
      kind: 'signal',
      submission: { type: 'consent', consent: { adStorage: 'granted', explicit: true } },
    });
    const managed = { consentManagement: { allowedConsentIds: ['marketing'] } };
    const other = translate({ type: 'track', event: 'Consent Management Interaction', context: managed });
    expect(Object(Object(other).submission).consent).toEqual({ adStorage: 'granted', source: 'call' });
  });
});
