import { describe, expect, it } from 'vitest';
import { parseTrafficSearch } from './traffic-range.ts';

describe("the address of a connection's page", () => {
  it('says how far back the chart looks', () => expect(parseTrafficSearch({ range: '7d' })).toEqual({ range: '7d' }));

  it('says nothing of what is usual, or no range', () => {
    for (const range of ['24h', '99d', 7, null, ['7d'], undefined]) expect(parseTrafficSearch({ range })).toEqual({});
  });
});
