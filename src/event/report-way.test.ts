import { expect, it } from 'vitest';
import { describeReports, type ReportWay } from './report-way.ts';

it.each<[ReportWay, number, string]>([
  [{ reporter: 'browser' }, 1_234, '1,234 reports of the pixel in the last 24 hours'],
  [{ reporter: 'webhook' }, 1, "1 report of the shop's webhooks in the last 24 hours"],
  [{ reporter: 'server', via: 'segment' }, 0, 'No report of the server by a Segment SDK in the last 24 hours'],
  [{ reporter: 'server', via: 'import' }, 2, '2 reports of an import in the last 24 hours'],
])('reports of %j are named in one clause', (way, count, expected) => {
  expect(describeReports({ ...way, count })).toBe(expected);
});
