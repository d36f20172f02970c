import { describe, expect, test } from 'vitest';
import { formatSearch, parseSearch } from '../../../data/search-params.ts';
import { hasFilters, parseEventSearch } from './event-search.ts';

describe('the filters in the address of the list', () => {
  test('are read as they were written', () => {
    const search = {
      event: ['Purchase', 'newsletter_2'],
      outcome: ['dead', 'consent-denied'],
      connection: 'bing',
      reporter: ['server'],
      has: ['email'],
      lacks: ['msclkid', 'external-id'],
      since: 1_795_600_000_000,
      until: 1_795_686_400_000,
      text: 'M-1 & 2%',
    } as const;
    expect(parseEventSearch(parseSearch(formatSearch(search)))).toEqual(search);
  });

  test('may be one value where several can be', () => {
    expect(parseEventSearch({ event: 'Lead', has: 'email' })).toEqual({ event: ['Lead'], has: ['email'] });
  });

  test('pass over what is none', () => {
    const hostile = {
      event: ['<script>', 'a'.repeat(101), '', { toString: 'Lead' }],
      outcome: ['lost', '__proto__'],
      connection: '../x',
      reporter: 'nobody',
      has: ['constructor', 'toString'],
      lacks: [['email']],
      since: '-1',
      until: '1e9',
      text: '  ',
      among: '5',
      other: 'x',
    };
    expect(parseEventSearch(hostile)).toEqual({});
    expect(parseEventSearch({ text: 'a'.repeat(129) })).toEqual({});
  });

  test('are bounded in number and named once', () => {
    const names = Array.from({ length: 50 }, (_, nth) => `e${nth}`);
    expect(parseEventSearch({ event: names }).event).toHaveLength(20);
    expect(parseEventSearch({ event: ['Lead', 'Lead'] })).toEqual({ event: ['Lead'] });
  });

  test('narrow the list or do not', () => {
    expect(hasFilters({})).toBe(false);
    expect(hasFilters({ text: undefined })).toBe(false);
    expect(hasFilters({ until: 0 })).toBe(true);
  });
});
