import { describe, expect, it } from 'vitest';
import type { ConnectionDay, DaySummary } from './day-summary.ts';
import { overallStatus, siteStatus } from './site-status.ts';

const platform = 'Microsoft Advertising';
const tally = (connection: string, accepted: number, lost = 0): ConnectionDay => ({
  connection,
  accepted,
  skipped: 0,
  joined: 0,
  reasons: [],
  waiting: 0,
  unsent: 0,
  earlier: 0,
  dead: 0,
  lost,
});
const day = (received: number, ...connections: readonly ConnectionDay[]): DaySummary => ({
  received,
  copies: 0,
  refused: 0,
  connections,
});

describe('the answer to "is it working?"', () => {
  it('says how many of today are accounted for, and how many were accepted by whom', () => {
    const judged = { needs: [], today: day(214, tally('bing', 180)), yesterday: day(0), platform };
    expect(siteStatus(judged)).toEqual({
      level: 'working',
      says: 'It is working: 214 of 214 events of today are accounted for; 180 were accepted by Microsoft Advertising.',
    });
  });

  it('speaks of one event as of one', () => {
    const judged = { needs: [], today: day(1, tally('bing', 1)), yesterday: day(0), platform };
    expect(siteStatus(judged).says).toBe(
      'It is working: 1 of 1 event of today is accounted for; 1 was accepted by Microsoft Advertising.',
    );
  });

  it('names each connection where there are several', () => {
    const judged = { needs: [], today: day(10, tally('bing', 8), tally('ads', 7)), yesterday: day(0), platform };
    expect(siteStatus(judged).says).toContain('accepted were 8 by bing, 7 by ads.');
  });

  it('says what needs a hand before anything else; a warning leaves it working', () => {
    const today = day(10, tally('bing', 8));
    const warning = { level: 'warning', says: 'bing: 2 events could not be sent.' } as const;
    const problem = { level: 'problem', says: 'The token is refused (401). Copy it again.' } as const;
    expect(siteStatus({ needs: [warning], today, yesterday: day(0), platform }).level).toBe('working');
    expect(siteStatus({ needs: [problem, warning], today, yesterday: day(0), platform })).toEqual({
      level: 'hand',
      says: 'Needs a hand: The token is refused (401).',
    });
  });

  it('claims nothing where there is nothing to judge by', () => {
    expect(siteStatus({ needs: [], today: day(0), yesterday: day(312, tally('bing', 300)), platform })).toEqual({
      level: 'quiet',
      says: 'Nothing came today yet. Yesterday 312 events came; 300 were accepted by Microsoft Advertising.',
    });
    expect(siteStatus({ needs: [], today: day(0), yesterday: day(0), platform }).says).toBe('No event came today or yesterday.');
  });
});

describe('the answer for many sites', () => {
  const working = { verdict: { level: 'working', says: '' }, today: day(1_000, tally('bing', 900)) } as const;
  const troubled = { verdict: { level: 'hand', says: '' }, today: day(10, tally('bing', 0, 4)) } as const;

  it('adds up what they received', () => {
    expect(overallStatus([working, working], [])).toEqual({
      level: 'working',
      says: 'All is working: 2,000 of 2,000 events of today are accounted for; 1,800 were accepted.',
    });
  });

  it('counts those that need a hand', () => {
    expect(overallStatus([working, troubled], [])).toEqual({
      level: 'hand',
      says: '1 of 2 sites needs a hand. 1,006 of 1,010 events of today are accounted for; 900 were accepted.',
    });
  });

  it('puts what concerns the gateway first', () => {
    expect(overallStatus([working], [{ level: 'problem', says: 'No events are taken.' }])).toMatchObject({
      level: 'hand',
      says: 'Needs a hand: No events are taken.',
    });
  });
});
