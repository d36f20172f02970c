import { describe, expect, it } from 'vitest';
import type { Event } from '../../event/event.ts';
import { parseEvent } from '../../event/parse-event.ts';
import { sha256 } from '../../identity/hashing.ts';
import { applyFacts, readPayments, toSaleRecord } from './read-payments.ts';

const now = Date.UTC(2026, 11, 1);

function event(name: string, more: Partial<Event> = {}): Event {
  return {
    ...{ v: 1, site: 'shop', reporter: 'webhook', via: 'stripe-invoice', name, id: `id-of-${name}`, time: now, receivedAt: now },
    consent: { stated: 'granted', effective: 'granted' },
    identity: { forms: { emailPlain: sha256('a') }, externalId: sha256('c'), clickIds: {} },
    ...{ client: {}, page: {}, commerce: {}, goal: {}, properties: {}, bot: false, warnings: [] },
    ...more,
  };
}

const trial = event('StartTrial', { id: 'trial-sub_1', payment: { subscription: 'sub_1' } });
const renewal = (invoice: string) =>
  event('Renewal', {
    id: `renewal-${invoice}`,
    notSent: 'record-only',
    commerce: { value: 49.9, currency: 'EUR', orderId: invoice, subscription: 'renewal' },
    payment: { subscription: 'sub_1', order: [`pi_of_${invoice}`] },
  });
const person = { forms: { emailPlain: sha256('a') }, externalId: sha256('c') };
const stored = (...facts: readonly (readonly [string, 'order' | 'trial' | 'sale', string])[]) =>
  new Map(facts.map(([object, kind, value]) => [object, { object, kind, value }]));

describe('the payments of a page', () => {
  it('make one sale of the first paid invoice after a trial, with the person, however long ago the trial began', () => {
    for (const [events, known] of [
      [[trial, renewal('in_1'), renewal('in_2')], stored()],
      [[renewal('in_1'), renewal('in_2')], stored(['sub_1', 'trial', ''])],
    ] as const) {
      const { facts, sales } = readPayments(events, known);
      expect(sales).toMatchObject([
        { name: 'Purchase', id: 'purchase-in_1', commerce: { value: 49.9, subscription: 'first' }, identity: person },
      ]);
      expect(sales[0]).not.toHaveProperty('notSent');
      expect(facts).toContainEqual({ object: 'sub_1', kind: 'sale', value: 'purchase-in_1', at: now, person });
      expect(facts).toContainEqual({ object: 'pi_of_in_2', kind: 'order', value: 'in_2', at: now, person });
    }
    const [sale] = readPayments([trial, renewal('in_1')], stored()).sales;
    const record = sale && toSaleRecord(sale);
    expect(record?.key).toBe('Purchase\u001fpurchase-in_1\u001fwebhook@stripe-invoice');
    expect(record && parseEvent(record.bytes)).toEqual(sale);
  });

  it('make no sale of a renewal without a trial, after a sale, in test mode, or of another way in', () => {
    const paid = event('Purchase', { id: 'purchase-in_0', payment: { subscription: 'sub_1' } });
    const server = (one: Event): Event => {
      const { via: _, ...rest } = one;
      return { ...rest, reporter: 'server' };
    };
    for (const events of [
      [renewal('in_1')],
      [trial, paid, renewal('in_1')],
      [paid, trial, renewal('in_1')],
      [{ ...trial, notSent: 'test-order' } as const, renewal('in_1')],
      [trial, { ...renewal('in_1'), notSent: 'test-order' } as const],
      [server(trial), server(renewal('in_1'))],
    ])
      expect(readPayments(events, stored()).sales).toEqual([]);
    expect(readPayments([renewal('in_2')], stored(['sub_1', 'sale', 'purchase-in_1'])).sales).toEqual([]);
  });

  it('keep the person of a fact only if consent is granted', () => {
    expect(readPayments([trial], stored()).facts).toMatchObject([{ object: 'sub_1', kind: 'trial', person }]);
    const recorded = readPayments([renewal('in_1')], stored(['sub_1', 'sale', 'purchase-in_0'])).facts;
    expect(recorded).toMatchObject([{ object: 'pi_of_in_1', kind: 'order', person }]);
    const anonymous = { ...renewal('in_1'), identity: { forms: {}, clickIds: {} } };
    expect(readPayments([anonymous], stored()).facts[0]).not.toHaveProperty('person');
    const pending = event('StartTrial', { ...trial, consent: { stated: 'unknown', effective: 'pending' } });
    expect(readPayments([pending], stored()).facts[0]).not.toHaveProperty('person');
  });

  it('join a refund with the order that the payment paid', () => {
    const refund = event('Refund', { commerce: { value: 9.9, currency: 'EUR', orderId: 'pi_1' }, notSent: 'record-only' });
    const payment = event('InvoicePayment', {
      notSent: 'record-only',
      commerce: { orderId: 'in_1' },
      payment: { order: ['pi_1'] },
    });
    const { facts } = readPayments([payment, refund], stored());
    const orderOf = (events: readonly Event[]) => events[0]?.commerce.orderId;
    expect(orderOf(applyFacts([refund], stored(), facts))).toBe('in_1');
    expect(orderOf(applyFacts([refund], stored(['pi_1', 'order', 'in_7']), []))).toBe('in_7');
    expect(orderOf(applyFacts([refund], stored(), []))).toBe('pi_1');
    // The payment of an invoice that names the shop's own order.
    const own = stored(['in_7', 'order', '1001'], ['pi_1', 'order', 'in_7']);
    expect(orderOf(applyFacts([refund], own, []))).toBe('1001');
  });

  it('show a renewal that was the first sale as one for the record, though the site sends renewals', () => {
    const { notSent: _, ...sent } = renewal('in_1');
    const [first, second] = applyFacts([sent, renewal('in_2')], stored(['sub_1', 'sale', 'purchase-in_1']), []);
    expect(first?.notSent).toBe('record-only');
    expect(
      applyFacts([{ ...sent, commerce: { orderId: 'in_9' } }], stored(['sub_1', 'sale', 'purchase-in_1']), [])[0],
    ).not.toHaveProperty('notSent');
    expect(second?.notSent).toBe('record-only');
  });
});
