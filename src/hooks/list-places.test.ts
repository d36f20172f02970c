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

test('data of a person under a name that reveals nothing is described', () => {
  const values = {
    ...{ number: 14_155_551_234, uri: 'tel:+14155551234', ref: '0049301234567', key: 'a'.repeat(64), peer: '2001:db8::7' },
    ...{ chat: 4_155_551_234, gclid: 'EAIaIQobChMI', visitor_id: 'v-17', 4155551234: 'x' },
  };
  const places = listBodyPlaces(values);
  expect(places.map(({ at }) => at)).toEqual(['/number', '/uri', '/ref', '/key', '/peer', '/chat', '/gclid', '/visitor_id']);
  expect(places.filter(({ isMasked }) => !isMasked)).toEqual([]);
  const times = { created_at: 1_764_738_000, timestamp: 1_764_738_000_123, at: '2026-12-01T10:00:00Z', order: 'ord-1001' };
  expect(listBodyPlaces(times).map(({ value }) => value)).toEqual(Object.values(times).map(String));
});

test('an account number and a web address with a key are described by their form', () => {
  const hidden = {
    account: 'DE89370400440532013000',
    other: 'GB29NWBK60161331926819',
    cancel: 'https://calendar.example/cancellations/0f3b9c1e-5d2a-4f60-9a7b-1c2d3e4f5a6b',
    confirm: 'https://shop.example/confirm/aZ81kfmPq07Xw2LtVb5s/now',
  };
  expect(listBodyPlaces(hidden).filter(({ isMasked }) => !isMasked)).toEqual([]);
  const shown = { sku: 'CLK-2026-OAK', order: 'R29NWBK6016', page: 'https://shop.example/clocks/a-wall-clock-for-every-room' };
  expect(listBodyPlaces(shown).map(({ value }) => value)).toEqual(Object.values(shown));
});

test('a long text is described in a moment, whatever it has', () => {
  const before = performance.now();
  expect(listBodyPlaces({ who: `a@${'.'.repeat(200_000)} ` })).toEqual([
    { at: '/who', value: 'text of 200003 characters', isMasked: true },
  ]);
  expect(performance.now() - before).toBeLessThan(1_000);
});

test('a large body has a bounded list of places', () => {
  expect(
    listBodyPlaces({ list: Object.fromEntries(Array.from({ length: 5_000 }, (_, index) => [`k${index}`, index])) }),
  ).toHaveLength(300);
});
