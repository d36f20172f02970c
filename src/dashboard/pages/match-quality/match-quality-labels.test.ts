import { describe, expect, it } from 'vitest';
import type { KeyView } from '../../../api/client.ts';
import { findLargestGain, getDefaultEvent, getShareColor, summarizeMatchQuality } from './match-quality-labels.ts';

const key = (subject: KeyView['subject'], events: number, ...missing: readonly (readonly [string, number])[]): KeyView => ({
  key: `own-${subject}`,
  label: `The ${subject}`,
  subject,
  advice: '',
  events,
  share: events / 100,
  missing: missing.map(([reason, count]) => ({ reason, events: count, says: `${reason}.`, remedy: `Fix ${subject} ${reason}.` })),
});

const keys = [
  key('click-id', 40, ['no-click', 50], ['no-visitor', 10]),
  key('email', 62, ['anonymous', 30], ['consent', 8]),
  key('phone', 5, ['consent', 95]),
  key('address', 1, ['not-public', 99]),
];

describe('match quality summary', () => {
  it('reports the identifying keys and the largest possible gain', () => {
    expect(summarizeMatchQuality({ delivered: 100, keys }, 'Purchase')).toEqual([
      '100 delivered Purchase events: The click-id 40%, The email 62% and The phone 5%.',
      'Largest possible gain: 30% lack the key “The email” for the same reason. Fix email anonymous.',
    ]);
  });

  it('reports the gain of a supporting key only if no identifying key has one', () => {
    const name = key('name', 10, ['not-sent', 90]);
    expect(findLargestGain([name, key('email', 99, ['anonymous', 1])])).toMatchObject({ label: 'The email', events: 1 });
    const supporting = [key('click-id', 40, ['no-click', 60]), name, key('postal-address', 50, ['not-sent', 50])];
    expect(summarizeMatchQuality({ delivered: 100, keys: supporting }, undefined)[1]).toBe(
      'Largest possible gain, from a supporting key: 90% lack the key “The name” for the same reason. Fix name not-sent.',
    );
  });

  it('ignores reasons that need no action', () => {
    expect(findLargestGain([key('click-id', 0, ['no-click', 100]), key('browser-id', 0, ['no-cookie', 100])])).toBeUndefined();
    expect(summarizeMatchQuality({ delivered: 1, keys: [key('email', 1)] }, undefined)).toEqual([
      '1 delivered event: The email 100%.',
      'Nothing to fix: every other event lacks its key for an expected reason.',
    ]);
  });

  it('colours a low share as a warning only if an action can raise it', () => {
    const colour = (...missing: readonly (readonly [string, number])[]) => getShareColor(key('click-id', 27, ...missing), 100);
    expect(colour(['no-click', 73])).toBe('jade');
    expect(colour(['no-click', 70], ['no-visitor', 3])).toBe('orange');
    expect(getShareColor(key('email', 60, ['anonymous', 40]), 100)).toBe('yellow');
    expect(getShareColor(key('email', 90, ['anonymous', 10]), 100)).toBe('jade');
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
});
