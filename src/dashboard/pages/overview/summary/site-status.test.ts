import { describe, expect, it } from 'vitest';
import { createIssue } from '../../../data/issue.fixture.ts';
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
    expect(getSiteStatus({ issues: [], today: bing, yesterday: day(0), platforms, connections })).toEqual({
      level: 'working',
      title: 'Everything is working',
      detail: 'Received 214 events today. Delivered 180 to Microsoft Advertising.',
    });
  });

  it('names each connection of a site with several', () => {
    const input = {
      issues: [],
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

  it('is the sentence of the worst open issue, and never working while there are issues', () => {
    const input = { today: bing, yesterday: day(0), platforms, connections };
    const acknowledged = createIssue({ id: 'a', severity: 'urgent', state: 'acknowledged' });
    const open = createIssue({ id: 'b' });
    expect(getSiteStatus({ ...input, issues: [acknowledged, open] })).toMatchObject({
      level: 'warning',
      title: 'Bing has refused the token for 20 hours; 3 events wait.',
      detail: expect.stringContaining('Received 214 events today.'),
    });
    expect(getSiteStatus({ ...input, issues: [acknowledged] })).toMatchObject({
      level: 'note',
      title: 'No open issues. 1 issue acknowledged or snoozed.',
    });
  });

  it('says that only simulators receive events, if no enabled connection is live', () => {
    const input = { issues: [], today: bing, yesterday: day(0), platforms };
    const simulated = { enabled: true, isLive: false };
    const getTitle = (...all: { enabled: boolean; isLive: boolean }[]) => getSiteStatus({ ...input, connections: all }).title;
    expect(getTitle(simulated)).toBe('Working, but only simulators receive events');
    expect(getTitle(simulated, { enabled: false, isLive: true })).toBe('Working, but only simulators receive events');
    expect(getTitle(simulated, { enabled: true, isLive: true })).toBe('Everything is working');
  });

  it('is quiet if there are no events today', () => {
    expect(
      getSiteStatus({
        issues: [],
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
    expect(getSiteStatus({ issues: [], today: day(0), yesterday: day(0), platforms, connections }).detail).toBe(
      'No events yesterday either.',
    );
  });
});

describe('overall status', () => {
  const working = { today: day(1_000, connectionDay('bing', 900)) };

  it('adds up the events of all sites', () => {
    expect(getOverallStatus([working, working], [])).toEqual({
      level: 'working',
      title: 'All sites are working',
      detail: 'Received 2,000 events today. Delivered 1,800.',
    });
  });

  it('is the sentence of the worst open issue of all sites', () => {
    const urgent = createIssue({ severity: 'urgent', sentence: 'No gateway delivers events.' });
    expect(getOverallStatus([working], [urgent, createIssue({ id: 'b' })])).toMatchObject({
      level: 'urgent',
      title: 'No gateway delivers events.',
    });
  });
});
