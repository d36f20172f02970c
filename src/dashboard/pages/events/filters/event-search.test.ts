import { describe, expect, test } from 'vitest';
import { formatSearch, parseSearch } from '../../../data/search-params.ts';
import { hasFilters, parseEventSearch, readFormerTimes, toApiFilters } from './event-search.ts';

describe('event search', () => {
  test('survives a round trip through the URL', () => {
    const search = {
      event: ['Purchase', 'newsletter_2'],
      outcome: ['dead', 'consent-denied'],
      connection: 'bing',
      gap: ['unsent', 'claimed'],
      reporter: ['server'],
      reason: ['event-too-old', '100/2804003'],
      consent: ['granted', 'pending'],
      country: ['DE'],
      rejected: 'any',
      has: ['email'],
      lacks: ['msclkid', 'external-id'],
      text: 'M-1 & 2%',
      signals: true,
    } as const;
    expect(parseEventSearch(parseSearch(formatSearch(search)))).toEqual(search);
  });

  test('accepts a single value for a list', () => {
    expect(parseEventSearch({ event: 'Lead', has: 'email' })).toEqual({ event: ['Lead'], has: ['email'] });
  });

  test('ignores invalid values', () => {
    const hostile = {
      event: ['<script>', 'a'.repeat(101), '', { toString: 'Lead' }],
      outcome: ['lost', '__proto__'],
      connection: '../x',
      reporter: 'nobody',
      reason: '<script>',
      consent: ['constructor'],
      country: ['de', 'D<'],
      rejected: '"><img>',
      has: ['constructor', 'toString'],
      lacks: [['email']],
      since: '-1',
      until: '1e9',
      text: '  ',
      among: '5',
      signals: 'yes',
      other: 'x',
    };
    expect(parseEventSearch(hostile)).toEqual({});
    expect(parseEventSearch({ text: 'a'.repeat(129) })).toEqual({});
  });

  test('limits and deduplicates lists', () => {
    const names = Array.from({ length: 50 }, (_, nth) => `e${nth}`);
    expect(parseEventSearch({ event: names }).event).toHaveLength(20);
    expect(parseEventSearch({ event: ['Lead', 'Lead'] })).toEqual({ event: ['Lead'] });
  });

  test('has the times of the range for the API, and no end while the range is running', () => {
    const range = { since: 1, until: 5, isRunning: false };
    expect(toApiFilters({ text: 'M-1', signals: true }, range)).toEqual({ text: 'M-1', since: 1, until: 5 });
    expect(toApiFilters({}, { ...range, isRunning: true })).toEqual({ since: 1 });
    expect(toApiFilters({ text: 'M-1' })).toEqual({ text: 'M-1' });
  });

  test('reads the times of earlier versions apart from the filters', () => {
    const params = parseSearch('?event=Lead&since=1795600000000&until=x');
    expect(parseEventSearch(params)).toEqual({ event: ['Lead'] });
    expect(readFormerTimes(params)).toEqual({ since: 1_795_600_000_000 });
    expect(readFormerTimes({ since: '-1', until: '1e9' })).toBeUndefined();
  });

  test('reports whether a filter is set', () => {
    expect(hasFilters({})).toBe(false);
    expect(hasFilters({ text: undefined })).toBe(false);
    expect(hasFilters({ signals: true })).toBe(false);
  });
});
