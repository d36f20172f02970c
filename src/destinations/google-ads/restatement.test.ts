import { expect, it } from 'vitest';
import type { EnrichedEvent } from '../../event/event.ts';
import { dayMs } from '../../event/units.ts';
import { sha256 } from '../../identity/hashing.ts';
import { readFixture } from '../kit/fixtures.suite.ts';
import { googleAds } from './google-ads.ts';

const fixture = Object(readFixture(`${import.meta.dirname}/fixtures/settings.json`));
const settings = { ...fixture, conversions: { Purchase: '987654321 import' } };

function connect(more: object = {}) {
  const connected = googleAds.connect({ ...settings, ...more });
  if (!('platform' in connected)) throw new Error(JSON.stringify(connected.issues));
  const { restatement } = connected.platform;
  if (!restatement) throw new Error('Google takes restatements');
  return restatement;
}

const time = 1_795_514_400_000;
const purchase = (more: Partial<EnrichedEvent> = {}): EnrichedEvent => ({
  ...{ v: 1, site: 'shop', reporter: 'server', reporters: ['server'], name: 'Purchase', id: 'purchase-1001' },
  ...{ time, receivedAt: time, goal: {}, bot: false, warnings: [] },
  consent: { stated: 'unknown', effective: 'granted' },
  identity: { forms: { emailGoogle: sha256('jane') }, clickIds: { gclid: { value: 'Cj0KCQ', at: time - dayMs } } },
  commerce: { orderId: '1001', value: 75.4, currency: 'EUR', items: [{ id: 'sku', price: 9 }] },
  ...{ client: {}, page: {}, properties: {} },
  ...more,
});

it('a restatement has the transaction id, the action, the identifiers and the value that is left', () => {
  const mapped = connect({ merchantId: '7' }).map(purchase());
  expect(mapped).toMatchObject({
    payload: {
      productDestinationId: '987654321',
      transactionId: '1001',
      eventTimestamp: new Date(time).toISOString(),
      eventSource: 'WEB',
      ...{ conversionValue: 75.4, currency: 'EUR' },
      adIdentifiers: { gclid: 'Cj0KCQ' },
      userData: { userIdentifiers: [{ emailAddress: sha256('jane') }] },
      consent: { adUserData: 'CONSENT_GRANTED', adPersonalization: 'CONSENT_DENIED' },
    },
  });
  expect(mapped).not.toHaveProperty('payload.cartData');
});

it('the target of a purchase is its conversion action', () => {
  const { map, target } = connect();
  const mapped = map(purchase());
  expect('payload' in mapped && target(mapped.payload)).toBe('987654321');
  expect(target({})).toBeUndefined();
});

it('a purchase without an identifier is not restated', () => {
  expect(connect().map(purchase({ identity: { forms: {}, clickIds: {} } }))).toMatchObject({ skip: 'no-identifier' });
});
