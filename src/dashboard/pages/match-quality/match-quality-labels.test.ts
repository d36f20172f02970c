import { describe, expect, it } from 'vitest';
import type { KeyView } from '../../../api/client.ts';
import { findLargestGain, getDefaultEvent, getFirstDay, summarizeMatchQuality } from './match-quality-labels.ts';

const key = (name: KeyView['key'], events: number, ...missing: readonly (readonly [string, number])[]): KeyView => ({
  key: name,
  events,
  share: events / 100,
  missing: missing.map(([reason, count]) => ({ reason, events: count, says: `${reason}.`, remedy: `Fix ${name} ${reason}.` })),
});

const keys = [
  key('msclkid', 40, ['no-click', 50], ['no-visitor', 10]),
  key('email', 62, ['anonymous', 30], ['consent', 8]),
  key('phone', 5, ['consent', 95]),
  key('address', 1, ['not-public', 99]),
];

describe('match quality summary', () => {
  it('reports the identifying keys and the largest possible gain', () => {
    expect(summarizeMatchQuality({ delivered: 100, keys }, 'Purchase')).toEqual([
      '100 delivered Purchase events: 40% with a click ID, 62% with an e-mail address and 5% with a phone number.',
      'Largest possible gain: 30% lack an e-mail address for the same reason. Fix email anonymous.',
    ]);
  });

  it('ignores expected reasons and supporting keys', () => {
    expect(findLargestGain([key('msclkid', 0, ['no-click', 100]), key('address', 0, ['not-public', 100])])).toBeUndefined();
    expect(summarizeMatchQuality({ delivered: 1, keys: [key('email', 1)] }, undefined)).toEqual([
      '1 delivered event: 100% with an e-mail address.',
      'There is nothing you can fix to match more events.',
    ]);
  });

  it('reports missing deliveries', () => {
    expect(summarizeMatchQuality({ delivered: 0, keys: [] }, undefined)).toHaveLength(1);
  });

  it('starts with purchases if there are any', () => {
    const match = { delivered: 1, keys: [] };
    expect(
      getDefaultEvent({
        events: [
          { ...match, name: 'PageView' },
          { ...match, name: 'Purchase' },
        ],
      }),
    ).toBe('Purchase');
    expect(getDefaultEvent({ events: [{ ...match, name: 'PageView' }] })).toBeUndefined();
  });

  it('counts days in UTC, including today', () => {
    const now = Date.UTC(2026, 10, 25, 23, 59);
    expect(getFirstDay(1, now)).toBe('2026-11-25');
    expect(getFirstDay(7, now)).toBe('2026-11-19');
    expect(getFirstDay(28, now)).toBe('2026-10-29');
  });
});
