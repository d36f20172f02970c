import { describe, expect, test } from 'vitest';
import { browserContext, shop } from '../site.fixture.ts';
import { accepted, codes, rejected } from './accept.fixture.ts';

describe('the body of an event', () => {
  test.each([null, 1, 'x', [], true])('is rejected when it is no object (%j)', (input) => {
    expect(rejected(input).issues).toMatchObject([{ field: '', code: 'not-an-object' }]);
  });

  test('may hold unknown keys, which are reported by their place and the nearest known keys', () => {
    const warnings = (submission: object) => accepted(submission).warnings.map(({ field, message }) => `${field}: ${message}`);
    const ignored = 'Must have known keys, so 1 key was ignored.';
    expect(warnings({ params: { bar: 1 }, user: { mail: 'jane.doe@customer.example' } })).toEqual([
      `: ${ignored} See the event reference for all keys.`,
      `user: ${ignored} Did you mean \`email\`?`,
    ]);
    expect(
      warnings({ commerce: { order_id: '1001', items: [{ cost: 1 }, { cost: 2, item_name: 'Clock', Brand: 'Hour House' }] } }),
    ).toEqual([
      `commerce: ${ignored} Did you mean \`orderId\`?`,
      `commerce.items: ${ignored} See the event reference for all keys.`,
    ]);
    expect(warnings({ browserIDs: {}, clickids: {}, user: { 'jane.doe@customer.example': 1 } })).toEqual([
      ': Must have known keys, so 2 keys were ignored. Did you mean `browserIds`, `clickIds`?',
      `user: ${ignored} See the event reference for all keys.`,
    ]);
  });

  test('with unknown keys from a browser has no warning', () => {
    expect(accepted({ foo: 1, user: { mail: 'x' } }, { requester: browserContext }).warnings).toEqual([]);
  });

  test('is rejected with all reasons at once, and with a valid id and name', () => {
    expect(rejected({ name: '1', id: 'x\u0000', time: 'x' }).issues.map(({ code }) => code)).toEqual([
      'name-invalid',
      'id-invalid',
      'time-unreadable',
    ]);
    expect(rejected({ name: 'page', id: 7, time: 'x' })).toMatchObject({ name: 'PageView', id: '7' });
  });
});

describe('the name of an event', () => {
  test.each([
    ['Order_Completed', 'Purchase'],
    ['PURCHASE', 'Purchase'],
    [' page ', 'PageView'],
    ['MyEvent', 'MyEvent'],
  ])('%j becomes %s', (name, canonical) => {
    expect(accepted({ name }).name).toBe(canonical);
  });

  test.each([
    [undefined, 'name-missing'],
    ['', 'name-missing'],
    [7, 'name-invalid'],
    ['$identify', 'name-invalid'],
    ['a b', 'name-invalid'],
    ['a'.repeat(101), 'name-invalid'],
  ])('%j rejects the event', (name, code) => {
    expect(rejected({ name }).issues).toMatchObject([{ field: 'name', code }]);
  });

  test.each(['Call_14255551234', 'jane_doe_shop_example'])(
    "rejects the event when it is the shopper's, and is not kept (%s)",
    (name) => {
      const rejection = rejected({ name, id: 'a', user: { email: 'jane.doe@shop.example', phone: '+1 425 555 1234' } });
      expect(rejection).toMatchObject({ id: 'a', issues: [{ field: 'name', code: 'name-is-personal' }] });
      expect(JSON.stringify(rejection)).not.toContain(name);
      expect(accepted({ name }).name).toBe(name);
    },
  );

  test('is never personal when it is a standard name', () => {
    expect(accepted({ name: 'page_view', user: { email: 'page@view' } }).name).toBe('PageView');
  });
});

describe('money', () => {
  test('is read from numbers and numeric strings', () => {
    const items = [{ id: 7, price: '99.90', quantity: '2' }, { price: 0.1 + 0.2, quantity: 1.5 }, 'x'];
    const event = accepted({ commerce: { value: '125.40', currency: ' eur ', items } });
    expect(event.commerce).toEqual({
      value: 125.4,
      currency: 'EUR',
      items: [{ id: '7', price: 99.9, quantity: 2 }, { price: 0.1 + 0.2 }],
    });
    expect(codes(event)).toEqual(['commerce.items.1.quantity malformed', 'commerce.items.2 wrong-type']);
  });

  test('below zero is kept with a warning on a purchase', () => {
    const commerce = { value: -5, currency: 'USD' };
    expect(codes(accepted({ commerce }))).toEqual(['commerce.value value-negative']);
    expect(accepted({ commerce }).commerce).toEqual(commerce);
    expect(codes(accepted({ name: 'Chargeback', commerce }))).toEqual([]);
  });

  test("takes the site's currency when it has none", () => {
    const site = { ...shop, defaultCurrency: 'USD' };
    expect(accepted({ commerce: { value: 1 } }, { site }).commerce).toEqual({ value: 1, currency: 'USD' });
    expect(accepted({ commerce: { value: 1, currency: 'EUR' } }, { site }).commerce.currency).toBe('EUR');
    expect(accepted({ commerce: { items: [{ price: 1 }] } }, { site }).commerce.currency).toBe('USD');
    expect(accepted({ commerce: { orderId: '1' } }, { site }).commerce).toEqual({ orderId: '1' });
  });

  test('is dropped with a warning without any currency', () => {
    const event = accepted({ commerce: { value: 1, orderId: '1' } });
    expect(event.commerce).toEqual({ orderId: '1' });
    expect(codes(event)).toEqual(['commerce.currency currency-missing']);
  });

  test.each(['1,50', 'USD 5', {}, true, Number.POSITIVE_INFINITY, '1e5'])(
    'loses only the value when that is no number (%j)',
    (value) => {
      const event = accepted({ commerce: { value, currency: 'USD', orderId: '1' } });
      expect(event.commerce).toEqual({ currency: 'USD', orderId: '1' });
      expect(event.warnings).toHaveLength(1);
    },
  );

  test("is dropped when it is the shopper's phone number in the wrong field", () => {
    const event = accepted({
      user: { phone: '+1 425 555 1234' },
      goal: { value: 14255551234 },
      commerce: {
        value: '4255551234',
        currency: 'USD',
        items: [{ price: 4255551234, quantity: 14255551234 }, { price: 4255551 }],
        hotel: { totalPrice: 4255551234, basePrice: 4255551235 },
      },
    });
    expect(event.goal).toEqual({});
    expect(event.commerce).toEqual({ currency: 'USD', items: [{}, { price: 4255551 }], hotel: { basePrice: 4255551235 } });
    expect(codes(event)).toEqual([
      'commerce.value personal-removed',
      'commerce.items.0.price personal-removed',
      'commerce.items.0.quantity personal-removed',
      'commerce.hotel.totalPrice personal-removed',
      'goal.value personal-removed',
    ]);
  });

  test("includes a hotel's dates and nights", () => {
    const hotel = {
      totalPrice: '250.5',
      basePrice: 200,
      checkinDate: '2026-12-01',
      checkoutDate: '2026-02-30',
      lengthOfStay: '4',
      partnerHotelId: 9,
      bookingHref: 'b1',
    };
    const event = accepted({ commerce: { currency: 'USD', hotel } });
    expect(event.commerce.hotel).toEqual({
      totalPrice: 250.5,
      basePrice: 200,
      checkinDate: '2026-12-01',
      lengthOfStay: 4,
      partnerHotelId: '9',
      bookingHref: 'b1',
    });
    expect(codes(event)).toEqual(['commerce.hotel.checkoutDate malformed']);
  });

  test('has at most 200 items', () => {
    const event = accepted({ commerce: { items: Array.from({ length: 201 }, (_, id) => ({ id })) } });
    expect(event.commerce.items).toHaveLength(200);
    expect(codes(event)).toEqual(['commerce.items too-many']);
  });
});

describe('properties', () => {
  test('lose keys that reach a prototype, and entries beyond a bound', () => {
    const input: unknown = JSON.parse(
      '{"__proto__":{"polluted":1},"constructor":1,"a":{"prototype":1,"b":[1,null,1e400]},"big":1}',
    );
    const event = accepted({ properties: Object.assign(Object(input), { big: 'x'.repeat(9_000), ['k'.repeat(129)]: 1 }) });
    expect(JSON.stringify(event.properties)).toBe('{"a":{"b":[1,null,null]}}');
    expect(codes(event)).toEqual(['properties over-bounds']);
    expect({}).not.toHaveProperty('polluted');
  });

  test('hold at most 2,000 keys', () => {
    const event = accepted({ properties: Object.fromEntries(Array.from({ length: 2_500 }, (_, n) => [`k${n}`, n])) });
    expect(Object.keys(event.properties)).toHaveLength(2_000);
    expect(codes(event)).toEqual(['properties over-bounds']);
  });

  test('hold lists and numbers within the same allowance as texts', () => {
    const sizes = [Array(300_000).fill(1), Array(300_000).fill([])].map((list: unknown[]) => {
      const event = accepted({ properties: { list } });
      expect(codes(event)).toEqual(['properties over-bounds']);
      return JSON.stringify(event.properties).length;
    });
    expect(Math.max(...sizes)).toBeLessThan(400_000);
    expect(accepted({ properties: { list: Array(1_000).fill(123.45) } }).warnings).toEqual([]);
  });

  test('share one allowance with all other texts of the event', () => {
    const event = accepted({
      properties: Object.fromEntries(Array.from({ length: 100 }, (_, n) => [`k${n}`, 'x'.repeat(8_000)])),
    });
    expect(JSON.stringify(event).length).toBeLessThan(140_000);
    expect(codes(event)).toEqual(['properties over-bounds']);
  });

  test('are dropped when they are no object', () => {
    expect(codes(accepted({ properties: [1] }))).toEqual(['properties wrong-type']);
  });
});
