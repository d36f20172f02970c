import { expect, it } from 'vitest';
import type { BoundDestination } from '../../destinations/kit/destination.ts';
import { dayMs } from '../../event/units.ts';
import type { DeliveredPurchase } from '../../storage/ports/order-ledger.ts';
import type { EventOutcome } from '../../storage/ports/outcomes.ts';
import { buildEvent, buildRecord, start } from '../delivery.fixture.ts';
import { mapTo } from '../tiny-platform.fixture.ts';
import { decideAdjustment, settleAdjustment } from './decide-adjustment.ts';
import type { OrderFacts } from './order-facts.ts';

const purchase: DeliveredPurchase = {
  ...{ eventId: 'purchase-1001', eventName: 'Purchase', time: start, total: 125_400, told: 125_400, currency: 'EUR' },
  ...{ target: 'action', uses: {}, forms: {}, clickIds: {} },
};
const facts = (more: Partial<DeliveredPurchase> = {}, rest: Partial<OrderFacts> = {}): OrderFacts => ({
  refunds: [{ orderId: '1001', refundId: 'r-1', at: start, thousandths: 25_400, currency: 'EUR' }],
  delivered: { orderId: '1001', offset: '1', isTrusted: true, purchase: { ...purchase, ...more } },
  ...{ purchases: [], reports: [], uploads: [] },
  ...rest,
});
const restatement: NonNullable<BoundDestination['restatement']> = {
  maxAgeMs: 45 * dayMs,
  map({ consent, commerce }) {
    const { adUserData = 'granted', adPersonalization = 'granted' } = consent;
    if (adUserData === 'denied') return { skip: 'consent-denied', issues: [] };
    return mapTo({ value: commerce.value ?? null, adPersonalization });
  },
  target: () => 'action',
};
const decide = (of: OrderFacts, now = start) =>
  decideAdjustment(of, { restatement }, { offset: '2', site: 'shop', now, eventId: 'r-1' });
const codesOf = (decided: ReturnType<typeof decide>) =>
  'outcome' in decided ? [decided.outcome, ...decided.issues.map(({ code }) => code)] : Object.keys(decided);
const report = (offset: string, outcome?: EventOutcome): OrderFacts['reports'][number] => ({
  ...{ record: buildRecord(offset, buildEvent(offset, { name: 'Refund' })), items: [] },
  ...(outcome && { stored: { offset, outcome, issues: [] } }),
});

it("a change of a purchase has the shopper's choices of its time", () => {
  const denied = decide(facts({ uses: { adPersonalization: 'denied' } }));
  expect(denied).toMatchObject({
    mapped: { payload: { value: 100, adPersonalization: 'denied' } },
    restated: { orderId: '1001', offset: '1', left: 100_000 },
  });
  expect(decide(facts())).toMatchObject({ mapped: { payload: { adPersonalization: 'granted' } } });
  expect(codesOf(decide(facts({ uses: { adUserData: 'denied' } })))).toEqual(['consent-denied']);
});

it('a purchase whose choices are not known is not changed', () => {
  const { uses: _, ...earlier } = purchase;
  const delivered = { orderId: '1001', offset: '1', isTrusted: true, purchase: earlier };
  expect(codesOf(decide(facts({}, { delivered })))).toEqual(['unsupported', 'choices-unknown']);
});

it('a purchase that is older than the platform changes is not changed', () => {
  expect(codesOf(decide(facts(), start + 45 * dayMs))).toEqual(['mapped', 'restated']);
  expect(codesOf(decide(facts(), start + 45 * dayMs + 1))).toEqual(['unsupported', 'purchase-too-old']);
});

it('a refund waits while the platform owes a verdict on another refund of the order', () => {
  expect(codesOf(decide(facts({}, { reports: [report('2'), report('3', 'awaiting-verdict')] })))).toEqual(['awaits']);
  expect(codesOf(decide(facts({}, { reports: [report('2', 'awaiting-verdict'), report('3', 'restated')] })))).toEqual([
    'mapped',
    'restated',
  ]);
});

it("a purchase that the platform's tag told, too, has no refund that was only deducted from the event", () => {
  const told = facts({ tagRan: true, left: 100_000 });
  expect(codesOf(settleAdjustment(told))).toEqual(['unsupported', 'sent-by-tag']);
  expect(codesOf(decide(told))).toEqual(['restated']);
  expect(codesOf(settleAdjustment(facts({ left: 100_000 })))).toEqual(['restated']);
});

it.each([
  ['delivered', ['unsupported', 'purchase-unknown']],
  ['unverified', ['unsupported', 'purchase-unverified']],
  ['browser-tag-sent-it', ['unsupported', 'sent-by-tag']],
  ['refunded', ['retracted']],
  [undefined, ['awaiting-purchase']],
  ['waiting', ['awaiting-purchase']],
  ['consent-denied', ['no-purchase']],
] as const)('the refund of a purchase that is %s, and not in the ledger, tells what the platform may have', (outcome, codes) => {
  const { delivered: _, ...unknown } = facts({}, { purchases: [{ offset: '1', ...(outcome && { outcome }) }] });
  expect(codesOf(decide(unknown))).toEqual(codes);
});

it('a refund waits for a purchase that no source has reported, as long as the refund is kept', () => {
  const { delivered: _, ...unknown } = facts();
  expect(codesOf(decide(unknown))).toEqual(['awaiting-purchase']);
  expect(codesOf(settleAdjustment(undefined))).toEqual(['no-purchase']);
});
