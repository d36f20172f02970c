import { describe, expect, test } from 'vitest';
import { getOwnNames, removeNamesFromProperty, removeNamesFromQuery, removeOwnNames } from './own-names.ts';

const names = getOwnNames({ firstName: 'Rose Anne', lastName: "O'Brien-Müller", address: { street: '12 Main Street' } });

describe("the shopper's own names", () => {
  test.each([
    ['Thank you, Rose!', 'Thank you, [removed]!'],
    ['ROSE ANNE has ordered', '[removed] has ordered'],
    ["For O'Brien-Müller (rose_anne)", 'For [removed] ([removed])'],
    ['Delivery to 12 main  street', 'Delivery to [removed]'],
    ['Order of Mrs Mu\u0308ller', 'Order of Mrs [removed]'],
    ['Primrose, roses and a main street', 'Primrose, roses and a main street'],
  ])('are removed from %j as whole words', (text, clean) => {
    expect(removeOwnNames(text, names)).toBe(clean);
  });

  test.each([
    ['/p/rose-clock?q=rose&utm_campaign=spring', '/p/rose-clock?q=[removed]&utm_campaign=spring'],
    ['/thanks?n=Rose+Anne&to=12%20Main%20Street', '/thanks?n=[removed]&to=[removed]'],
    ['/thanks?n=Frau%20M%C3%BCller&m=M%FCller', '/thanks?n=Frau%20[removed]&m=[removed]'],
    ['/thanks?next=%2Fa%253Fname%253DRose%2526b%253D1', '/thanks?next=%2Fa%3Fname%3D[removed]%26b%3D1'],
    ['/?rose', '/?[removed]'],
    ['/#/p/rose-clock?n=Rose', '/#/p/rose-clock?n=[removed]'],
    ['/#n=rose;m=1', '/#n=[removed];m=1'],
    ['/?rose=1&a=%', '/?rose=1&a=%'],
    ['/rose-anne', '/rose-anne'],
  ])('are removed from the values of the query of %j, and from no path', (url, clean) => {
    expect(removeNamesFromQuery(url, names)).toBe(clean);
  });

  test('are removed from a property, and if it is an address from its query alone', () => {
    expect(removeNamesFromProperty('gift for Rose', names)).toBe('gift for [removed]');
    expect(removeNamesFromProperty('https://shop.example/rose?for=Rose', names)).toBe('https://shop.example/rose?for=[removed]');
  });

  test.each([{}, { firstName: 'Jo', lastName: 'Li 22' }, { firstName: 'a'.repeat(64) }, { address: { street: '1234' } }])(
    'are not searched for if they are short or hashed: %j',
    (user) => {
      expect(getOwnNames(user)?.()).toBeUndefined();
    },
  );

  test('are prepared once, for the first text that needs them', () => {
    let reads = 0;
    const user = {
      firstName: 'Rose',
      address: {
        get street() {
          reads++;
          return '12 Main Street';
        },
      },
    };
    const found = getOwnNames(user);
    const before = reads;
    expect(removeNamesFromQuery('https://shop.example/rose', found)).toBe('https://shop.example/rose');
    expect(reads).toBe(before);
    expect(removeOwnNames('for Rose', found)).toBe('for [removed]');
    expect(reads).toBeGreaterThan(before);
    expect(found?.()).toBe(found?.());
  });

  test.each(['Rose ', '%', '?a=%25', '?rose', '12 main ', '+'])('are searched for in a long text of %j', (text) => {
    // Work that grows faster than the text would exceed the test's time.
    const long = text.repeat(400_000 / text.length);
    for (const clean of [removeOwnNames(long, names), removeNamesFromQuery(`?a=${long}`, names)])
      expect(clean).not.toMatch(/rose/i);
  });
});
