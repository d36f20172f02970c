import { describe, expect, it } from 'vitest';
import type { Commerce, EnrichedEvent, Item } from '../../event/event.ts';
import { buildEvent, buildRecord } from '../delivery.fixture.ts';
import { applyRefunds } from './apply-refunds.ts';
import type { OrderFacts } from './order-facts.ts';

const items: readonly Item[] = [
  { id: 'clock', price: 50, quantity: 2 },
  { sku: 'watch', price: 25.4 },
];
const purchase = (commerce: Commerce = {}): EnrichedEvent => ({
  ...buildEvent('purchase-1001', { name: 'Purchase' }),
  commerce: { orderId: '1001', value: 125.4, currency: 'EUR', items, ...commerce },
  reporters: ['webhook'],
});
const part = (thousandths?: number, currency = 'EUR') => ({
  ...{ orderId: '1001', refundId: `r-${thousandths}`, at: 1, currency: thousandths === undefined ? '' : currency },
  ...(thousandths !== undefined && { thousandths }),
});
const facts = (refunds: OrderFacts['refunds'], more: Partial<OrderFacts> = {}): OrderFacts => ({
  ...{ refunds, purchases: [], reports: [], uploads: [] },
  ...more,
});
const returned = (...back: readonly Item[]): Pick<OrderFacts, 'reports'> => ({
  reports: [{ record: buildRecord('2', buildEvent('r-1', { name: 'Refund' })), items: back }],
});
const apply = (of: OrderFacts, event = purchase(), reported = event) => applyRefunds('1', event, reported, of, 'acme');

describe('a purchase that was refunded before it was sent', () => {
  it('has the value that is left, and the issue that says so', () => {
    const sent = apply(facts([part(25_400), part(10_000)]));
    expect(sent).toMatchObject({ left: 90_000, event: { commerce: { value: 90, currency: 'EUR', items } } });
    expect(sent?.issues.map(({ code }) => code)).toEqual(['reduced-by-refund']);
    expect(apply(facts([part(25_400), part(100_000)]))).toBeUndefined();
    expect(apply(facts([part(1), part()]))).toBeUndefined();
  });

  it('shrinks the value of a rule by the same share', () => {
    expect(apply(facts([part(62_700)]), purchase({ value: 40 }), purchase())).toMatchObject({ left: 20_000 });
  });

  it('leaves out the items that came back, piece by piece', () => {
    const left = (...back: readonly Item[]) => apply(facts([part(50_000)], returned(...back)))?.event.commerce.items;
    expect(left({ id: 'clock', quantity: 1 })).toEqual([{ id: 'clock', price: 50, quantity: 1 }, items[1]]);
    expect(left({ sku: 'watch' }, { id: 'clock', quantity: 1 })).toEqual([{ id: 'clock', price: 50, quantity: 1 }]);
    expect(left({ id: 'clock', quantity: 5 }, { sku: 'watch', quantity: 1 })).toBeUndefined();
    expect(left({ id: 'other' })).toEqual(items);
    expect(left({ quantity: 1 })).toEqual(items);
  });

  it('stays as it is if what is left is not known, and says so', () => {
    const codes = (refunds: OrderFacts['refunds'], event = purchase()) => {
      const sent = apply(facts(refunds), event);
      expect(sent?.event).toBe(event);
      return sent?.issues.map(({ code }) => code);
    };
    expect(codes([part(1, 'USD')])).toEqual(['refund-not-applied']);
    expect(codes([part(1)], { ...purchase(), commerce: { orderId: '1001' } })).toEqual(['refund-not-applied']);
    expect(codes([part(0)])).toEqual([]);
    const says = (value: number, currency = 'EUR') =>
      apply(facts([part(1)]), purchase({ value, currency }), purchase())?.issues.map(({ code, message }) => [code, message]);
    expect(says(0)).toEqual([['refund-not-applied', expect.stringContaining('a rule gave it another currency or the value 0')]]);
    expect(says(20, 'USD')).toEqual(says(0));
    expect(codes([])).toEqual([]);
  });

  it("keeps its value and items if the platform's tag told it, and says so", () => {
    const seen = (state: 'ran' | 'blocked', destination = 'acme'): EnrichedEvent => ({
      ...purchase(),
      page: { browserTags: { [destination]: state } },
    });
    for (const refunds of [[part(25_400)], [part()]]) {
      const sent = apply(facts(refunds, returned({ sku: 'watch' })), seen('ran'));
      expect([sent?.event.commerce, sent?.left]).toEqual([purchase().commerce, undefined]);
      expect(sent?.issues.map(({ code }) => code)).toEqual(['refund-not-applied']);
    }
    expect(apply(facts([part(25_400)]), seen('blocked'))?.left).toBe(100_000);
    expect(apply(facts([part(25_400)]), seen('ran', 'other'))?.left).toBe(100_000);
    expect(apply(facts([]), seen('ran'))?.issues).toEqual([]);
  });

  it('keeps the value that the platform has once it was delivered', () => {
    const { time } = purchase();
    const delivered = (left?: number): Partial<OrderFacts> => ({
      delivered: {
        ...{ orderId: '1001', offset: '1', isTrusted: true },
        purchase: {
          ...{ eventId: 'purchase-1001', eventName: 'Purchase', time, forms: {}, clickIds: {}, told: 125_400, currency: 'EUR' },
          ...(left !== undefined && { left }),
        },
      },
    });
    expect(apply(facts([part()], delivered()))).toEqual({ event: purchase(), issues: [] });
    expect(apply(facts([part()], delivered(75_000)))).toMatchObject({ left: 75_000, event: { commerce: { value: 75 } } });
    const again = apply(
      facts([part(25_400)], { ...delivered(100_000), ...returned({ sku: 'watch' }) }),
      purchase({ value: 40, currency: 'USD' }),
      purchase(),
    );
    expect(again).toMatchObject({ told: 125_400, left: 100_000, event: { commerce: { value: 100, currency: 'EUR' } } });
    expect(again?.event.commerce.items).toEqual([items[0]]);
  });
});
