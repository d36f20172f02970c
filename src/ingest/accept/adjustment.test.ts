import { describe, expect, it } from 'vitest';
import { browserContext, shop } from '../site.fixture.ts';
import { accepted, codes, rejected } from './accept.fixture.ts';

describe('a refund or cancellation', () => {
  const commerce = { orderId: '1001', value: '25.40', currency: 'usd' };
  const user = { email: 'jane@shop.example', anonymousId: 'a'.repeat(32) };

  it.each([
    ['Refund', 'Refund'],
    ['refund', 'Refund'],
    ['OrderRefunded', 'Refund'],
    ['OrderCancelled', 'OrderCancelled'],
    ['order_cancelled', 'OrderCancelled'],
  ])('%s is recorded as %s without personal data when a server reports it', (given, name) => {
    for (const reporter of ['server', 'webhook'] as const) {
      const event = accepted({ name: given, id: 'refund-901', commerce, user }, { requester: { reporter, gpc: false } });
      expect(event).toMatchObject({ name, id: 'refund-901', notSent: 'record-only', identity: { forms: {}, clickIds: {} } });
      expect(event.commerce).toEqual({ orderId: '1001', value: 25.4, currency: 'USD' });
      expect(codes(event)).toEqual([]);
    }
  });

  it('needs no consent, whatever the policy, because it is sent without personal data', () => {
    const site: typeof shop = { ...shop, consent: { policy: 'strict' } };
    const report = (name: string) => codes(accepted({ name, id: 'r-1', commerce }, { site }));
    expect(report('Lead')).toEqual(['consent consent-missing']);
    expect([report('Refund'), report('OrderCancelled')]).toEqual([[], []]);
  });

  it.each(['Refund', 'order_refunded', 'OrderCancelled'])('%s is refused when a browser reports it', (name) => {
    const { issues } = rejected({ name, id: 'r-1', commerce }, { requester: browserContext });
    expect(issues.map(({ field, code }) => `${field} ${code}`)).toEqual(['name adjustment-from-browser']);
  });

  it('is refused when it names no order', () => {
    for (const name of ['Refund', 'OrderCancelled'])
      expect(rejected({ name, commerce: { value: 1, currency: 'EUR' } }).issues).toEqual([
        expect.objectContaining({ field: 'commerce.orderId', code: 'order-missing' }),
      ]);
  });

  it('is never one of the whole order when its value cannot be read', () => {
    for (const value of ['much', -5, {}, '12,50'])
      expect(rejected({ name: 'Refund', commerce: { ...commerce, value } }).issues).toEqual([
        expect.objectContaining({ field: 'commerce.value', code: 'refund-value-invalid' }),
      ]);
    expect(rejected({ name: 'Refund', commerce: { orderId: '1001', value: 5 } }).issues).toEqual([
      expect.objectContaining({ field: 'commerce.value', code: 'refund-value-invalid' }),
    ]);
    const site = { ...shop, defaultCurrency: 'EUR' };
    expect(accepted({ name: 'Refund', id: 'r', commerce: { orderId: '1', value: 5 } }, { site }).commerce.currency).toBe('EUR');
  });

  it('has the id of its order when it is whole, and is warned about when a part has none', () => {
    const whole = { orderId: '1001' };
    expect(accepted({ name: 'Refund', commerce: whole })).toMatchObject({ id: 'refund-1001', warnings: [] });
    expect(accepted({ name: 'OrderCancelled', commerce })).toMatchObject({ id: 'cancelled-1001', warnings: [] });
    expect(codes(accepted({ name: 'Refund', commerce }))).toEqual(['id id-missing']);
  });
});
