import { describe, expect, it } from 'vitest';
import { readRecharge } from './read-recharge.ts';

const visitor = '0123456789abcdef0123456789abcdef';
const order = {
  id: 7,
  type: 'checkout',
  external_order_id: { ecommerce: '1001' },
  customer: { id: 8, email: 'jane@shop.example', external_customer_id: { ecommerce: 'c-1' } },
  client_details: { browser_ip: '203.0.113.42', user_agent: 'Mozilla/5.0' },
  billing_address: { country_code: 'DE', city: 'Berlin', zip: '10115', phone: '+491711234567' },
  order_attributes: [{ name: '_convey_visitor', value: visitor }],
  currency: 'EUR',
  total_price: '49.90',
  processed_at: '2026-12-01T10:00:00+00:00',
  line_items: [
    {
      external_product_id: { ecommerce: 'p-1' },
      external_variant_id: { ecommerce: 'v-1' },
      title: 'Tea',
      quantity: 2,
      unit_price: '24.95',
    },
  ],
};
const site = (...secrets: readonly string[]) => ({ webhooks: { secrets, purchaseOn: 'create' } }) as const;
const read = (topic: string, body: object, of = site()) => readRecharge(topic, { ...body }, of);

describe('a webhook of Recharge', () => {
  it('reports the first order as a purchase, with the shopper', () => {
    expect(read('order/created', { order })).toMatchObject({
      reports: [
        {
          submission: {
            ...{ id: 'purchase-1001', name: 'Purchase', time: '2026-12-01T10:00:00+00:00' },
            user: { email: 'jane@shop.example', externalId: 'c-1', anonymousId: visitor, ip: '203.0.113.42', country: 'DE' },
            commerce: {
              ...{ value: 49.9, currency: 'EUR', orderId: '1001', subscription: 'first' },
              items: [{ id: 'v-1', productId: 'p-1', name: 'Tea', price: 24.95, quantity: 2 }],
            },
          },
        },
      ],
    });
  });

  it('keeps a recurring order for the record, without the device of the first one', () => {
    const reading = read('order/created', { order: { ...order, type: 'recurring', external_order_id: { ecommerce: '1002' } } });
    expect(reading).toMatchObject({
      reports: [
        { submission: { id: 'renewal-1002', name: 'Renewal', commerce: { subscription: 'renewal' } }, notSent: 'record-only' },
      ],
    });
    expect(reading).not.toHaveProperty('reports.0.submission.user.ip');
  });

  it("leaves orders to the shop's own webhook if the site has one", () => {
    expect(read('order/created', { order }, site('secret-of-shop'))).toEqual({ ignored: expect.stringContaining('own webhook') });
  });

  it('keeps cancelled subscriptions and failed charges for the record', () => {
    const cancelled = { id: 9, cancelled_at: '2026-12-01T10:00:00+00:00', email: 'jane@shop.example' };
    const reading = read('subscription/cancelled', { subscription: cancelled }, site('secret-of-shop'));
    expect(reading).toEqual({
      reports: [
        {
          submission: {
            ...{ id: 'subscription-cancelled-9', name: 'SubscriptionCancelled' },
            ...{ time: '2026-12-01T10:00:00+00:00', commerce: {} },
          },
          notSent: 'record-only',
        },
      ],
    });
    const charge = { id: 10, total_price: '49.90', currency: 'EUR' };
    expect(read('charge/failed', { charge })).toMatchObject({
      reports: [{ submission: { name: 'ChargeFailed', commerce: { value: 49.9 } }, notSent: 'record-only' }],
    });
  });

  it('is ignored for other topics, other kinds of orders, and a body that does not fit', () => {
    for (const topic of ['charge/paid', 'order/processed', '', 'constructor'])
      expect(read(topic, { order })).toEqual({ ignored: expect.any(String) });
    expect(read('order/created', { order: { ...order, type: 'gift' } })).toEqual({ ignored: expect.any(String) });
    for (const body of [{}, { charge: { id: 1 } }, { order: [] }, { order: { id: {} } }])
      expect(read('order/created', body)).toEqual({ ignored: expect.any(String), isMismatch: true });
    for (const broken of [{ ...order, customer: 7, client_details: null, line_items: 'x', order_attributes: {} }])
      expect(read('order/created', { order: broken })).toMatchObject({ reports: [{ submission: { id: 'purchase-1001' } }] });
  });
});
