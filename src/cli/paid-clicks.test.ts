import { expect, test } from 'vitest';
import type { PaidClicksView } from '../api/client.ts';
import { formatPaidClicks } from './paid-clicks.ts';

const empty: PaidClicksView = {
  ...{ site: 'shop', connection: 'bing', destination: 'microsoft', total: { paid: 0, captured: 0 }, days: [], campaigns: [] },
  ...{ otherCampaigns: { paid: 0, captured: 0 }, pages: [], otherPages: 0, unknownPage: 0, notes: ['Days are in UTC.'] },
  ...{ state: 'waiting', summary: 'No paid clicks have been compared yet.' },
};

test('a comparison has tables of days, lost clicks and landing pages', () => {
  const campaigns = Array.from({ length: 12 }, (_, index) => ({
    campaign: `${index}`,
    keyword: 'red\u001b shoes',
    paid: 3,
    captured: 1,
  }));
  const text = formatPaidClicks({
    ...empty,
    ...{ state: 'compared', summary: 'Captured 4 of 6 paid clicks (67%).', checkedAt: Date.UTC(2026, 11, 2, 9) },
    days: [
      { day: '2026-11-30', paid: 6, captured: 4, hasEvents: true },
      { day: '2026-12-01', paid: 2, captured: 0, hasEvents: false },
    ],
    campaigns: [...campaigns, { campaign: '', keyword: 'all captured', paid: 1, captured: 1 }],
    pages: [{ page: 'shop.example/shoes', captured: 4 }],
    unknownPage: 1,
  });
  expect(text).toContain('shop/bing  compared 2026-12-02 09:00 UTC\nCaptured 4 of 6 paid clicks (67%).');
  expect(text).toMatch(/2026-11-30 +6 +4 +67%/);
  expect(text).toMatch(/2026-12-01 +2 +no events +–/);
  expect(text).toMatch(/others +6 +4/);
  expect(text).toMatch(/shop\.example\/shoes +4/);
  expect(text).toMatch(/not known +1/);
  expect(text).toContain('- Days are in UTC.');
  for (const left of ['\u001b', 'all captured']) expect(text).not.toContain(left);
});

test.each([
  ['not-reached', 'The platform was not reached: No. (X)'],
  ['refused', 'The platform gave no report: No. (X)'],
] as const)('a failure that is %s says so, without tables', (kind, line) => {
  const text = formatPaidClicks({
    ...empty,
    failure: { kind, code: 'X', message: 'No.' },
    requestedAt: Date.UTC(2026, 11, 2, 9),
  });
  expect(text).toBe(`shop/bing  report requested 2026-12-02 09:00 UTC\nNo paid clicks have been compared yet.\n${line}`);
});
