import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { adjustOrder, getRefunded } from './order-adjustment.ts';

const order = { total: 125_400, told: 125_400, currency: 'EUR' };
const part = (thousandths: number, currency = 'EUR') => ({ thousandths, currency });
const whole = { currency: '' };

describe('an order', () => {
  it('is restated to what remains after all refunds, and retracted when nothing remains', () => {
    expect(adjustOrder(order, [])).toEqual({ state: 'unchanged' });
    expect(adjustOrder(order, [part(0)])).toEqual({ state: 'unchanged' });
    expect(adjustOrder(order, [part(25_400)])).toEqual({ state: 'restated', thousandths: 100_000, currency: 'EUR' });
    expect(adjustOrder(order, [part(25_400), part(50_000)])).toMatchObject({ thousandths: 50_000 });
    for (const all of [[part(125_400)], [part(99_999_999)], [whole], [part(25_400), part(100_000)]])
      expect(adjustOrder(order, all)).toEqual({ state: 'retracted' });
  });

  it('has its whole value again when the refund that a platform has did not happen', () => {
    for (const left of [100_000, 0, 125_400])
      expect(adjustOrder({ ...order, left }, [part(0)])).toEqual({ state: 'restated', thousandths: 125_400, currency: 'EUR' });
    expect(adjustOrder({ ...order, left: 100_000 }, [part(0), part(400)])).toMatchObject({ thousandths: 125_000 });
  });

  it('is retracted once when it is cancelled and refunded, in any currency', () => {
    for (const refund of [part(125_400), part(10), part(10, 'USD')])
      expect(adjustOrder(order, [whole, refund])).toEqual({ state: 'retracted' });
    expect(adjustOrder({}, [whole])).toEqual({ state: 'retracted' });
  });

  it('is not changed by a refund in another currency, or without a known value', () => {
    expect(adjustOrder(order, [part(10), part(10, 'USD')])).toEqual({ state: 'unknown', reason: 'currency-differs' });
    const { told: _, ...untold } = order;
    for (const one of [{}, { ...order, total: 0 }])
      expect(adjustOrder(one, [part(10)])).toEqual({ state: 'unknown', reason: 'value-unknown' });
    for (const one of [untold, { ...order, told: -5 }, { ...order, told: 0 }])
      expect(adjustOrder(one, [part(10)])).toEqual({ state: 'unknown', reason: 'told-differs' });
    // The whole value is gone, whatever the platform was told.
    expect(adjustOrder(untold, [part(125_400)])).toEqual({ state: 'retracted' });
  });

  it('shrinks by the same share when a rule changed its value', () => {
    expect(adjustOrder({ ...order, total: 100_000, told: 20_000 }, [part(25_000)])).toMatchObject({ thousandths: 15_000 });
    expect(adjustOrder({ ...order, total: 100_000, told: 1 }, [part(99_000)])).toEqual({ state: 'retracted' });
  });

  it('has a part that was paid back, at most its value', () => {
    expect(getRefunded(125_400, 'EUR', [part(25_400), part(1)])).toBe(25_401);
    expect(getRefunded(125_400, 'EUR', [part(99_000), part(99_000)])).toBe(125_400);
    expect(getRefunded(125_400, 'EUR', [part(1), { currency: '' }])).toBe(125_400);
    expect(getRefunded(125_400, 'EUR', [part(1, 'USD')])).toBe(0);
    expect(getRefunded(-1, 'EUR', [{ currency: '' }])).toBe(0);
  });

  it('never remains with more than it was told, nor with a negative value', () => {
    const amount = fc.integer({ min: 0, max: 300_000 });
    fc.assert(
      fc.property(amount, amount, fc.array(amount, { maxLength: 5 }), (total, told, refunds) => {
        const result = adjustOrder(
          { total, told, currency: 'EUR' },
          refunds.map((one) => part(one)),
        );
        if (result.state === 'restated') expect(result.thousandths > 0 && result.thousandths <= told).toBe(true);
      }),
    );
  });
});
