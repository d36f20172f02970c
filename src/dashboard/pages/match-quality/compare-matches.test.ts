import { describe, expect, it } from 'vitest';
import type { KeyView, MatchQualityView } from '../../../api/client.ts';
import { compareMatches, getComparedEvent } from './compare-matches.ts';

const key = (subject: KeyView['subject'], events: number, fixable = 0): KeyView => ({
  key: subject,
  label: subject,
  subject,
  advice: '',
  events,
  share: 0,
  missing: [{ reason: 'not-sent', events: fixable, says: 'Not sent.', remedy: `Send ${subject}.` }],
});
const view = (connection: string, purchases: readonly KeyView[] | undefined): MatchQualityView => ({
  site: 'shop',
  connection,
  platform: connection,
  timeZone: 'UTC',
  since: '2026-11-19',
  until: '2026-11-25',
  all: { delivered: 1_000, keys: [key('email', 10)] },
  events: purchases ? [{ name: 'Purchase', delivered: 100, keys: [...purchases] }] : [],
});

describe('compareMatches', () => {
  it('puts the connection first in which the most purchases lack a key that can be added', () => {
    const rows = compareMatches([view('bing', [key('email', 90, 10)]), view('meta', [key('email', 40, 60)])], undefined);
    expect(rows.map(({ connection, gain }) => [connection, gain?.events])).toEqual([
      ['meta', 60],
      ['bing', 10],
    ]);
  });

  it('has the shares of identifying keys alone, beside those of the period before', () => {
    const now = [view('bing', [key('click-id', 40), key('address', 99), key('email', 60)])];
    const before = [view('bing', [key('email', 50)])];
    expect(compareMatches(now, before)[0]?.keys).toEqual([
      { subject: 'click-id', label: 'click-id', share: { part: 40, all: 100 } },
      { subject: 'email', label: 'email', share: { part: 60, all: 100 }, before: { part: 50, all: 100 } },
    ]);
  });

  it('compares all events if no connection delivered a purchase, and shows no share without events', () => {
    expect(getComparedEvent([view('bing', undefined)])).toBeUndefined();
    expect(compareMatches([view('bing', undefined)], undefined)[0]?.delivered).toBe(1_000);
    const mixed = compareMatches([view('bing', [key('email', 1)]), view('meta', undefined)], undefined);
    expect(mixed.find(({ connection }) => connection === 'meta')).toEqual({ connection: 'meta', delivered: 0, keys: [] });
  });
});
