import { describe, expect, it } from 'vitest';
import type { ConnectionDay, DaySummary } from './day-summary.ts';
import { getOverallStatus, getSiteStatus } from './site-status.ts';

const connections = [{ enabled: true, isLive: true }];
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
  const bing = day(214, connectionDay('bing', 180));

  it("reports today's events and how many were delivered", () => {
    expect(getSiteStatus({ actionItems: [], alerts: [], today: bing, yesterday: day(0), platforms, connections })).toEqual({
      level: 'working',
      title: 'Everything is working',
      detail: 'Received 214 events today. Delivered 180 to Microsoft Advertising.',
    });
  });

  it('names each connection of a site with several', () => {
    const input = {
      actionItems: [],
      alerts: [],
      today: day(1, connectionDay('bing', 8), connectionDay('meta', 7), connectionDay('ads', 2)),
      yesterday: day(0),
      platforms,
      connections,
    };
    expect(getSiteStatus(input).detail).toBe(
      'Received 1 event today. Delivered 8 to Microsoft Advertising, 7 to Meta, 2 to ads.',
    );
    const four = { ...input, today: day(10, ...['a', 'b', 'c', 'd'].map((id) => connectionDay(id, 3))) };
    expect(getSiteStatus(four).detail).toContain('12 deliveries to 4 connections.');
  });

  it('is working only if there is nothing to do', () => {
    const warning = { level: 'warning', message: 'bing: 2 events could not be delivered.' } as const;
    const problem = { level: 'problem', message: 'The token is refused (401). Copy it again.' } as const;
    const input = { alerts: [], today: bing, yesterday: day(0), platforms, connections };
    expect(getSiteStatus({ ...input, actionItems: [warning] })).toMatchObject({ level: 'warning', title: 'Check 1 warning' });
    expect(getSiteStatus({ ...input, actionItems: [problem, warning] })).toMatchObject({
      level: 'problem',
      title: 'Action needed',
    });
  });

  it('says that only simulators receive events, if no enabled connection is live', () => {
    const input = { actionItems: [], alerts: [], today: bing, yesterday: day(0), platforms };
    const simulated = { enabled: true, isLive: false };
    const getTitle = (...all: { enabled: boolean; isLive: boolean }[]) => getSiteStatus({ ...input, connections: all }).title;
    expect(getTitle(simulated)).toBe('Working, but only simulators receive events');
    expect(getTitle(simulated, { enabled: false, isLive: true })).toBe('Working, but only simulators receive events');
    expect(getTitle(simulated, { enabled: true, isLive: true })).toBe('Everything is working');
  });

  it('is quiet if there are no events today', () => {
    expect(
      getSiteStatus({
        actionItems: [],
        alerts: [],
        today: day(0),
        yesterday: day(312, connectionDay('bing', 300)),
        platforms,
        connections,
      }),
    ).toEqual({
      level: 'quiet',
      title: 'No events today',
      detail: 'Received 312 events yesterday. Delivered 300 to Microsoft Advertising.',
    });
    expect(getSiteStatus({ actionItems: [], alerts: [], today: day(0), yesterday: day(0), platforms, connections }).detail).toBe(
      'No events yesterday either.',
    );
  });
});

describe('overall status', () => {
  const working = { status: { level: 'working', title: '' }, today: day(1_000, connectionDay('bing', 900)) } as const;
  const failing = { status: { level: 'problem', title: '' }, today: day(10, connectionDay('bing', 0, 4)) } as const;
  const warned = { ...working, status: { level: 'warning', title: '' } } as const;

  it('adds up the events of all sites', () => {
    expect(getOverallStatus([working, working], [], [])).toEqual({
      level: 'working',
      title: 'All sites are working',
      detail: 'Received 2,000 events today. Delivered 1,800.',
    });
  });

  it('counts the sites with problems, or else those with warnings', () => {
    expect(getOverallStatus([working, failing, warned], [], [])).toEqual({
      level: 'problem',
      title: 'Action needed on 1 of 3 sites',
      detail: 'Received 2,010 events today. Delivered 1,800.',
    });
    expect(getOverallStatus([working, warned], [], [])).toMatchObject({
      level: 'warning',
      title: 'Check the warnings of 1 of 2 sites',
    });
  });

  it('is not working while an alert is open, and names an urgent one of the gateway', () => {
    const urgent = { title: 'No gateway delivers events', isUrgent: true };
    expect(getOverallStatus([working], [], [urgent])).toMatchObject({ level: 'problem', detail: 'No gateway delivers events.' });
    expect(getOverallStatus([working], [], [{ ...urgent, isUrgent: false }])).toMatchObject({ level: 'warning' });
    const today = { today: working.today, yesterday: working.today, platforms, connections, actionItems: [] };
    expect(getSiteStatus({ ...today, alerts: [urgent] })).toMatchObject({ level: 'problem', title: 'Action needed' });
    expect(getSiteStatus({ ...today, alerts: [{ ...urgent, isUrgent: false }] }).title).toBe('Check the open alerts');
  });

  it('reports problems of the gateway first', () => {
    expect(getOverallStatus([working], [{ level: 'problem', message: 'Not accepting events: disk full.' }], [])).toMatchObject({
      level: 'problem',
      detail: 'Not accepting events: disk full.',
    });
  });
});
