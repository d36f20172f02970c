import { describe, expect, it } from 'vitest';
import type { StripeSettings } from '../../event/stripe-settings.ts';
import { readStripe } from './read-stripe.ts';
import {
  createStripeEvent,
  firstInvoice,
  invoicePayment,
  paidSession,
  partialRefund,
  secondsOf,
  subscriptionSession,
  trialSubscription,
  visitor,
} from './stripe.fixture.ts';

const now = Date.UTC(2026, 11, 1, 10);
const time = new Date(now).toISOString();

function read(type: Parameters<typeof createStripeEvent>[0], object: object, settings: StripeSettings = {}, rest: object = {}) {
  return readStripe(createStripeEvent(type, object, now, rest), settings);
}

const ignored = { ignored: expect.any(String) };
const nothing = (part: string) => ({ ignored: expect.stringContaining(part) });
const completed = 'checkout.session.completed';

describe('a Checkout session', () => {
  it('is a purchase with visitor, click id and the hashed person when it is paid', () => {
    expect(read(completed, paidSession)).toEqual({
      reports: [
        {
          submission: {
            id: 'purchase-cs_live_1',
            name: 'Purchase',
            time,
            user: {
              email: 'Jane@shop.example',
              phone: '+491711234567',
              country: 'DE',
              externalId: 'cus_1',
              anonymousId: visitor,
            },
            clickIds: { msclkid: 'fedcba9876543210fedcba9876543210' },
            commerce: { value: 49.9, currency: 'EUR', orderId: 'pi_1', pageType: 'purchase' },
          },
          payment: { order: [] },
        },
      ],
    });
  });

  it('is a purchase only once a later payment succeeds, under the same id', () => {
    const unpaid = { ...paidSession, payment_status: 'unpaid' };
    expect(read(completed, unpaid)).toEqual(nothing('async_payment_succeeded'));
    expect(read('checkout.session.async_payment_succeeded', paidSession)).toMatchObject({
      reports: [{ submission: { id: 'purchase-cs_live_1' } }],
    });
    expect(read('checkout.session.async_payment_failed', unpaid)).toEqual(nothing('failed'));
  });

  it('counts a coupon of 100 % as a purchase of nothing, and sells nothing in the mode setup', () => {
    const free = { ...paidSession, payment_status: 'no_payment_required', amount_total: 0 };
    expect(read(completed, free)).toMatchObject({ reports: [{ submission: { commerce: { value: 0 } } }] });
    expect(read(completed, { ...free, mode: 'setup' })).toEqual(ignored);
  });

  it('takes the order id and the customer id from the places that the site names', () => {
    const named = { ...paidSession, client_reference_id: 'customer-7' };
    const settings = { orderIdFrom: 'metadata.order', externalIdFrom: 'client_reference_id' } as const;
    expect(read(completed, named, settings)).toMatchObject({
      reports: [
        {
          submission: { id: 'purchase-1001', commerce: { orderId: '1001' }, user: { externalId: 'customer-7' } },
          payment: { order: ['pi_1'] },
        },
      ],
    });
    expect(read(completed, named, { orderIdFrom: 'client_reference_id' })).toMatchObject({
      reports: [{ submission: { id: 'purchase-customer-7' } }],
    });
  });

  it("keeps the shop's own order id beside an invoice of the session that is no purchase of its own", () => {
    const invoiced = { ...paidSession, invoice: 'in_1' };
    const settings = { orderIdFrom: 'metadata.order' } as const;
    expect(read(completed, invoiced, settings)).toMatchObject({
      reports: [{ submission: { id: 'purchase-1001', commerce: { orderId: '1001' } }, payment: { order: ['pi_1', 'in_1'] } }],
    });
    for (const session of [invoiced, { ...invoiced, mode: 'subscription' }])
      expect(read(completed, session, { ...settings, invoices: 'all' })).toMatchObject({
        reports: [{ submission: { id: 'purchase-in_1', commerce: { orderId: 'in_1' } }, payment: { order: ['pi_1'] } }],
      });
    expect(read(completed, { ...invoiced, mode: 'subscription' }, settings)).toMatchObject({
      reports: [{ submission: { id: 'purchase-in_1' } }],
    });
  });

  it('takes the visitor, or a denial, of a Payment Link from its client reference', () => {
    const link = { ...paidSession, metadata: {} };
    const settings = { orderIdFrom: 'client_reference_id', externalIdFrom: 'client_reference_id' } as const;
    expect(read(completed, { ...link, client_reference_id: visitor }, settings)).toMatchObject({
      reports: [{ submission: { id: 'purchase-cs_live_1', user: { anonymousId: visitor, externalId: 'cus_1' } } }],
    });
    expect(read(completed, { ...link, client_reference_id: 'denied' })).toMatchObject({
      reports: [{ submission: { consent: { adStorage: 'denied', explicit: true } } }],
    });
  });

  it('reads the country where old and new versions have it', () => {
    const details = { email: 'jane@shop.example' };
    const shipping = { shipping_details: { address: { country: 'FR' } } };
    for (const place of [{ collected_information: shipping }, shipping])
      expect(read(completed, { ...paidSession, customer_details: details, ...place })).toMatchObject({
        reports: [{ submission: { user: { country: 'FR' } } }],
      });
  });
});

describe('a subscription', () => {
  it('has one purchase of session and invoice, by two ways in', () => {
    const [ofSession, ofInvoice] = [read(completed, subscriptionSession), read('invoice.paid', firstInvoice)];
    const commerce = { value: 49.9, currency: 'EUR', orderId: 'in_1', subscription: 'first' };
    expect(ofSession).toMatchObject({
      reports: [{ submission: { id: 'purchase-in_1', commerce }, payment: { subscription: 'sub_1' } }],
    });
    expect(ofInvoice).toMatchObject({
      reports: [
        {
          submission: {
            id: 'purchase-in_1',
            commerce: { ...commerce, items: [{ id: 'prod_1', name: 'Tea box', quantity: 2, price: 24.95 }] },
          },
          via: 'stripe-invoice',
        },
      ],
    });
    expect(ofSession).not.toHaveProperty('reports.0.via');
  });

  it('is read alike from invoices of old versions', () => {
    const { parent: _, lines: _lines, ...rest } = firstInvoice;
    const old = {
      ...{ ...rest, subscription: { id: 'sub_1' }, payment_intent: 'pi_1' },
      subscription_details: { metadata: { convey_visitor: visitor } },
      lines: { data: [{ description: 'Tea box', quantity: 2, amount: 4_990, price: { product: 'prod_1' } }] },
    };
    expect(read('invoice.paid', old)).toMatchObject({
      reports: [
        {
          submission: { user: { anonymousId: visitor }, commerce: { items: [{ id: 'prod_1', price: 24.95 }] } },
          payment: { order: ['pi_1'], subscription: 'sub_1' },
        },
      ],
    });
    expect(read('invoice_payment.paid', invoicePayment)).toMatchObject({
      reports: [{ submission: { name: 'InvoicePayment', commerce: { orderId: 'in_1' } }, payment: { order: ['pi_1'] } }],
    });
  });

  it('keeps renewals for the record, unless the site sends them', () => {
    for (const billing_reason of ['subscription_cycle', 'subscription_update', 'subscription_threshold', 'subscription']) {
      const invoice = { ...firstInvoice, id: 'in_2', billing_reason, status_transitions: { paid_at: secondsOf(now) - 60 } };
      const submission = {
        ...{ id: 'renewal-in_2', name: 'Renewal', time: new Date(now - 60_000).toISOString() },
        commerce: { subscription: 'renewal', orderId: 'in_2' },
      };
      expect(read('invoice.paid', invoice)).toMatchObject({ reports: [{ submission, notSent: 'record-only' }] });
      const sent = read('invoice.paid', invoice, { renewals: 'send' });
      expect(sent).toMatchObject({ reports: [{ submission }] });
      expect(sent).not.toHaveProperty('reports.0.notSent');
      expect(read('invoice.paid', { ...invoice, amount_paid: 0 })).toEqual(ignored);
    }
  });

  it('has invoices of other reasons only if the site asks', () => {
    for (const billing_reason of ['manual', 'quote_accept', 'automatic_pending_invoice_item_invoice']) {
      const invoice = { ...firstInvoice, billing_reason };
      expect(read('invoice.paid', invoice)).toEqual(nothing('stripe.invoices'));
      expect(read('invoice.paid', invoice, { invoices: 'all' })).toMatchObject({
        reports: [{ submission: { name: 'Purchase' } }],
      });
    }
    expect(read('invoice.paid', { ...firstInvoice, billing_reason: 'upcoming' }, { invoices: 'all' })).toEqual(ignored);
    expect(read('invoice.payment_succeeded', firstInvoice)).toEqual(nothing('invoice.paid'));
  });

  it('begins its trial under one id, whichever event reports it', () => {
    const readings = [
      read(completed, { ...subscriptionSession, payment_status: 'no_payment_required', amount_total: 0 }),
      read('invoice.paid', { ...firstInvoice, amount_paid: 0 }),
      read('customer.subscription.created', trialSubscription),
    ];
    const submission = { id: 'trial-sub_1', name: 'StartTrial', user: { externalId: 'cus_1' } };
    for (const reading of readings)
      expect(reading).toMatchObject({ reports: [{ submission, payment: { subscription: 'sub_1' } }] });
    const ways = readings.map((reading) => ('reports' in reading ? reading.reports[0]?.via : reading));
    expect(ways).toEqual([undefined, 'stripe-invoice', 'stripe-subscription']);
  });

  it('keeps its end for the record, and no other change', () => {
    expect(read('customer.subscription.deleted', { ...trialSubscription, status: 'canceled' })).toMatchObject({
      reports: [{ submission: { name: 'SubscriptionCancelled' }, notSent: 'record-only' }],
    });
    expect(read('customer.subscription.created', { ...trialSubscription, status: 'active' })).toEqual(ignored);
    for (const type of ['updated', 'paused', 'resumed', 'trial_will_end'] as const)
      expect(read(`customer.subscription.${type}`, trialSubscription)).toEqual(ignored);
  });
});

describe('a refund', () => {
  const commerce = { value: 9.9, currency: 'EUR', orderId: 'pi_1' };

  it('counts once it is paid, and a pending one of a card', () => {
    const submission = { id: 'refund-re_1', name: 'Refund', commerce };
    expect(read('refund.created', partialRefund)).toMatchObject({ reports: [{ submission }] });
    expect(read('refund.created', { ...partialRefund, status: 'pending' })).toMatchObject({ reports: [{ submission }] });
    const byBank = { ...partialRefund, destination_details: { type: 'eu_bank_transfer' } };
    expect(read('refund.created', { ...byBank, status: 'pending' })).toEqual(ignored);
    expect(read('refund.updated', byBank)).toMatchObject({ reports: [{ submission }] });
  });

  it('that a bank takes weeks to pay happens when it is paid, not when it was asked for', () => {
    const asked = { ...partialRefund, created: secondsOf(now - 20 * 86_400_000) };
    expect(read('refund.updated', asked)).toMatchObject({ reports: [{ submission: { time } }] });
  });

  it('is undone when it fails', () => {
    for (const type of ['refund.failed', 'refund.updated'] as const)
      expect(read(type, { ...partialRefund, status: 'failed' })).toMatchObject({
        reports: [
          {
            submission: { id: 'refund-re_1-failed', commerce: { value: 0, orderId: 'pi_1' } },
            payment: { undoes: 'refund-re_1' },
          },
        ],
      });
  });

  it('is read from the charge, less what was refunded before, if the site asks', () => {
    const charge = { id: 'ch_1', object: 'charge', amount_refunded: 1_490, currency: 'eur', payment_intent: 'pi_1' };
    const rest = { data: { object: charge, previous_attributes: { amount_refunded: 500 } } };
    expect(read('charge.refunded', charge, {}, rest)).toEqual(nothing('stripe.refundsFrom'));
    expect(read('charge.refunded', charge, { refundsFrom: 'charge' }, rest)).toMatchObject({
      reports: [{ submission: { id: 'refund-ch_1-1490', commerce } }],
    });
    expect(read('refund.created', partialRefund, { refundsFrom: 'charge' })).toEqual(ignored);
  });
});

describe('an event of Stripe', () => {
  it.each([
    ['jpy', 4_990, 4_990],
    ['kwd', 4_990, 4.99],
    ['isk', 499_000, 4_990],
    ['ugx', 499_000, 4_990],
  ])('has amounts in the smallest unit of %s', (currency, amount_total, value) => {
    expect(read(completed, { ...paidSession, currency, amount_total })).toMatchObject({
      reports: [{ submission: { commerce: { value, currency: currency.toUpperCase() } } }],
    });
  });

  it('is ignored if its amount cannot be read', () => {
    for (const change of [{ currency: 'eu' }, { amount_total: 49.9 }, { amount_total: null }, { currency: {} }])
      expect(read(completed, { ...paidSession, ...change })).toEqual(ignored);
  });

  it('is a test order in test mode, and if its mode is not stated', () => {
    for (const livemode of [false, undefined, 'true'])
      expect(read(completed, paidSession, {}, { livemode })).toMatchObject({ reports: [{ notSent: 'test-order' }] });
  });

  it('is answered with a hint if it is thin, of no known type, or no event', () => {
    expect(readStripe({ id: 'evt_1', object: 'v2.core.event', type: 'v1.charge.succeeded' })).toEqual(nothing('snapshot'));
    expect(read('charge.succeeded', {})).toEqual(nothing('Deselect'));
    expect(readStripe(createStripeEvent('checkout.session.unknown', {}, now, { type: 'constructor' }))).toEqual(ignored);
    expect(readStripe({})).toEqual(ignored);
  });

  it('never throws for objects of other forms', () => {
    const types = ['checkout.session.completed', 'invoice.paid', 'refund.created', 'customer.subscription.created'] as const;
    for (const type of types)
      for (const data of [null, [], 'x', { object: null }, { object: { id: {}, lines: [], metadata: 7, customer_details: [] } }])
        expect(read(type, {}, {}, { data }), type).toEqual(ignored);
  });
});
