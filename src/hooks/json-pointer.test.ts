import { describe, expect, it } from 'vitest';
import { parseJsonPointer, resolveJsonPointer } from './json-pointer.ts';

/** @source https://www.rfc-editor.org/rfc/rfc6901 (2013-04), section 5 */
const document = {
  foo: ['bar', 'baz'],
  '': 0,
  'a/b': 1,
  'c%d': 2,
  'e^f': 3,
  'g|h': 4,
  'i\\j': 5,
  'k"l': 6,
  ' ': 7,
  'm~n': 8,
};

describe('a JSON Pointer', () => {
  it.each([
    ['', document],
    ['/foo', ['bar', 'baz']],
    ['/foo/0', 'bar'],
    ['/', 0],
    ['/a~1b', 1],
    ['/c%d', 2],
    ['/e^f', 3],
    ['/g|h', 4],
    ['/i\\j', 5],
    ['/k"l', 6],
    ['/ ', 7],
    ['/m~0n', 8],
  ])('%j finds the value of the standard', (pointer, value) => {
    expect(resolveJsonPointer(document, pointer)).toEqual(value);
  });

  it.each(['/foo/-', '/foo/01', '/foo/2', '/foo/length', '/constructor', '/foo/0/length', '/__proto__', '/missing/x'])(
    '%j finds nothing',
    (pointer) => {
      expect(resolveJsonPointer(document, pointer)).toBeUndefined();
    },
  );

  it('decodes `~01` to `~1`', () => {
    expect(resolveJsonPointer({ '~1': 'here' }, '/~01')).toBe('here');
  });

  it.each(['foo', '/a~2', '/a~', `/${'x'.repeat(300)}`, '/x'.repeat(17)])('%j is refused', (pointer) => {
    expect(parseJsonPointer(pointer)).toBeUndefined();
    expect(resolveJsonPointer(document, pointer)).toBeUndefined();
  });
});
