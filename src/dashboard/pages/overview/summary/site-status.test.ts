import { describe, expect, it } from 'vitest';
import type { ConnectionDay, DaySummary } from './day-summary.ts';
import { getOverallStatus, getSiteStatus } from './site-status.ts';

const platforms = { bing: 'Microsoft Advertising', meta: 'Meta' };
const connectionDay = (connection: string, accepted: number, lost = 0): ConnectionDay => ({
  connection,
  accepted,
  skipped: 0,
  merged: 0,
  reasons: [],
  waiting: 0,
  awaiting: 0,
  unverified: 0,
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

describe('site status', () => {
  it("reports how many of today's events are accounted for and accepted", () => {
    const input = { actionItems: [], today: day(214, connectionDay('bing', 180)), yesterday: day(0), platforms };
    expect(getSiteStatus(input)).toEqual({
      level: 'working',
      message: 'Working: 214 of 214 events today accounted for, 180 accepted by Microsoft Advertising.',
    });
  });

  it('uses the singular for one event', () => {
    const input = { actionItems: [], today: day(1, connectionDay('bing', 1)), yesterday: day(0), platforms };
    expect(getSiteStatus(input).message).toBe('Working: 1 of 1 event today accounted for, 1 accepted by Microsoft Advertising.');
  });

  it('names each connection of a site with several', () => {
    const input = {
      actionItems: [],
      today: day(10, connectionDay('bing', 8), connectionDay('meta', 7), connectionDay('ads', 2)),
      yesterday: day(0),
      platforms,
    };
    expect(getSiteStatus(input).message).toContain('Microsoft Advertising accepted 8, Meta accepted 7, ads accepted 2.');
    const four = { ...input, today: day(10, ...['a', 'b', 'c', 'd'].map((id) => connectionDay(id, 3))) };
    expect(getSiteStatus(four).message).toContain('12 accepted by 4 destinations together.');
  });

  it('reports problems first and stays working despite warnings', () => {
    const today = day(10, connectionDay('bing', 8));
    const warning = { level: 'warning', message: 'bing: 2 events could not be sent.' } as const;
    const problem = { level: 'problem', message: 'The token is refused (401). Copy it again.' } as const;
    expect(getSiteStatus({ actionItems: [warning], today, yesterday: day(0), platforms }).level).toBe('working');
    expect(getSiteStatus({ actionItems: [problem, warning], today, yesterday: day(0), platforms })).toEqual({
      level: 'problem',
      message: 'Action needed: The token is refused (401).',
    });
  });

  it('is quiet if there are no events today', () => {
    expect(getSiteStatus({ actionItems: [], today: day(0), yesterday: day(312, connectionDay('bing', 300)), platforms })).toEqual(
      {
        level: 'quiet',
        message: 'No events yet today. Yesterday: 312 events, 300 accepted by Microsoft Advertising.',
      },
    );
    expect(getSiteStatus({ actionItems: [], today: day(0), yesterday: day(0), platforms }).message).toBe(
      'No events today or yesterday.',
    );
  });
});

describe('overall status', () => {
  const working = { status: { level: 'working', message: '' }, today: day(1_000, connectionDay('bing', 900)) } as const;
  const failing = { status: { level: 'problem', message: '' }, today: day(10, connectionDay('bing', 0, 4)) } as const;

  it('adds up the events of all sites', () => {
    expect(getOverallStatus([working, working], [])).toEqual({
      level: 'working',
      message: 'All sites are working: 2,000 of 2,000 events today accounted for, 1,800 accepted.',
    });
  });

  it('counts the sites with problems', () => {
    expect(getOverallStatus([working, failing], [])).toEqual({
      level: 'problem',
      message: 'Action needed on 1 of 2 sites. 1,006 of 1,010 events today accounted for, 900 accepted.',
    });
  });

  it('reports problems of the gateway first', () => {
    expect(getOverallStatus([working], [{ level: 'problem', message: 'Not accepting events: disk full.' }])).toMatchObject({
      level: 'problem',
      message: 'Action needed: Not accepting events: disk full.',
    });
  });
});
