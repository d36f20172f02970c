import { describe, expect, it } from 'vitest';
import { parseTrafficSearch } from './traffic-range.ts';

describe('parseTrafficSearch', () => {
  it('returns the range of the chart', () => expect(parseTrafficSearch({ range: '7d' })).toEqual({ range: '7d' }));

  it('omits the default range and invalid ranges', () => {
    for (const range of ['24h', '99d', 7, null, ['7d'], undefined]) expect(parseTrafficSearch({ range })).toEqual({});
  });
});
