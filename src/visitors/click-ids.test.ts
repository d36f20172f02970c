import { describe, expect, test } from 'vitest';
import { canonicalClickIdName, findCookieClickIds, findUrlClickIds, readClickId } from './click-ids.ts';
import { readAnonymousId } from './visitor-id.ts';

const id = '292049a17e2413e3a4081719e839afe6';

describe('an msclkid', () => {
  test.each([
    [id, id],
    [`_uet${id}`, id],
    [`_UET${id.toUpperCase()}`, id],
    ['cdd4afcccb1c9a4cad9544dd7e5006d5-1', 'cdd4afcccb1c9a4cad9544dd7e5006d5'],
    [`${id}-0`, id],
    [`${id}-1N`, id],
    ['DD4AFCCCB1C94A4CAD9544DD7E5006AB', 'dd4afcccb1c94a4cad9544dd7e5006ab'],
    ['dd4afccc-b1c9-4a4c-ad95-44dd7e5006ab', 'dd4afcccb1c94a4cad9544dd7e5006ab'],
    ['{DD4AFCCC-B1C9-4A4C-AD95-44DD7E5006AB}', 'dd4afcccb1c94a4cad9544dd7e5006ab'],
    [` ${id} `, id],
  ])('is stored as 32 lower-case digits when written as %j', (input, stored) => {
    expect(readClickId('msclkid', input)).toBe(stored);
  });

  test.each(['N', 'dd4afcccb1c9a4cad9544dd7e5006', 'test', '', `${id}-2`, `${id}0`, `uet${id}`, 'g'.repeat(32)])(
    'is ignored when it is %j',
    (input) => {
      expect(readClickId('msclkid', input)).toBeUndefined();
    },
  );
});

describe('the click ids of other platforms', () => {
  test('keep their bytes', () => {
    expect(readClickId('gclid', 'Cj0KCQ_aB-c.D')).toBe('Cj0KCQ_aB-c.D');
  });

  test.each(['', 'a b', 'é', 'a\u0000b', 'x'.repeat(513)])(
    'are ignored when unprintable or over 512 characters (%#)',
    (input) => {
      expect(readClickId('gclid', input)).toBeUndefined();
    },
  );

  test('may have a bound of their own', () => {
    const long = `E.C.P.${'q'.repeat(2_042)}`;
    expect(readClickId('ttclid', long)).toBe(long);
    expect(readClickId('ttclid', `${long}q`)).toBeUndefined();
    expect(findUrlClickIds(`https://shop.example/?a=1&ttclid=${long}&b=2`).get('ttclid')).toBe(long);
    expect(findCookieClickIds({ ttclid: long }).get('ttclid')).toEqual({ value: long });
  });

  test('have names in any case, and other names are unknown', () => {
    expect(canonicalClickIdName('ScCid')).toBe('sccid');
    expect(canonicalClickIdName('utm_source')).toBeUndefined();
    expect(canonicalClickIdName('__proto__')).toBeUndefined();
  });
});

describe('a landing page URL', () => {
  test('yields click ids from parameters in any case', () => {
    const found = findUrlClickIds(`https://shop.example/?a=1&MSCLKID=${id}&ScCid=AbC&fbclid=IwAR%2Bx+y&irclid=q#gclid=no`);
    expect(Object.fromEntries(found)).toEqual({ msclkid: id, sccid: 'AbC', fbclid: 'IwAR+x+y', irclickid: 'q' });
  });

  test('yields a later valid value when an earlier one is malformed', () => {
    expect(findUrlClickIds(`https://shop.example/?msclkid=N&msclkid=${id}&msclkid=${'0'.repeat(32)}`).get('msclkid')).toBe(id);
  });

  test('yields click ids despite broken percent signs', () => {
    expect(findUrlClickIds('https://shop.example/?gclid=50%').get('gclid')).toBe('50%');
  });

  test('yields nothing without a query', () => {
    expect(findUrlClickIds('https://shop.example/#?gclid=x').size).toBe(0);
  });
});

test('platform cookies yield click ids, with a time if the cookie has one', () => {
  const found = findCookieClickIds({
    _uetmsclkid: `_uet${id}`,
    _gcl_aw: 'GCL.1790000000.Cj0.x',
    _fbc: 'fb.1.1790000000123.IwAR',
    _epik: '',
    other: 'x',
  });
  expect(Object.fromEntries(found)).toEqual({
    msclkid: { value: id },
    gclid: { value: 'Cj0.x', at: 1_790_000_000_000 },
    fbclid: { value: 'fb.1.1790000000123.IwAR', at: 1_790_000_000_123 },
  });
});

test('a platform cookie in another format yields nothing', () => {
  expect(findCookieClickIds({ _gcl_aw: 'Cj0', _fbc: 'IwAR', _uetmsclkid: 'N' }).size).toBe(0);
});

test('a visitor id has 1 to 128 printable characters', () => {
  expect(readAnonymousId(' a.B-1 ')).toBe('a.B-1');
  expect(readAnonymousId('a b')).toBeUndefined();
  expect(readAnonymousId('x'.repeat(129))).toBeUndefined();
  expect(readAnonymousId(' ')).toBeUndefined();
});
