import { expect, test } from 'vitest';
import type { ClickReport } from './click-check.ts';
import { describeClicks } from './describe-clicks.ts';

const report: ClickReport = {
  ...{ since: '2026-11-25', until: '2026-12-01', days: [], campaigns: [], otherCampaigns: { paid: 0, captured: 0 } },
  ...{ pages: [], otherPages: 0, unknownPage: 0, unpaid: 0, withoutId: 0 },
};
const day = (more: Partial<ClickReport['days'][number]>) => ({
  ...{ day: '2026-11-30', paid: 0, captured: 0, hasEvents: true },
  ...more,
});
const failure = { code: 'X', message: 'No.' };
const pending = { id: 'r', since: '', until: '', at: 1 };

test.each([
  ['no account', undefined, 'not-connected', /^No account is connected/],
  ['no report yet', {}, 'waiting', /within a minute/],
  ['a requested report', { pending }, 'waiting', /was requested/],
  ['a failure before any report', { failure }, 'failed', /no result/],
  ['a report without clicks', { report: { ...report, days: [day({})] } }, 'none', /^The platform reports no paid clicks from/],
  [
    'clicks on days without events',
    { report: { ...report, days: [day({ paid: 3, hasEvents: false })] } },
    'no-events',
    /3 paid clicks/,
  ],
  [
    'a failure after a report',
    { failure, report: { ...report, days: [day({ paid: 1 })] } },
    'compared',
    /^Captured 0 of 1 paid click \(0%\)/,
  ],
])('%s has a state and a sentence of its own', (_, stored, state, summary) => {
  expect(describeClicks(stored)).toMatchObject({ state, summary: expect.stringMatching(summary) });
});

test('the share leaves out days without events, and is never rounded up to all', () => {
  const days = [day({ day: '2026-11-20', paid: 400, captured: 399 }), day({ paid: 50, hasEvents: false })];
  const { summary, total, notes } = describeClicks({ report: { ...report, days, unpaid: 2, withoutId: 1 } });
  expect(summary).toBe('Captured 399 of 400 paid clicks (>99%) from Nov 20 to Dec 1.');
  expect(total).toEqual({ paid: 400, captured: 399 });
  expect(notes.slice(4)).toEqual([
    'Campaigns and pages are those from Nov 25 to Dec 1, whose events are still stored.',
    '1 day with paid clicks left out: Convey received no events then.',
    '1 paid click of the report left out: without a click id.',
    '2 captured clicks not in the report: of another account, or not charged by the platform.',
  ]);
});
