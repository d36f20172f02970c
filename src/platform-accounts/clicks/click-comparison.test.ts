import { expect, test } from 'vitest';
import { compareClicks } from './click-comparison.ts';

const at = Date.UTC(2026, 10, 30, 12);
const click = (clickId: string, more: object = {}) => ({ day: '2026-11-30', clickId, campaign: '7', keyword: 'shoes', ...more });
const days = { since: '2026-11-29', until: '2026-11-30' };
const captured = (entries: Readonly<Record<string, string | undefined>>) => ({
  clicks: new Map(Object.entries(entries).map(([id, page]) => [id, { at, page }])),
  daysWithEvents: new Set(['2026-11-29', '2026-11-30']),
});

test('lost clicks are counted by day, campaign and keyword, and captured ones by page', () => {
  const clicks = [
    click('a'),
    click('b', { keyword: 'boots' }),
    click('c', { keyword: 'boots' }),
    click('d', { day: '2026-11-29' }),
    click('f', { day: '2026-11-01' }),
  ];
  const found = captured({ a: 'shop.example/shoes', d: undefined, e: 'shop.example/' });
  expect(compareClicks({ clicks, withoutId: 2 }, found, days, [])).toEqual({
    ...days,
    days: [
      { day: '2026-11-29', paid: 1, captured: 1, hasEvents: true },
      { day: '2026-11-30', paid: 3, captured: 1, hasEvents: true },
    ],
    campaigns: [
      { campaign: '7', keyword: 'boots', paid: 2, captured: 0 },
      { campaign: '7', keyword: 'shoes', paid: 2, captured: 2 },
    ],
    otherCampaigns: { paid: 0, captured: 0 },
    pages: [{ page: 'shop.example/shoes', captured: 1 }],
    otherPages: 0,
    unknownPage: 1,
    unpaid: 1,
    withoutId: 2,
  });
});

test('a day without events is not compared, because no page can be blamed', () => {
  const found = { ...captured({}), daysWithEvents: new Set(['2026-11-29']) };
  expect(compareClicks({ clicks: [click('a')], withoutId: 0 }, found, days, [])).toMatchObject({
    days: [{ hasEvents: true }, { day: '2026-11-30', paid: 1, captured: 0, hasEvents: false }],
    campaigns: [],
  });
});

test('days whose events are gone keep their counts for 28 days', () => {
  const before = ['2026-11-02', '2026-11-03', '2026-11-28', '2026-11-29'].map((day) => ({
    ...{ day, paid: 9, captured: 8, hasEvents: true },
  }));
  const report = compareClicks({ clicks: [], withoutId: 0 }, captured({}), days, before);
  expect(report.days.map(({ day, paid }) => `${day} ${paid}`)).toEqual([
    '2026-11-03 9',
    '2026-11-28 9',
    '2026-11-29 0',
    '2026-11-30 0',
  ]);
});

test('long lists are cut, and the rest is summed', () => {
  const ids = Array.from({ length: 60 }, (_, index) => String(index));
  const clicks = [...ids, '0x'].map((id) => click(id, { keyword: id.replace('x', '') }));
  const found = captured(Object.fromEntries(ids.map((id) => [id, `shop.example/${id}`])));
  const report = compareClicks({ clicks, withoutId: 0 }, found, days, []);
  expect([report.campaigns.length, report.otherCampaigns, report.pages.length, report.otherPages]).toEqual([
    ...[50, { paid: 10, captured: 10 }, 50, 10],
  ]);
  expect(report.campaigns[0]).toMatchObject({ keyword: '0', paid: 2, captured: 1 });
});
