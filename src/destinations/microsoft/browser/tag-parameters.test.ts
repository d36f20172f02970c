import { describe, expect, test } from 'vitest';
import { pageTypes } from '../../../event/event.ts';
import type { Fields, Report } from '../../../pixel/browser-report.ts';
import { toTagParameters } from './tag-parameters.ts';

const settings = { mode: 'load', tagId: '1', script: '', queue: 'uetq', events: {}, itemId: '{id}', pageTypes } as const;
function getParameters(report: Partial<Report>, event: Parameters<typeof toTagParameters>[1] = {}, more: object = {}): Fields {
  return toTagParameters({ id: 'e-1', time: 0, page: {}, ...report }, event, { ...settings, ...more });
}
const ofCommerce = (commerce: Fields, pageType?: 'cart' | 'product') =>
  getParameters({ commerce }, { name: 'x', ...(pageType && { pageType }) });

test('an event without fields has only its id', () => {
  expect(getParameters({})).toEqual({ event_id: 'e-1' });
});

describe('an amount', () => {
  test.each([
    [125.4, 125.4],
    ['125.40', 125.4],
    [0, 0],
    [0.1 + 0.2, 0.3],
    [62.70049, 62.7],
    [999_999_999_999, 999_999_999_999],
  ])('%j is sent as %j', (value, expected) => {
    expect(ofCommerce({ value, currency: 'eur' })).toMatchObject({ revenue_value: expected, currency: 'EUR' });
  });

  test.each([-1, 1e12, Number.NaN, 'many', '', ' ', null, [], {}, undefined])('%j is omitted', (value) => {
    expect(ofCommerce({ value, currency: 'EUR' })).toEqual({ event_id: 'e-1', currency: 'EUR' });
  });

  test("is sent only with a currency, which may be the shop's default", () => {
    expect(ofCommerce({ value: 1 })).toEqual({ event_id: 'e-1' });
    expect(ofCommerce({ value: 1, currency: 'EURO' })).toEqual({ event_id: 'e-1' });
    expect(getParameters({ commerce: { value: 1 } }, {}, { currency: 'USD' })).toEqual({
      event_id: 'e-1',
      revenue_value: 1,
      currency: 'USD',
    });
  });

  test('is the total of a cart and of a purchase', () => {
    expect(ofCommerce({ value: 1, currency: 'USD' }, 'cart')).toMatchObject({ ecomm_pagetype: 'cart', ecomm_totalvalue: 1 });
    expect(ofCommerce({ value: 1, currency: 'USD' }, 'product')).not.toHaveProperty('ecomm_totalvalue');
  });
});

describe('items', () => {
  test('are sent completely, with their plain ids next to the page type', () => {
    const items = [
      { id: 'sku-1', name: 'Wall clock', price: '62.70', quantity: 2 },
      { id: 'shopify_US_1' },
      { id: 'x'.repeat(51) },
    ];
    expect(ofCommerce({ items }, 'cart')).toEqual({
      event_id: 'e-1',
      ecomm_pagetype: 'cart',
      ecomm_prodid: ['sku-1'],
      items: [{ id: 'sku-1', name: 'Wall clock', price: 62.7, quantity: 2 }, { id: 'shopify_US_1' }, { id: 'x'.repeat(51) }],
    });
    expect(ofCommerce({ items })).not.toHaveProperty('ecomm_prodid');
    expect(ofCommerce({ items: [{ id: 'a_b' }] }, 'cart')).not.toHaveProperty('ecomm_prodid');
  });

  test('have the ids of the catalogue', () => {
    const items = [{ id: '7', sku: 'W-7', variantId: 8 }, { id: '9' }];
    expect(getParameters({ commerce: { items } }, {}, { itemId: 'eu-{sku}-{variantId}' }).items).toEqual([
      { id: 'eu-W-7-8' },
      { id: '9' },
    ]);
  });

  test.each([null, 'sku1', 7, {}])('are omitted when they are no list: %j', (items) => {
    expect(ofCommerce({ items })).toEqual({ event_id: 'e-1' });
    expect(ofCommerce({ items: [items] })).toHaveProperty('items');
  });
});

test.each([
  ['Product', 'product'],
  ['checkout', 'cart'],
  [undefined, 'cart'],
])('the page type %j is sent as %j: the tag throws on others', (pageType, expected) => {
  expect(ofCommerce({ pageType }, 'cart').ecomm_pagetype).toBe(expected);
});

test('the fields of a goal and the search term are sent', () => {
  expect(
    getParameters({
      goal: { category: 'forms', label: 'contact', value: '3' },
      commerce: { searchTerm: 'wall clock', category: 'c-1', orderId: 1001 },
    }),
  ).toEqual({
    event_id: 'e-1',
    event_category: 'forms',
    event_label: 'contact',
    event_value: 3,
    search_term: 'wall clock',
    ecomm_category: 'c-1',
    transaction_id: '1001',
  });
});

test('an id that holds an e-mail address is not sent', () => {
  expect(getParameters({ id: 'jane@shop.example' })).toEqual({});
});

test('no text is sent that may be an e-mail address, or that is a placeholder', () => {
  const text = (searchTerm: unknown) => ofCommerce({ searchTerm });
  for (const bad of ['jane@shop.example', 'jane%40shop.example', 'null', 'undefined', {}, ' ', null])
    expect(text(bad)).toEqual({ event_id: 'e-1' });
});

describe('a booking', () => {
  const hotel = {
    totalPrice: 250.5,
    basePrice: 200,
    checkinDate: '2026-12-01',
    checkoutDate: '2026-12-05',
    lengthOfStay: 4,
    partnerHotelId: 'h1',
    bookingHref: 'b1',
  };

  test("is sent in the tag's parameters", () => {
    expect(ofCommerce({ hotel, currency: 'EUR' })).toEqual({
      event_id: 'e-1',
      currency: 'EUR',
      hct_total_price: 250.5,
      hct_base_price: 200,
      hct_checkin_date: '2026-12-01',
      hct_checkout_date: '2026-12-05',
      hct_length_of_stay: '4',
      hct_partner_hotel_id: 'h1',
      hct_booking_xref: 'b1',
    });
  });

  test('is omitted without its total price or a currency, and so is a part that the tag throws on', () => {
    expect(ofCommerce({ hotel })).toEqual({ event_id: 'e-1' });
    expect(ofCommerce({ hotel: { ...hotel, totalPrice: 'free' }, currency: 'EUR' })).toEqual({
      event_id: 'e-1',
      currency: 'EUR',
    });
    const odd = { totalPrice: 1, checkinDate: '1.12.2026', lengthOfStay: 31, partnerHotelId: 'h_1', bookingHref: '' };
    expect(ofCommerce({ hotel: odd, currency: 'EUR' })).toEqual({ event_id: 'e-1', currency: 'EUR', hct_total_price: 1 });
  });
});

describe('the person', () => {
  const hash = 'A'.repeat(64);
  test.each([
    [
      { email: ' Jane.Doe+x@Example.com ', phone: '+1 (425) 555-1234' },
      { em: 'Jane.Doe+x@Example.com', ph: '+14255551234' },
    ],
    [
      { emailSha256: hash, phoneSha256: hash },
      { em: hash, ph: hash },
    ],
    [
      { email: hash, phone: hash },
      { em: hash, ph: hash },
    ],
    [
      { email: `${hash}.AQQCAQAA`, phoneSha256: `${hash}.Bg` },
      { em: hash, ph: hash },
    ],
    [{ emailSha256: `${hash}.`, phoneSha256: `${hash}.with space` }, undefined],
    [{ phone: '(425) 555-1234', externalId: 'cust-7' }, undefined],
    [{ email: 'null', phone: null }, undefined],
    [{}, undefined],
  ])('%j is sent as %j', (user, pid) => {
    expect(getParameters({ user }).pid).toEqual(pid);
  });
});
