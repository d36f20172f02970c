import { expect, test } from 'vitest';
import { resolveJsonPointer } from './json-pointer.ts';
import { listBodyPlaces } from './list-places.ts';

const body = {
  type: 'order.paid',
  id: 4711,
  at: '2026-12-01T10:00:00Z',
  customer: { email: 'jane@shop.example', first_name: 'Jane', phone: '+49 30 123456', zip: 10_115, vip: true },
  'a/b': { 'm~n': null },
  lines: [{ sku: 'tea-1', title: 'Green tea for Jane' }, { sku: 'tea-2' }, { sku: 'tea-3' }, { sku: 'tea-4' }],
  contact: '0301234567',
  who: 'jane@shop.example',
  'jane@shop.example': 1,
  url: 'https://shop.example/orders/4711?email=jane',
};

test('places of a body have pointers that find their values', () => {
  const places = listBodyPlaces(body);
  for (const { at } of places) expect(resolveJsonPointer(body, at)).not.toBeUndefined();
  expect(places.map(({ at }) => at)).toEqual([
    ...['/type', '/id', '/at', '/customer/email', '/customer/first_name', '/customer/phone', '/customer/zip', '/customer/vip'],
    ...['/a~1b/m~0n', '/lines/0/sku', '/lines/0/title', '/lines/1/sku', '/lines/2/sku', '/contact', '/who', '/url'],
  ]);
});

test('values of a person are described, and codes are shown', () => {
  const shown = Object.fromEntries(listBodyPlaces(body).map(({ at, value }) => [at, value]));
  expect(shown).toMatchObject({
    '/type': 'order.paid',
    '/id': '4711',
    '/at': '2026-12-01T10:00:00Z',
    '/customer/email': 'an e-mail address',
    '/customer/first_name': 'text of 4 characters',
    '/customer/zip': 'a number',
    '/customer/vip': 'true',
    '/lines/0/sku': 'tea-1',
    '/contact': 'a number or phone',
    '/who': 'an e-mail address',
  });
  const all = JSON.stringify(listBodyPlaces(body));
  for (const personal of ['jane', 'Jane', '123456', '10115']) expect(all).not.toContain(personal);
});

test('a large body has a bounded list of places', () => {
  expect(
    listBodyPlaces({ list: Object.fromEntries(Array.from({ length: 5_000 }, (_, index) => [`k${index}`, index])) }),
  ).toHaveLength(300);
});
