import { expect, test } from 'vitest';
import { formatCsvRow, toCells } from './event-csv.ts';

test('a row quotes its texts, and defuses those that a spreadsheet would run', () => {
  expect(formatCsvRow(['a', 1.5, -2, '', 'b"c', 'd,e', 'f\ng'])).toBe('a,1.5,-2,,"b""c","d,e","f\ng"\r\n');
  for (const start of ['=', '+', '-', '@', '\t', '\r', ' =', '\n=']) expect(formatCsvRow([`${start}cmd`])).toMatch(/^"?'/);
  expect(formatCsvRow(["'=1", '2026-01-01'])).toBe("'=1,2026-01-01\r\n");
});

test('an outcome stands in the column of its connection, also if the event is for one connection only', () => {
  const outcomes = [{ connection: 'meta', outcome: 'delivered', says: 'Delivered.', issues: [] }] as const;
  const row = {
    site: 'shop',
    offset: '1',
    gone: true,
    reason: 'expired',
    says: '',
    receivedAt: 0,
    outcomes: [...outcomes],
  } as const;
  expect(toCells(row, ['bing', 'meta', 'tiktok']).slice(-4)).toEqual(['expired', '', 'delivered', '']);
});
