import { expect, it, vi } from 'vitest';
import type { EnrichedEvent } from '../../event/event.ts';
import { buildEvent, createSha256 } from '../delivery.fixture.ts';
import { toDeliveredOrder } from './delivered-order.ts';

const forms = { emailPlain: createSha256('1'), phoneE164: createSha256('2'), firstNamePlain: createSha256('3') };
const clickIds = { msclkid: { value: 'a'.repeat(32), at: 1 } };
const event = (more: Partial<EnrichedEvent> = {}): EnrichedEvent => ({
  ...buildEvent('purchase-1001', { name: 'Purchase' }),
  commerce: { orderId: '1001', value: 125.4, currency: 'EUR' },
  identity: { forms, anonymousId: 'visitor', clickIds },
  reporters: ['browser', 'webhook'],
  ...more,
});
const order = (one = event(), told: EnrichedEvent | undefined = one) => toDeliveredOrder('7', 'acme', one, told);

it('an order has what a platform needs to find it again, and no other personal data', () => {
  const { time } = event();
  expect(order()).toEqual({
    ...{ orderId: '1001', offset: '7', isTrusted: true },
    purchase: {
      ...{ eventId: 'purchase-1001', eventName: 'Purchase', time, total: 125_400, told: 125_400, currency: 'EUR' },
      forms: { emailPlain: forms.emailPlain, phoneE164: forms.phoneE164 },
      ...{ anonymousId: 'visitor', clickIds, uses: {} },
    },
  });
});

it('an order knows what the platform was told, and whether its tag told it too', () => {
  const told = event({ name: 'Sale', time: 5, commerce: { value: 20, currency: 'EUR' } });
  expect(order(event(), told)?.purchase).toMatchObject({ eventName: 'Sale', time: 5, total: 125_400, told: 20_000 });
  const inDollars = order(event(), event({ commerce: { value: 20, currency: 'USD' } }))?.purchase;
  expect(inDollars).toMatchObject({ total: 125_400, currency: 'EUR' });
  expect(inDollars).not.toHaveProperty('told');
  expect(toDeliveredOrder('7', 'acme', event())?.purchase).not.toHaveProperty('told');
  expect(order(event({ page: { browserTags: { acme: 'ran', other: 'none' } } }))?.purchase.tagRan).toBe(true);
  expect(order(event({ page: { browserTags: { acme: 'blocked', other: 'ran' } } }))?.purchase).not.toHaveProperty('tagRan');
  expect(order(event({ reporters: ['browser'] }))?.isTrusted).toBe(false);
});

it("an order keeps the shopper's choices about single uses", () => {
  const consent = { stated: 'granted', effective: 'granted', adUserData: 'granted', adPersonalization: 'denied' } as const;
  expect(order(event({ consent }))?.purchase.uses).toEqual({ adUserData: 'granted', adPersonalization: 'denied' });
});

it.each([
  ['another event', { name: 'Lead' }],
  ['without an order id', { commerce: { value: 1, currency: 'EUR' } }],
  ['denied', { consent: { stated: 'denied', effective: 'denied' } }],
] as const)('an event that is %s is no order', (_, more) => {
  expect(order(event(more))).toBeUndefined();
});

it('the target of an order is looked up, and that of any other event is not', () => {
  const target = vi.fn(() => 'action');
  expect(toDeliveredOrder('7', 'acme', event(), undefined, { target })?.purchase.target).toBe('action');
  expect(target).toHaveBeenCalledOnce();
  toDeliveredOrder('8', 'acme', event({ name: 'Lead' }), undefined, { target });
  expect(target).toHaveBeenCalledOnce();
});
