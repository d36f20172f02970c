import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { dayMs } from '../../event/units.ts';
import { sha256 } from '../../identity/hashing.ts';
import { acceptEvent } from '../accept/accept.ts';
import { now, shop } from '../site.fixture.ts';
import type { WebhookResult } from './webhook.ts';
import { buildWooMeta, buildWooOrder, ping, purchaseId, visitor } from './woocommerce.fixture.ts';
import { isWooCommercePing, parseWooCommerceWebhook } from './woocommerce.ts';

function read(
  body: Readonly<Record<string, unknown>>,
  { topic = 'order.updated', purchaseOn = 'create' as 'create' | 'paid', maxAgeMs = 7 * dayMs } = {},
) {
  return parseWooCommerceWebhook({ topic, body, purchaseOn, maxAgeMs });
}

function getReports(hooked: WebhookResult) {
  return 'reports' in hooked ? hooked.reports : [];
}

/** Returns name, id and skip reason of each event of the order. */
function summarizeReports(changes: Readonly<Record<string, unknown>>, purchaseOn: 'create' | 'paid' = 'create') {
  return getReports(read(buildWooOrder(changes), { purchaseOn })).map(({ submission: { id }, notSent }) => [id, notSent]);
}

function accepted(hooked: WebhookResult) {
  let idCount = 0;
  return getReports(hooked).map(({ submission, notSent, landing }) => {
    const statement = { ...(notSent !== undefined && { notSent }), ...(landing !== undefined && { landing }) };
    return acceptEvent(
      submission,
      { reporter: 'webhook', gpc: false, ...statement },
      { ...shop, defaultCountry: 'US' },
      now,
      () => `fresh-${++idCount}`,
    );
  });
}

const purchased = [[purchaseId, undefined]];

describe('an order of WooCommerce', () => {
  it("becomes a purchase with the order's shopper, visitor and click ids", () => {
    const [result] = accepted(read(buildWooOrder(), { topic: 'order.created' }));
    expect(result).toMatchObject({
      event: {
        name: 'Purchase',
        id: purchaseId,
        reporter: 'webhook',
        time: Date.UTC(2026, 10, 24, 9, 58, 40),
        identity: {
          anonymousId: visitor,
          forms: {
            emailMicrosoft: 'c4d25e9c90ff23e9145397bc6fbd5385ca5fbe78211222ccbecd0b369ebb19a6',
            phoneE164: 'c59475d96e9f01d7d18d06cfad84dd02333207f02c0c2c5663ef2782cda0390e',
            lastNameLetters: sha256('doe'),
            zip: sha256('98052'),
          },
          clickIds: { msclkid: { value: 'dd4afcccb1c94a4cad9544dd7e5006ab' } },
        },
        client: { ip: '203.0.113.42', userAgent: expect.stringContaining('Windows') },
        commerce: {
          value: 125.4,
          currency: 'USD',
          orderId: '1001',
          items: [
            { id: '42', productId: '41', variantId: '42', sku: 'CLOCK-OAK', name: 'Wall clock - Oak', price: 52.25, quantity: 2 },
          ],
        },
        warnings: [],
      },
    });
    expect(JSON.stringify(result)).not.toMatch(/jane|\bdoe\b|redmond|example street|98052|555-1234|5551234/i);
  });

  it('has the fields that rules test', () => {
    const order = buildWooOrder({
      coupon_lines: [{ id: 1, code: 'spring' }],
      meta_data: [
        { key: '_convey_tags', value: 'wholesale, b2b' },
        { key: '_convey_order_count', value: '3' },
        { key: '_subscription_renewal', value: '77' },
      ],
    });
    const [result] = accepted(read(order));
    expect(result && 'event' in result ? result.event.commerce : undefined).toMatchObject({
      shipping: 10,
      tax: 10.9,
      discount: 0,
      coupon: 'spring',
      tags: ['wholesale', 'b2b'],
      channel: 'checkout',
      orderCount: 3,
      customerType: 'returning',
      subscription: 'renewal',
    });
    const [first] = accepted(read(buildWooOrder({ meta_data: [{ key: '_convey_subscription', value: 'first' }] })));
    expect(first && 'event' in first ? first.event.commerce.subscription : undefined).toBe('first');
  });

  it('has the checkout id that the plugin stored, and no other', () => {
    const of = (value: unknown) =>
      getReports(read(buildWooOrder({ meta_data: [buildWooMeta('_convey_checkout', value)] })))[0]?.submission.commerce;
    expect(of('0123456789abcdef0123456789abcdef')).toMatchObject({ checkoutId: '0123456789abcdef0123456789abcdef' });
    expect(of('')).not.toHaveProperty('checkoutId');
  });

  it('has the time of its payment, otherwise of its creation, in UTC for any time zone of the machine', () => {
    const times = [{}, { date_paid_gmt: null }, { date_paid_gmt: null, date_created_gmt: null }].map(
      (changes) => getReports(read(buildWooOrder(changes)))[0]?.submission.time,
    );
    expect(times).toEqual(['2026-11-24T09:58:40Z', '2026-11-24T09:58:10Z', undefined]);
  });

  it.each(['processing', 'completed', 'on-hold'])('counts as %s', (status) => {
    expect(summarizeReports({ status })).toEqual(purchased);
  });

  it.each(['pending', 'failed', 'checkout-draft', 'draft', 'auto-draft', 'trash', 'wc-unheard-of', ''])(
    'is ignored as "%s" with the reason',
    (status) => {
      expect(read(buildWooOrder({ status, date_paid_gmt: null }))).toEqual({
        ignored: expect.stringMatching(/^The order is not /),
      });
    },
  );

  it("counts with a plugin's status if it has a payment date", () => {
    expect(summarizeReports({ status: 'shipped' })).toEqual(purchased);
  });

  it('counts on hold only after payment if the site is set so', () => {
    expect(read(buildWooOrder({ status: 'on-hold', date_paid_gmt: null }), { purchaseOn: 'paid' })).toEqual({
      ignored: 'The order is not paid yet.',
    });
    expect(summarizeReports({ status: 'processing' }, 'paid')).toEqual(purchased);
  });

  it('is no purchase when it changes weeks later, and its refund is stored', () => {
    const late = { status: 'completed', date_modified_gmt: '2026-12-24T09:00:00' };
    expect(read(buildWooOrder(late))).toEqual({ ignored: 'The order changed more than 7 days after its purchase.' });
    expect(getReports(read(buildWooOrder(late), { maxAgeMs: 90 * dayMs }))).toHaveLength(1);
    expect(summarizeReports({ ...late, refunds: [{ id: 1005, total: '-5.00' }] })).toEqual([['refund-1005', 'record-only']]);
  });

  it('states the denial and has no personal data when the shopper denied', () => {
    const [result] = accepted(read(buildWooOrder({ meta_data: [buildWooMeta('_convey_visitor', 'denied')] })));
    expect(result).toMatchObject({
      event: { consent: { stated: 'denied', effective: 'denied' }, identity: { forms: {}, clickIds: {} } },
    });
  });

  it.each(['denied ', 'DENIED', visitor.toUpperCase(), `${visitor}0`, '<script>', 5, null, { a: 1 }])(
    'has no visitor for %j, unless it is an id or `denied`',
    (left) => {
      const [report] = getReports(read(buildWooOrder({ meta_data: [buildWooMeta('_convey_visitor', left)] })));
      expect(report?.submission.user).not.toHaveProperty('anonymousId');
      expect(report?.submission.consent).toEqual(
        left === 'denied ' ? expect.objectContaining({ adStorage: 'denied' }) : undefined,
      );
    },
  );

  it('has no customer id for a guest', () => {
    expect(getReports(read(buildWooOrder({ customer_id: 0 })))[0]?.submission.user).not.toHaveProperty('externalId');
    expect(getReports(read(buildWooOrder()))[0]?.submission.user).toHaveProperty('externalId', '7');
  });

  it('is kept for the record without personal data when cancelled', () => {
    const [report, ...more] = getReports(read(buildWooOrder({ status: 'cancelled' })));
    expect(more).toEqual([]);
    expect(report).toEqual({
      submission: {
        id: 'cancelled-1001',
        name: 'OrderCancelled',
        time: '2026-11-24T09:59:30Z',
        commerce: { value: 125.4, currency: 'USD', orderId: '1001' },
      },
      notSent: 'record-only',
    });
  });

  it('is a purchase and its refunds when refunded in part, and only refunds when refunded in full', () => {
    const refunds = [
      { id: 1005, reason: 'Broken', total: '-25.40' },
      { id: 1006, total: '-100.00' },
    ];
    const records = [
      ['refund-1005', 'record-only'],
      ['refund-1006', 'record-only'],
    ];
    expect(summarizeReports({ refunds })).toEqual([...purchased, ...records]);
    expect(summarizeReports({ status: 'refunded', refunds })).toEqual(records);
    expect(getReports(read(buildWooOrder({ refunds })))[1]?.submission.commerce).toEqual({
      value: 25.4,
      currency: 'USD',
      orderId: '1001',
    });
    expect(summarizeReports({ status: 'refunded' })).toEqual([['refund-1001', 'record-only']]);
    // Without an amount it would be the whole order's.
    expect(summarizeReports({ refunds: [{ id: 1005 }, { total: '-1.00' }] })).toEqual(purchased);
  });

  it.each([
    ['admin', 'offline-order'],
    ['subscription', 'offline-order'],
    ['pos-rest-api', 'offline-order'],
    ['woocommerce-pos', 'offline-order'],
    ['checkout', undefined],
    ['store-api', undefined],
    ['rest-api', undefined],
    ['wc_deposits', undefined],
  ])('created by %s is sent unless it has no shopper of the storefront', (created_via, notSent) => {
    expect(summarizeReports({ created_via })).toEqual([[purchaseId, notSent]]);
  });

  it.each([
    ['_wcpay_mode', 'test', 'test-order'],
    ['_ppcp_paypal_payment_mode', 'sandbox', 'test-order'],
    ['_wcpay_mode', 'prod', undefined],
  ])('is a test when %s is %s', (key, value, notSent) => {
    expect(summarizeReports({ meta_data: [buildWooMeta(key, value)] })).toEqual([[purchaseId, notSent]]);
  });

  it('is ignored when it is part of another order', () => {
    expect(read(buildWooOrder({ parent_id: 1000 }))).toEqual({ ignored: expect.stringContaining('part of another') });
  });

  it('is a purchase even with almost all members missing', () => {
    const [result] = accepted(read({ id: 1001, status: 'completed' }));
    expect(result).toMatchObject({ event: { id: 'purchase-1001', commerce: { orderId: '1001' }, warnings: [] } });
  });
});

test('other topics are ignored with the reason', () => {
  for (const topic of ['order.deleted', 'customer.created', 'action.woocommerce_add_to_cart', ''])
    expect(read(buildWooOrder(), { topic })).toEqual({ ignored: expect.stringContaining('`order.created`') });
});

test('only the body of a ping is a ping', () => {
  const bytes = (text: string) => new TextEncoder().encode(text);
  expect(isWooCommercePing(bytes(ping))).toBe(true);
  for (const other of ['', 'webhook_id=', 'webhook_id=7&x=1', '{"webhook_id":7}'])
    expect(isWooCommercePing(bytes(other)), other).toBe(false);
});

test('any JSON is parsed without a fault, and accepted or rejected only by its id and time', () => {
  const awkward = fc.oneof(
    fc.jsonValue({ maxDepth: 3 }),
    fc.constantFrom<unknown>('-1', '1e9', '', '0', {}, [], [null], [[]], '9'.repeat(400)),
  );
  const changed = fc
    .dictionary(fc.constantFrom(...Object.keys(buildWooOrder()), '__proto__', 'constructor'), awkward)
    .map((changes) => buildWooOrder(changes));
  const bare = fc.dictionary(fc.string(), awkward);
  const on = fc.constantFrom<'create' | 'paid'>('create', 'paid');
  fc.assert(
    fc.property(fc.oneof(changed, bare), on, (body, purchaseOn) => {
      const hooked = read(body, { purchaseOn });
      for (const result of accepted(hooked)) {
        if ('rejection' in result) for (const { field } of result.rejection.issues) expect(['id', 'time']).toContain(field);
      }
      if ('ignored' in hooked) expect(hooked.ignored).toMatch(/^\p{Lu}.*\.$/u);
      else expect(getReports(hooked).length).toBeGreaterThan(0);
    }),
    { numRuns: 1_500 },
  );
});
