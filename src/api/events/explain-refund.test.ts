import { expect, it } from 'vitest';
import { formatMoney } from '../../event/format-numbers.ts';
import { explainRefund, type RefundedOrder } from './explain-refund.ts';
import type { OutcomeView } from './schemas.ts';

const order = { total: 125_400, told: 125_400, currency: 'EUR' };
const before = formatMoney(125.4, 'EUR');
const part = (thousandths: number, currency = 'EUR') => ({ thousandths, currency });
const explain = (refunded: RefundedOrder, outcome: OutcomeView['outcome'] = 'unsupported') =>
  explainRefund({ connection: 'bing', outcome, says: 'Why.', issues: [] }, refunded).says;

it('a refund says what is left of the purchase that the connection delivered', () => {
  expect(explain({ order, refunds: [part(25_400)] })).toBe(
    `${formatMoney(100, 'EUR')} are left of the delivered purchase of ${before}. Why.`,
  );
  expect(explain({ order, refunds: [part(25_400), { currency: '' }] })).toBe(
    `Nothing is left of the delivered purchase of ${before}. Why.`,
  );
  expect(explain({ order, refunds: [part(0)] })).toBe(`Nothing of the delivered purchase of ${before} was paid back. Why.`);
  expect(explain({ order, refunds: [part(1, 'USD')] })).toBe(
    `The refund is in another currency than the delivered purchase of ${before}, so its remaining value is not known. Why.`,
  );
  expect(explain({ order: {}, refunds: [part(1)] })).toBe('The value of the delivered purchase is not known. Why.');
});

it('a refund says what is left of the purchase that the connection uploaded', () => {
  const refunds = [part(25_400)];
  const left = `${formatMoney(100, 'EUR')} are left of the purchase of ${before}.`;
  expect(explain({ order: { ...order, isUploaded: true }, refunds })).toBe(`${left} Why.`);
  expect(explain({ order: { ...order, isUploaded: true, left: 125_400 }, refunds })).toBe(
    `${left} The platform has ${before}. Why.`,
  );
});

it('a refund says that the connection delivered no purchase, and an unsettled one says nothing of it', () => {
  expect(explain({ refunds: [part(1)] })).toBe('Convey knows no purchase of the order that this connection delivered. Why.');
  expect(explain({ refunds: [part(1)] }, 'undelivered')).toBe('Why.');
});

it('a refund says why the remaining value is not known, and leaves the reason to the outcome if it has one', () => {
  const whys = [{ currency: 'EUR' }, { ...order, told: 0 }, order].map((one, index) =>
    explain({ order: one, refunds: [part(1, index === 2 ? 'USD' : 'EUR')] }),
  );
  expect(new Set(whys).size).toBe(3);
  const issues = [{ field: 'commerce.orderId', code: 'purchase-unverified', message: 'm' }];
  const outcome = { connection: 'bing', outcome: 'unsupported', says: 'Why.', issues } as const;
  expect(explainRefund(outcome, { refunds: [part(1)] }).says).toBe('Why.');
});

it('a refund that changed the purchase says what the platform has', () => {
  const reduced = { ...order, left: 100_000 };
  const left = `${formatMoney(100, 'EUR')} are left of the purchase of ${before}.`;
  expect(explain({ order: reduced, refunds: [part(25_400)] }, 'restated')).toBe(`${left} Why.`);
  expect(explain({ order: reduced, refunds: [part(25_400), part(10_000)] })).toBe(
    `${formatMoney(90, 'EUR')} are left of the purchase of ${before}. The platform has ${formatMoney(100, 'EUR')}. Why.`,
  );
  expect(explain({ order: reduced, refunds: [{ currency: '' }] })).toBe(
    `Nothing is left of the purchase of ${before}. The platform has ${formatMoney(100, 'EUR')}. Why.`,
  );
  expect(explain({ refunds: [{ currency: '' }] }, 'retracted')).toBe('Why.');
});
