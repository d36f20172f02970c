import { expect, it } from 'vitest';
import { isSameQuestion } from './same-question.ts';

const route = 'GET /api/sites/:site/series';
const hourMs = 3_600_000;
const asked = { site: 'shop', since: 0, until: 100 * hourMs };

it('a question stays the same while the clock moves on, and while the pages of its list are turned', () => {
  expect(isSameQuestion([route, asked], [route, asked])).toBe(true);
  expect(isSameQuestion([route, asked], [route, { ...asked, until: 101 * hourMs }])).toBe(true);
  expect(isSameQuestion([route, asked], [route, { ...asked, cursor: 'older' }])).toBe(true);
  expect(isSameQuestion([route, { ...asked, connection: undefined }], [route, asked])).toBe(true);
});

it.each([
  ['another range', { since: hourMs }],
  ['a range that ends much later', { until: 102 * hourMs }],
  ['a range that ends earlier', { until: 90 * hourMs }],
  ['another site', { site: 'other' }],
  ['another filter', { event: ['Purchase'] }],
  ['another comparison', { compare: 'before' }],
])('%s is another question', (_, changed) => {
  expect(isSameQuestion([route, asked], [route, { ...asked, ...changed }])).toBe(false);
});

it('days are another question when they differ, and so is another route', () => {
  expect(isSameQuestion([route, { until: '2026-12-01' }], [route, { until: '2026-12-02' }])).toBe(false);
  expect(isSameQuestion([route, asked], ['GET /api/totals', asked])).toBe(false);
  expect(isSameQuestion(undefined, [route, asked])).toBe(false);
});
