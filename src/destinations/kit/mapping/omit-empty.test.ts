import { expect, test } from 'vitest';
import { omitEmpty } from './omit-empty.ts';

test('absent and blank values are removed', () => {
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

test('a removed value leaves no key', () => {
  expect(Object.keys(omitEmpty({ a: undefined, b: 'x' }))).toEqual(['b']);
});
