import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Rule } from '../../event/rule.ts';
import { sha256 } from '../../identity/hashing.ts';
import { acceptEvent } from '../accept/accept.ts';
import { now, shop } from '../site.fixture.ts';
import { buildShopifyOrder, checkoutToken, shopifyBodies, visitorId } from './shopify.fixture.ts';
import { parseShopifyWebhook } from './shopify.ts';

const read = (topic: string, body: Readonly<Record<string, unknown>>, purchaseOn: 'create' | 'paid' = 'create') =>
  parseShopifyWebhook({ topic, body, purchaseOn, triggeredAt: '2026-11-24T10:00:00Z' });

/** Returns the only report of a delivery. */
function readReport(topic: string, body: Readonly<Record<string, unknown>>, purchaseOn?: 'create' | 'paid') {
  const result = read(topic, body, purchaseOn);
  const [report, ...others] = 'reports' in result ? result.reports : [];
  if (!report || others.length > 0) throw new Error(JSON.stringify(result));
  return report;
}

/** Returns the event that ingest accepts. */
function acceptOrder(order: Readonly<Record<string, unknown>>, site = shop) {
  const { submission, ...statement } = readReport('orders/create', order);
  const accepted = acceptEvent(submission, { reporter: 'webhook', gpc: false, ...statement }, site, now, () => 'fresh');
  if (!('event' in accepted)) throw new Error(JSON.stringify(accepted.rejection));
  return accepted.event;
}

describe('an order', () => {
  test("becomes a purchase with the order's shopper, total and items", () => {
    expect(readReport('orders/create', buildShopifyOrder())).toEqual({
      submission: {
        id: `purchase-${checkoutToken}`,
        name: 'Purchase',
        time: '2026-11-24T04:59:00-05:00',
        user: {
          email: 'Jane.Doe+x@Example.com',
          phone: '(425) 555-1234',
          externalId: '8812345670',
          anonymousId: visitorId,
          ip: '203.0.113.42',
          userAgent: 'Mozilla/5.0 (X11; Linux x86_64) Chrome/147.0.0.0',
          country: 'US',
          firstName: 'Jane',
          lastName: 'Doe',
          address: { street: '12 Example Street', city: 'Redmond', state: 'WA', zip: '98052-1234', country: 'US' },
        },
        commerce: {
          value: 125.4,
          currency: 'USD',
          orderId: '5734826901234',
          checkoutId: checkoutToken,
          pageType: 'purchase',
          channel: 'web',
          items: [
            {
              discount: 10,
              id: '42001',
              productId: '7001',
              variantId: '42001',
              sku: 'CLK-1',
              name: 'Wall clock',
              variant: 'Oak',
              brand: 'Horae',
              price: 55,
              quantity: 2,
            },
            { id: '7002', productId: '7002', name: 'Hook', price: 15.4, quantity: 1 },
          ],
        },
      },
      landing: 'https://shop.invalid/collections/clocks?msclkid=DD4AFCCCB1C94A4CAD9544DD7E5006AB',
    });
  });

  test('has the fields that rules test', () => {
    const facts = {
      tags: 'Subscription First Order, VIP',
      total_tax: '10.10',
      total_discounts: '5.00',
      total_shipping_price_set: { presentment_money: { amount: '4.90', currency_code: 'USD' } },
      discount_codes: [{ code: 'SPRING', amount: '5.00', type: 'fixed_amount' }],
      customer: { id: 1, orders_count: 1, tags: 'wholesale,VIP' },
    };
    const event = acceptOrder(buildShopifyOrder(facts));
    expect(event.warnings).toEqual([]);
    expect(event.commerce).toMatchObject({
      tax: 10.1,
      discount: 5,
      shipping: 4.9,
      coupon: 'SPRING',
      tags: ['Subscription First Order', 'VIP', 'wholesale'],
      channel: 'web',
      orderCount: 1,
      customerType: 'new',
      subscription: 'first',
    });
  });

  test("is accepted with hashed identifiers, and the landing page's click id as the oldest", () => {
    const event = acceptOrder(buildShopifyOrder());
    expect(event.warnings).toEqual([]);
    expect(event).toMatchObject({ name: 'Purchase', reporter: 'webhook', time: now - 60_000 });
    expect(event.identity.forms).toMatchObject({
      emailMicrosoft: sha256('janedoe@example.com'),
      phoneDigits: sha256('14255551234'),
      firstNameLetters: sha256('jane'),
      lastNameLetters: sha256('doe'),
      street: sha256('12 example street'),
      city: sha256('redmond'),
      state: sha256('wa'),
      zip: sha256('98052'),
      country: sha256('us'),
    });
    expect(JSON.stringify(event)).not.toMatch(/jane|\bdoe\b|redmond|example street|98052/i);
    const at = event.time - 90 * 86_400_000;
    expect(event.identity.clickIds).toEqual({ msclkid: { value: 'dd4afcccb1c94a4cad9544dd7e5006ab', at } });
    expect(JSON.stringify(event)).not.toMatch(/jane|doe|5551234|8812345670/i);
  });

  test('counts in the currency that the shopper saw', () => {
    const seen = (amount: string, of: string) => ({
      shop_money: { amount: '1.00', currency_code: 'USD' },
      presentment_money: { amount, currency_code: of },
    });
    const [line] = buildShopifyOrder().line_items;
    const order = buildShopifyOrder({
      total_price_set: seen('117.95', 'EUR'),
      line_items: [
        { ...line, price_set: seen('56.50', 'EUR'), discount_allocations: [{ amount: '9', amount_set: seen('9.1', 'EUR') }] },
      ],
    });
    expect(readReport('orders/create', order).submission.commerce).toMatchObject({
      value: 117.95,
      currency: 'EUR',
      items: [{ price: 51.95 }],
    });
  });

  test.each([
    [{ test: true }, 'test-order'],
    [{ source_name: 'pos', checkout_token: null }, 'offline-order'],
    [{ source_name: 'shopify_draft_order' }, 'offline-order'],
    [{ source_name: 'subscription_contract' }, 'offline-order'],
    [{ source_name: 'subscription_contract_checkout_one' }, 'offline-order'],
    [{ source_name: 'pos_of_an_app' }, undefined],
    [{ source_name: '3890849' }, undefined],
    [{ source_name: null }, undefined],
  ] as const)('is not sent with %j: %s', (fields, why) => {
    expect(readReport('orders/create', buildShopifyOrder(fields)).notSent).toBe(why);
  });

  test('keeps its id and total, and no personal data, when it is not sent', () => {
    const event = acceptOrder(buildShopifyOrder({ test: true }));
    expect(event).toMatchObject({
      notSent: 'test-order',
      identity: { forms: {}, clickIds: {} },
      client: {},
      commerce: { orderId: '5734826901234', value: 125.4 },
    });
  });

  test('keeps the hashes of a till only while a rule counts such orders', () => {
    const order = buildShopifyOrder({ source_name: 'pos', checkout_token: null });
    const till = { field: 'commerce.channel', is: 'equals', value: 'pos' } as const;
    const getForms = (rule: Pick<Rule, 'when' | 'then'>, enabled = true) => {
      const event = acceptOrder(order, { ...shop, rules: [{ id: 'a', name: 'a', enabled, ...rule }] });
      expect(event).toMatchObject({ notSent: 'offline-order', commerce: { channel: 'pos' } });
      return event.identity.forms;
    };
    const then = { also: { name: 'StoreOrder' } };
    expect(getForms({ when: { all: [till] }, then })).toMatchObject({ lastNameLetters: sha256('doe') });
    expect(getForms({ when: { not: till }, then: { rename: 'StoreOrder' } })).not.toEqual({});
    expect(getForms({ when: { field: 'name', is: 'present' }, then })).toEqual({});
    expect(getForms({ when: till, then: { skip: true } })).toEqual({});
    expect(getForms({ when: till, then }, false)).toEqual({});
  });

  test.each([
    [['Subscription', 'Subscription First Order'], {}, 'first'],
    [['Subscription', 'subscription recurring order'], {}, 'renewal'],
    [['Subscription First Order', 'Prepaid'], {}, 'first'],
    [['Subscription First Order', 'Prepaid'], { checkout_token: null }, 'renewal'],
    [['Subscription'], {}, undefined],
    [[], { source_name: 'subscription_contract_checkout_one' }, 'renewal'],
  ] as const)('with the tags %j and %j is of a subscription: %s', (tags, changes, expected) => {
    expect(acceptOrder(buildShopifyOrder({ tags: tags.join(', '), ...changes })).commerce.subscription).toBe(expected);
  });

  test('omits its order id when it is not sent and the shopper denied', () => {
    const note_attributes = [{ name: '_convey_visitor', value: 'denied' }];
    const { commerce, notSent } = acceptOrder(buildShopifyOrder({ test: true, note_attributes }));
    expect([notSent, commerce.orderId, commerce.value]).toEqual(['test-order', undefined, 125.4]);
  });

  test('has no personal data when its cart states a denial', () => {
    const event = acceptOrder(buildShopifyOrder({ note_attributes: [{ name: '_convey_visitor', value: 'denied' }] }));
    expect(event).toMatchObject({
      consent: { stated: 'denied', effective: 'denied' },
      identity: { forms: {}, clickIds: {} },
      client: {},
    });
    expect(event.commerce).toEqual({ ...event.commerce, checkoutId: checkoutToken, value: 125.4 });
    expect(event.commerce).not.toHaveProperty('orderId');
  });

  test.each(['', 'jane@shop.example', 'B171A9B06CE011ECAFCD1B209BE8601B', 'x'.repeat(32)])(
    'has no visitor when its attribute holds something else (%j)',
    (value) => {
      const order = buildShopifyOrder({ note_attributes: [null, 'x', { name: '_convey_visitor', value }] });
      expect(acceptOrder(order).identity).not.toHaveProperty('anonymousId');
    },
  );

  test('is a purchase with only an id', () => {
    const { submission } = readReport('orders/create', { id: 77 });
    expect(submission).toMatchObject({ id: 'purchase-77', commerce: { orderId: '77', pageType: 'purchase', items: [] } });
    const nulls = Object.fromEntries(Object.keys(buildShopifyOrder()).map((key) => [key, null]));
    expect(readReport('orders/create', { ...nulls, id: '77' }).submission.id).toBe('purchase-77');
    expect(read('orders/create', { id: null })).toEqual({ ignored: 'The order has no id.' });
  });

  test('counts when it is paid if the site is set so, and never twice', () => {
    expect(read('orders/create', buildShopifyOrder(), 'paid')).toEqual({ ignored: expect.stringContaining('orders/paid') });
    expect(read('orders/paid', buildShopifyOrder())).toEqual({ ignored: expect.stringContaining('orders/create') });
    const { submission } = readReport('orders/paid', buildShopifyOrder(), 'paid');
    expect(submission).toMatchObject({ id: `purchase-${checkoutToken}`, time: '2026-11-24T10:00:00Z' });
  });
});

describe('a record-only event', () => {
  test("is no cancelled order without a cancellation time, because the body may be another topic's", () => {
    const body = buildShopifyOrder();
    expect(
      parseShopifyWebhook({ topic: 'orders/cancelled', body, purchaseOn: 'create', triggeredAt: '2026-11-24T10:00:00Z' }),
    ).toEqual({
      ignored: 'The order is not cancelled.',
    });
  });

  test('is a cancelled order', () => {
    expect(readReport('orders/cancelled', buildShopifyOrder({ cancelled_at: '2026-11-24T09:00:00Z' }))).toEqual({
      submission: {
        id: 'cancelled-5734826901234',
        name: 'OrderCancelled',
        time: '2026-11-24T09:00:00Z',
        commerce: { value: 125.4, currency: 'USD', orderId: '5734826901234', checkoutId: checkoutToken },
      },
      notSent: 'record-only',
    });
  });

  test('is a refund with the amount that was paid back', () => {
    const refund = {
      id: 901,
      order_id: 5734826901234,
      created_at: '2026-11-24T09:30:00Z',
      transactions: [
        { kind: 'refund', status: 'success', amount: '10.10', currency: 'USD' },
        { kind: 'refund', status: 'success', amount: '20.20', currency: 'USD' },
        ...['failure', 'pending', 'error', undefined].map((status) => ({
          kind: 'refund',
          status,
          amount: '99.00',
          currency: 'EUR',
        })),
        { kind: 'void', status: 'success', amount: '5.00', currency: 'USD' },
      ],
    };
    expect(readReport('refunds/create', refund).submission).toEqual({
      id: 'refund-901',
      name: 'Refund',
      time: '2026-11-24T09:30:00Z',
      commerce: { value: 30.3, currency: 'USD', orderId: '5734826901234' },
    });
    const line = { product_id: 7001, variant_id: 42001, sku: 'CLK-1', title: 'Wall clock', quantity: 2, price: '60.00' };
    const lines = [{ line_item_id: 1, quantity: 1, restock_type: 'return', line_item: line }, { quantity: 2 }];
    expect(readReport('refunds/create', { ...refund, refund_line_items: lines }).submission.commerce).toMatchObject({
      value: 30.3,
      items: [
        { id: '42001', productId: '7001', variantId: '42001', sku: 'CLK-1', name: 'Wall clock', quantity: 1 },
        { quantity: 2 },
      ],
    });
    const ignored = (change: object) =>
      parseShopifyWebhook({ topic: 'refunds/create', body: { ...refund, ...change }, purchaseOn: 'create' });
    // Without an amount it would be the whole order's.
    expect(ignored({ transactions: [] })).toEqual({ ignored: 'No money was paid back, so the order stays as it is.' });
    expect(ignored({ order_id: undefined })).toEqual({ ignored: 'The refund has no id, or names no order.' });
    const inEuro = { kind: 'refund', status: 'success', amount: '1.00', currency: 'EUR' };
    expect(ignored({ transactions: [...refund.transactions, inEuro] })).toEqual({
      ignored: 'The refund is in several currencies, so the order stays as it is.',
    });
  });
});

describe('a customer', () => {
  const customer = {
    id: 8812345670,
    email: 'jane.doe@example.com',
    phone: '+14255551234',
    state: 'enabled',
    created_at: '2026-11-24T09:00:00Z',
    default_address: { country_code: 'US' },
  };

  test('signs up when it has an account', () => {
    expect(readReport('customers/create', customer).submission).toEqual({
      id: 'signup-8812345670',
      name: 'SignUp',
      time: '2026-11-24T09:00:00Z',
      user: { email: 'jane.doe@example.com', phone: '+14255551234', externalId: '8812345670', country: 'US' },
    });
  });

  test('requires explicit consent with an account, because staff and imports create customers too', () => {
    const { submission, ...statement } = readReport('customers/create', customer);
    const getConsent = (policy: 'regional' | 'granted') => {
      const accepted = acceptEvent(
        submission,
        { reporter: 'webhook', gpc: false, ...statement },
        { ...shop, consent: { policy } },
        now,
        () => 'x',
      );
      return 'event' in accepted ? accepted.event.consent : undefined;
    };
    expect(getConsent('regional')).toEqual({ stated: 'unknown', effective: 'pending' });
    expect(getConsent('granted')).toEqual({ stated: 'unknown', effective: 'granted' });
    const bought = readReport('orders/create', buildShopifyOrder());
    expect(bought.requiresConsent).toBeUndefined();
  });

  test('does not sign up when Shopify created it for a guest', () => {
    expect(read('customers/create', { ...customer, state: 'disabled' })).toEqual({
      ignored: expect.stringContaining('no account'),
    });
  });

  test('is identified by every key of the shop in an export or erasure request', () => {
    const { id, email, phone } = customer;
    const who = { email, phone, externalId: '8812345670' };
    const shop_domain = 'shop.myshopify.example';
    expect(
      read('customers/data_request', { shop_domain, customer: { id, email, phone }, orders_requested: [1, '2', null] }),
    ).toEqual({
      action: 'export',
      person: { ...who, orderIds: ['1', '2'] },
    });
    expect(read('customers/redact', { shop_domain, customer: { id, email, phone }, orders_to_redact: [3] })).toEqual({
      action: 'erase',
      person: { ...who, orderIds: ['3'] },
    });
    expect(read('customers/redact', { shop_domain, orders_to_redact: null })).toEqual({
      action: 'erase',
      person: { orderIds: [] },
    });
  });
});

describe('a body under a wrong topic', () => {
  const topics = Object.keys(shopifyBodies);
  const families: readonly (readonly string[])[] = [['orders/create', 'orders/paid', 'orders/cancelled']];
  const isSameFamily = (a: string, b: string) => a === b || families.some((one) => one.includes(a) && one.includes(b));
  const pairs = topics.flatMap((topic) => topics.filter((other) => !isSameFamily(topic, other)).map((other) => [topic, other]));

  test.each(pairs)('is ignored: %s with the body of %s', (topic, other) => {
    for (const purchaseOn of ['create', 'paid'] as const)
      for (const withType of [true, false]) {
        const { admin_graphql_api_id, ...body } = shopifyBodies[other] ?? {};
        const result = read(topic, withType ? { ...body, admin_graphql_api_id } : body, purchaseOn);
        expect(result).toEqual({ ignored: expect.stringContaining('does not fit its topic'), isMismatch: true });
      }
  });

  test.each([
    [
      'orders/create',
      { id: 7, token: 't', total_price: '1.00', line_items: [], abandoned_checkout_url: 'https://shop.invalid/' },
    ],
    ['orders/create', { id: 7, total_price: '1.00', line_items: [], admin_graphql_api_id: 'gid://shopify/DraftOrder/7' }],
    ['orders/create', { id: 7, order_id: 8, line_items: [], tracking_number: '1' }],
    ['refunds/create', { id: 7, order_id: 8, kind: 'sale', admin_graphql_api_id: 'gid://shopify/OrderTransaction/7' }],
    ['customers/redact', {}],
    ['customers/redact', { shop_domain: 'shop.myshopify.example', customer: { id: 1 } }],
    ['customers/redact', { shop_domain: 'shop.myshopify.example', orders_to_redact: [], id: 1 }],
    ['customers/redact', { customer: { id: 1 }, orders_to_redact: [] }],
  ])('is ignored: %s with a body of an unread topic (%#)', (topic, body) => {
    expect(read(topic, body)).toMatchObject({ isMismatch: true });
  });

  test.each(Object.entries(shopifyBodies))('is detected: %s', (topic, body) => {
    const purchaseOn = topic === 'orders/paid' ? 'paid' : 'create';
    expect(read(topic, body, purchaseOn)).not.toHaveProperty('ignored');
  });
});

test('an unread topic is ignored with the reason', () => {
  expect(read('products/update', { id: 1 })).toEqual({ ignored: expect.stringContaining('topic') });
});

test('a body of any shape causes no fault', () => {
  const topics = ['orders/create', 'orders/cancelled', 'refunds/create', 'customers/create', 'customers/redact'];
  const order = Object.fromEntries(
    Object.entries(buildShopifyOrder()).map(([key, value]) => [key, fc.oneof(fc.constant(value), fc.jsonValue())]),
  );
  fc.assert(
    fc.property(fc.constantFrom(...topics), fc.record(order), (topic, body) => {
      const result = read(topic, Object(JSON.parse(JSON.stringify(body))));
      const reports = 'reports' in result ? result.reports : [];
      for (const { submission, ...statement } of reports)
        acceptEvent(submission, { reporter: 'webhook', gpc: false, ...statement }, shop, now, () => 'fresh');
    }),
    { numRuns: 500 },
  );
});
