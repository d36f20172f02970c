import { describe, expect, test } from 'vitest';
import { eventIdSegment, formatSearch, parseSearch } from './search-params.ts';

describe('the query of an address', () => {
  test('repeats a key for each value, and is read back as it was', () => {
    const search = { event: ['Purchase', 'Lead'], text: 'a&b=c +%', since: '17', none: undefined };
    expect(formatSearch(search)).toBe('?event=Purchase&event=Lead&text=a%26b%3Dc+%2B%25&since=17');
    expect(parseSearch(formatSearch(search))).toEqual({ event: ['Purchase', 'Lead'], text: 'a&b=c +%', since: '17' });
  });

  test('is empty where nothing is asked', () => {
    expect(formatSearch({ event: [], text: undefined })).toBe('');
    expect(parseSearch('')).toEqual({});
  });

  test('sets no prototype', () => {
    const read = parseSearch('?__proto__=1');
    expect(Object.getPrototypeOf(read)).toBe(Object.prototype);
  });
});

test('every id of an event has an address of its own, also one of dots', () => {
  const ids = ['.', '..', '...', '~', '~.', '~..', '~~.', '~x', 'a/b', '50%', 'order.1'];
  const parts = ids.map(eventIdSegment.write);
  expect(new Set(parts).size).toBe(ids.length);
  expect(parts).not.toContain('.');
  expect(parts).not.toContain('..');
  expect(parts.map(eventIdSegment.read)).toEqual(ids);
});
