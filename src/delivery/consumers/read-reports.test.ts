import { expect, it } from 'vitest';
import { type Event, reportSources } from '../../event/event.ts';
import { buildEvent } from '../delivery.fixture.ts';
import { readRefund } from './read-reports.ts';

const commerce = { orderId: '1001', value: 25.4, currency: 'EUR' };
const refund = (more: Partial<Event> = {}) => readRefund({ ...buildEvent('r-1', { name: 'Refund' }), commerce, ...more });

it('only servers and webhooks refund an order', () => {
  expect(reportSources.filter((reporter) => refund({ reporter }) !== undefined)).toEqual(['server', 'webhook']);
  expect(reportSources.filter((reporter) => refund({ reporter, name: 'OrderCancelled' }) !== undefined)).toEqual([
    'server',
    'webhook',
  ]);
});

it('a refund without a value, and a cancellation, are of the whole order', () => {
  const reporter = 'webhook';
  const { time } = buildEvent('r-1');
  const whole = { orderId: '1001', refundId: 'r-1', at: time, currency: '' };
  expect(refund({ reporter })).toEqual({ ...whole, thousandths: 25_400, currency: 'EUR' });
  expect(refund({ reporter, commerce: { orderId: '1001' } })).toEqual(whole);
  expect(refund({ reporter, name: 'OrderCancelled' })).toEqual(whole);
  // A part that is too large to be counted is no whole order.
  expect(refund({ reporter, commerce: { ...commerce, value: 1e13 } })).toBeUndefined();
  expect(refund({ reporter, addedBy: { rule: 'r', connection: 'bing' } })).toBeUndefined();
  for (const name of ['Purchase', 'OrderRefunded', 'Chargeback']) expect(refund({ reporter, name })).toBeUndefined();
  expect(refund({ reporter, commerce: { value: 1, currency: 'EUR' } })).toBeUndefined();
});
