import { expect, it } from 'vitest';
import { readBeacon } from './parse-beacon.ts';

it('a beacon is read with the names of the Data Manager API', () => {
  const parameters = {
    label: 'AbC',
    oid: '1001',
    value: '59.9',
    currency_code: 'EUR',
    fst: '1795771800000',
    gclid: 'Cj0',
    gcs: 'G111',
    ud: '1',
    pers: '0',
    mid: '77',
    item: '(sku1*9.99*2)(sku2**)',
  };
  expect(readBeacon('123456789', parameters, 'Mozilla/5.0')).toEqual({
    sendTo: 'AW-123456789/AbC',
    parameters,
    isCookieless: false,
    event: {
      transactionId: '1001',
      eventTimestamp: '2026-11-27T09:30:00.000Z',
      eventSource: 'WEB',
      conversionValue: 59.9,
      currency: 'EUR',
      adIdentifiers: { gclid: 'Cj0' },
      consent: { adUserData: 'CONSENT_GRANTED', adPersonalization: 'CONSENT_DENIED' },
      eventDeviceInfo: { userAgent: 'Mozilla/5.0' },
      cartData: {
        merchantId: '77',
        items: [{ merchantProductId: 'sku1', unitPrice: 9.99, quantity: '2' }, { merchantProductId: 'sku2' }],
      },
    },
  });
});

it('a malformed beacon has no value and no time', () => {
  const { sendTo, event, isCookieless } = readBeacon(
    '1',
    { fst: '9e99', value: 'much', gcs: 'G100', constructor: 'x' },
    undefined,
  );
  expect({ sendTo, event, isCookieless }).toEqual({ sendTo: 'AW-1/', event: { eventSource: 'WEB' }, isCookieless: true });
});
