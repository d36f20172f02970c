import { describe, expect, test } from 'vitest';
import { eventIdSegment, formatSearch, parseSearch } from './search-params.ts';

describe('search parameters', () => {
  test('repeat a key for each value and survive a round trip', () => {
    const search = { event: ['Purchase', 'Lead'], text: 'a&b=c +%', since: '17', none: undefined };
    expect(formatSearch(search)).toBe('?event=Purchase&event=Lead&text=a%26b%3Dc+%2B%25&since=17');
    expect(parseSearch(formatSearch(search))).toEqual({ event: ['Purchase', 'Lead'], text: 'a&b=c +%', since: '17' });
  });

  test('are empty if no value is set', () => {
    expect(formatSearch({ event: [], text: undefined })).toBe('');
    expect(parseSearch('')).toEqual({});
  });

  test('set no prototype', () => {
    const search = parseSearch('?__proto__=1');
    expect(Object.getPrototypeOf(search)).toBe(Object.prototype);
  });
});

test('eventIdSegment is unique for every event id, also for ids of dots', () => {
  const ids = ['.', '..', '...', '~', '~.', '~..', '~~.', '~x', 'a/b', '50%', 'order.1'];
  const parts = ids.map(eventIdSegment.write);
  expect(new Set(parts).size).toBe(ids.length);
  expect(parts).not.toContain('.');
  expect(parts).not.toContain('..');
  expect(parts.map(eventIdSegment.read)).toEqual(ids);
});
