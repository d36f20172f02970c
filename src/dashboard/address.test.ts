import { describe, expect, test } from 'vitest';
import { eventPart, readSearch, writeSearch } from './address.ts';

describe('the query of an address', () => {
  test('repeats a key for each value, and is read back as it was', () => {
    const search = { event: ['Purchase', 'Lead'], text: 'a&b=c +%', since: '17', none: undefined };
    expect(writeSearch(search)).toBe('?event=Purchase&event=Lead&text=a%26b%3Dc+%2B%25&since=17');
    expect(readSearch(writeSearch(search))).toEqual({ event: ['Purchase', 'Lead'], text: 'a&b=c +%', since: '17' });
  });

  test('is empty where nothing is asked', () => {
    expect(writeSearch({ event: [], text: undefined })).toBe('');
    expect(readSearch('')).toEqual({});
  });

  test('sets no prototype', () => {
    const read = readSearch('?__proto__=1');
    expect(Object.getPrototypeOf(read)).toBe(Object.prototype);
  });
});

test('every id of an event has an address of its own, also one of dots', () => {
  const ids = ['.', '..', '...', '~', '~.', '~..', '~~.', '~x', 'a/b', '50%', 'order.1'];
  const parts = ids.map(eventPart.write);
  expect(new Set(parts).size).toBe(ids.length);
  expect(parts).not.toContain('.');
  expect(parts).not.toContain('..');
  expect(parts.map(eventPart.read)).toEqual(ids);
});
