import { describe, expect, it } from 'vitest';
import type { ConnectionDay, DaySummary } from './day-summary.ts';
import { getOverallStatus, getSiteStatus } from './site-status.ts';

const platform = 'Microsoft Advertising';
const tally = (connection: string, accepted: number, lost = 0): ConnectionDay => ({
  connection,
  accepted,
  skipped: 0,
  merged: 0,
  reasons: [],
  waiting: 0,
  unsent: 0,
  beforeStart: 0,
  dead: 0,
  lost,
});
const day = (received: number, ...connections: readonly ConnectionDay[]): DaySummary => ({
  received,
  duplicates: 0,
  rejected: 0,
  connections,
});

describe('the answer to "is it working?"', () => {
  it('says how many of today are accounted for, and how many were accepted by whom', () => {
    const judged = { actionItems: [], today: day(214, tally('bing', 180)), yesterday: day(0), platform };
    expect(getSiteStatus(judged)).toEqual({
      level: 'working',
      message: 'It is working: 214 of 214 events of today are accounted for; 180 were accepted by Microsoft Advertising.',
    });
  });

  it('speaks of one event as of one', () => {
    const judged = { actionItems: [], today: day(1, tally('bing', 1)), yesterday: day(0), platform };
    expect(getSiteStatus(judged).message).toBe(
      'It is working: 1 of 1 event of today is accounted for; 1 was accepted by Microsoft Advertising.',
    );
  });

  it('names each connection where there are several', () => {
    const judged = { actionItems: [], today: day(10, tally('bing', 8), tally('ads', 7)), yesterday: day(0), platform };
    expect(getSiteStatus(judged).message).toContain('accepted were 8 by bing, 7 by ads.');
  });

  it('says what needs a hand before anything else; a warning leaves it working', () => {
    const today = day(10, tally('bing', 8));
    const warning = { level: 'warning', message: 'bing: 2 events could not be sent.' } as const;
    const problem = { level: 'problem', message: 'The token is refused (401). Copy it again.' } as const;
    expect(getSiteStatus({ actionItems: [warning], today, yesterday: day(0), platform }).level).toBe('working');
    expect(getSiteStatus({ actionItems: [problem, warning], today, yesterday: day(0), platform })).toEqual({
      level: 'hand',
      message: 'Needs a hand: The token is refused (401).',
    });
  });

  it('claims nothing where there is nothing to judge by', () => {
    expect(getSiteStatus({ actionItems: [], today: day(0), yesterday: day(312, tally('bing', 300)), platform })).toEqual({
      level: 'quiet',
      message: 'Nothing came today yet. Yesterday 312 events came; 300 were accepted by Microsoft Advertising.',
    });
    expect(getSiteStatus({ actionItems: [], today: day(0), yesterday: day(0), platform }).message).toBe(
      'No event came today or yesterday.',
    );
  });
});

describe('the answer for many sites', () => {
  const working = { status: { level: 'working', message: '' }, today: day(1_000, tally('bing', 900)) } as const;
  const troubled = { status: { level: 'hand', message: '' }, today: day(10, tally('bing', 0, 4)) } as const;

  it('adds up what they received', () => {
    expect(getOverallStatus([working, working], [])).toEqual({
      level: 'working',
      message: 'All is working: 2,000 of 2,000 events of today are accounted for; 1,800 were accepted.',
    });
  });

  it('counts those that need a hand', () => {
    expect(getOverallStatus([working, troubled], [])).toEqual({
      level: 'hand',
      message: '1 of 2 sites needs a hand. 1,006 of 1,010 events of today are accounted for; 900 were accepted.',
    });
  });

  it('puts what concerns the gateway first', () => {
    expect(getOverallStatus([working], [{ level: 'problem', message: 'No events are taken.' }])).toMatchObject({
      level: 'hand',
      message: 'Needs a hand: No events are taken.',
    });
  });
});
