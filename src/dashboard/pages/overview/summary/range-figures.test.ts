import { describe, expect, it } from 'vitest';
import type { MatchDaysView } from '../../../../api/client.ts';
import { formatShare } from '../../../components/display/trends.ts';
import { findLowestAccuracy, summarizeMatches } from './range-figures.ts';

const week = '2026-11-19';
const matchDays = (connection: string, days: MatchDaysView['days']): MatchDaysView => ({
  site: 'shop',
  connection,
  since: '2026-11-12',
  until: '2026-11-25',
  keys: [
    { key: 'ip', label: 'IP address', subject: 'address', advice: '' },
    { key: 'email', label: 'E-mail', subject: 'email', advice: '' },
    { key: 'click', label: 'Click ID', subject: 'click-id', advice: '' },
  ],
  days,
});

describe('the figures of a period', () => {
  it('show the share of the identifier that most delivered events had', () => {
    const bing = matchDays('bing', [
      { day: '2026-11-18', delivered: 10, events: [10, 5, 9] },
      { day: '2026-11-19', delivered: 6, events: [6, 5, 1] },
      { day: '2026-11-25', delivered: 4, events: [4, 4, 2] },
    ]);
    expect(summarizeMatches([bing], week)).toEqual({
      now: { part: 9, all: 10 },
      before: { part: 5, all: 10 },
      label: 'E-mail',
    });
    const meta = matchDays('meta', [{ day: '2026-11-20', delivered: 10, events: [10, 0, 1] }]);
    expect(summarizeMatches([bing, meta], week)).toEqual({ now: { part: 10, all: 20 }, before: { part: 5, all: 10 } });
    expect(summarizeMatches([matchDays('bing', [])], week)).toEqual({});
  });

  const day = (at: string, orders: number, accepted: number, explained: number) => ({
    day: at,
    orders,
    accepted,
    explained,
    missing: orders - accepted - explained,
    amounts: [],
    gaps: {},
  });
  const ofConnection = (connection: string, ...days: readonly ReturnType<typeof day>[]) => {
    const sums = { orders: 0, accepted: 0, explained: 0, missing: 0, amounts: [], noted: 0, notCounted: {}, gaps: [] };
    const alert = { state: 'fine', since: week, until: week, orders: 0 } as const;
    return { connection, destination: 'microsoft', ...sums, days, alert };
  };

  it('show the accepted orders, without the explained ones', () => {
    const bing = ofConnection('bing', day('2026-11-18', 10, 8, 1), day('2026-11-19', 10, 9, 1), day('2026-11-25', 10, 7, 1));
    const found = findLowestAccuracy({ connections: [bing] }, week);
    const [now, before] = [
      { part: 16, all: 20 },
      { part: 8, all: 10 },
    ];
    expect(found).toEqual({ connection: 'bing', now, before, explained: 2, missing: 2 });
    expect(formatShare(found?.now)).toBe('80%');
    expect(findLowestAccuracy({ connections: [ofConnection('bing')] }, week)).toBeUndefined();
    expect(formatShare(undefined)).toBe('–');
  });

  it('show the connection that lacks orders, not a sum that hides them', () => {
    const bing = ofConnection('bing', day('2026-11-25', 1_000, 900, 100));
    const meta = ofConnection('meta', day('2026-11-25', 14, 13, 0));
    expect(findLowestAccuracy({ connections: [bing, meta] }, week)).toMatchObject({ connection: 'meta', missing: 1 });
    const all = ofConnection('all', day('2026-11-25', 14, 14, 0));
    expect(findLowestAccuracy({ connections: [all, bing] }, week)).toMatchObject({ connection: 'bing', explained: 100 });
  });
});
