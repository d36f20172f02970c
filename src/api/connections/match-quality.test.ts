import { describe, expect, it } from 'vitest';
import { acme } from '../../destinations/kit/acme.fixture.ts';
import { describeMissingKey } from '../../event/missing-match-keys.ts';
import type { MatchCount } from '../../storage/ports/match-counts.ts';
import { matchDays, matchQuality, parseDayRange } from './match-quality.ts';

const count = (more: Partial<MatchCount>): MatchCount => ({
  day: '2026-11-24',
  eventName: 'Purchase',
  delivered: 0,
  had: {},
  lacked: {},
  ...more,
});

const { keys } = acme.matching;

describe('the days of match quality', () => {
  const counts = [
    count({ day: '2026-11-25', delivered: 5, had: { mail: 4 } }),
    count({ delivered: 3, had: { mail: 3, ref: 1 } }),
    count({ eventName: 'PageView', delivered: 12, had: { net: 12 } }),
  ];

  it('are sums per day and key, in the order of time', () => {
    expect(matchDays(counts, keys)).toMatchObject({
      keys: [{ key: 'ref' }, { key: 'mail' }, { key: 'device' }, { key: 'net' }],
      days: [
        { day: '2026-11-24', delivered: 15, events: [1, 3, 0, 12] },
        { day: '2026-11-25', delivered: 5, events: [0, 4, 0, 0] },
      ],
    });
  });

  it('count one event name only, if it is given', () => {
    expect(matchDays(counts, keys, 'PageView').days).toEqual([{ day: '2026-11-24', delivered: 12, events: [0, 0, 0, 12] }]);
    expect(matchDays(counts, keys, 'Lead').days).toEqual([]);
  });
});

describe('the report of match quality', () => {
  it('sums days to shares per event and in total, sorted by frequency', () => {
    const { all, events } = matchQuality(
      [
        count({ delivered: 3, had: { mail: 3, ref: 1 }, lacked: { ref: { 'no-visitor': 2 } } }),
        count({
          day: '2026-11-25',
          delivered: 5,
          had: { mail: 4 },
          lacked: { ref: { 'no-click': 5 }, mail: { anonymous: 1 } },
        }),
        count({ eventName: 'PageView', delivered: 12, had: { net: 12 } }),
      ],
      keys,
    );
    expect(events.map(({ name, delivered }) => [name, delivered])).toEqual([
      ['PageView', 12],
      ['Purchase', 8],
    ]);
    const purchase = events[1]?.keys ?? [];
    expect(purchase.map(({ key }) => key)).toEqual(['ref', 'mail', 'device', 'net']);
    expect(purchase[0]).toEqual({
      key: 'ref',
      label: 'Click reference',
      subject: 'click-id',
      advice: 'Names the click.',
      events: 1,
      share: 1 / 8,
      missing: [
        { reason: 'no-click', events: 5, ...describeMissingKey({ subject: 'click-id', source: 'acmeclid' }, 'no-click') },
        { reason: 'no-visitor', events: 2, ...describeMissingKey({ subject: 'click-id' }, 'no-visitor') },
      ],
    });
    expect(purchase[1]).toMatchObject({ events: 7, share: 7 / 8, missing: [{ reason: 'anonymous', events: 1 }] });
    expect(all).toMatchObject({
      delivered: 20,
      keys: expect.arrayContaining([expect.objectContaining({ key: 'net', share: 0.6 })]),
    });
  });

  it('has no events and zero shares without counts', () => {
    const { all, events } = matchQuality([], keys);
    expect(events).toEqual([]);
    expect(all.keys.every(({ share, missing }) => share === 0 && missing.length === 0)).toBe(true);
  });

  it('describes a reason that another version counted', () => {
    const { all } = matchQuality([count({ delivered: 1, lacked: { mail: { 'of-tomorrow': 1 } } })], keys);
    expect(all.keys[1]?.missing).toMatchObject([{ reason: 'of-tomorrow', says: expect.stringContaining('Another version') }]);
  });
});

it('parseDayRange returns the last 28 days by default', () => {
  const now = Date.UTC(2026, 10, 25, 23, 59);
  expect(parseDayRange(undefined, undefined, now, 'UTC')).toEqual({ since: '2026-10-29', until: '2026-11-25' });
  expect(parseDayRange('2026-11-01', '2026-11-10', now, 'UTC')).toEqual({ since: '2026-11-01', until: '2026-11-10' });
  expect(parseDayRange(undefined, '2026-03-01', now, 'UTC')).toEqual({ since: '2026-02-02', until: '2026-03-01' });
});
