import { describe, expect, it } from 'vitest';
import type { KeyView } from '../../../api/client.ts';
import { findLargestGain, getDefaultEvent, getFirstDay, summarizeMatchQuality } from './match-quality-labels.ts';

const key = (name: KeyView['key'], events: number, ...missing: readonly (readonly [string, number])[]): KeyView => ({
  key: name,
  events,
  share: events / 100,
  missing: missing.map(([reason, count]) => ({ reason, events: count, says: `${reason}.`, remedy: `Mend ${name} ${reason}.` })),
});

const keys = [
  key('msclkid', 40, ['no-click', 50], ['no-visitor', 10]),
  key('email', 62, ['anonymous', 30], ['consent', 8]),
  key('phone', 5, ['consent', 95]),
  key('address', 1, ['not-public', 99]),
];

describe('what the match quality comes to', () => {
  it('says how many had the keys that find somebody, and what would bring the most', () => {
    expect(summarizeMatchQuality({ delivered: 100, keys }, 'Purchase')).toEqual([
      'Of 100 Purchase events that were delivered, 40% had a click ID, 62% had an e-mail address and 5% had a phone number.',
      'Most is to be gained by an e-mail address, which 30% lack for one reason: mend email anonymous.',
    ]);
  });

  it('calls nothing a gain that is in order as it is, or that only supports', () => {
    expect(findLargestGain([key('msclkid', 0, ['no-click', 100]), key('address', 0, ['not-public', 100])])).toBeUndefined();
    expect(summarizeMatchQuality({ delivered: 1, keys: [key('email', 1)] }, undefined)).toEqual([
      'Of 1 event that was delivered, 100% had an e-mail address.',
      'Nothing that you could mend keeps the others from being matched.',
    ]);
  });

  it('says so where nothing was delivered', () => {
    expect(summarizeMatchQuality({ delivered: 0, keys: [] }, undefined)).toHaveLength(1);
  });

  it('begins with purchases where there are some', () => {
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

  it('counts today among its days, in UTC', () => {
    const now = Date.UTC(2026, 10, 25, 23, 59);
    expect(getFirstDay(1, now)).toBe('2026-11-25');
    expect(getFirstDay(7, now)).toBe('2026-11-19');
    expect(getFirstDay(28, now)).toBe('2026-10-29');
  });
});
