import { expect, test } from 'vitest';
import { omitEmpty } from './omit-empty.ts';

test('what is absent or blank is left out', () => {
  expect(omitEmpty({ missing: undefined, empty: '', blank: ' \n', noItems: [], nobody: {} })).toEqual({});
});

test('zero, false and null are values and stay', () => {
  expect(omitEmpty({ free: 0, no: false, nothing: null, list: [''], part: { a: undefined } })).toEqual({
    free: 0,
    no: false,
    nothing: null,
    list: [''],
    part: { a: undefined },
  });
});

test('a part that is left out leaves no key behind', () => {
  expect(Object.keys(omitEmpty({ a: undefined, b: 'x' }))).toEqual(['b']);
});
