import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { formatAccuracy } from './format-accuracy.ts';

test('formatAccuracy shows the accepted share and the accounted share, which differ for orders that wait', () => {
  const sums = { orders: 2, accepted: 0, explained: 2, missing: 0, share: 1 };
  const period = { since: '2026-11-24', until: '2026-11-25' };
  const lines = formatAccuracy({
    site: 'shop',
    timeZone: 'Europe/Berlin',
    ...period,
    hasWebhooks: true,
    alertUnder: 0.9,
    coverage: 'Counts orders that were reported within 7 days after they were placed, as the site accepts events.',
    unknownToShop: 0,
    connections: [
      {
        connection: 'bing',
        destination: 'microsoft',
        ...sums,
        amounts: [{ currency: 'EUR', amount: 30.5, refunded: 10, net: 20.5, accepted: 0, explained: 30.5, missing: 0 }],
        noted: 0,
        notCounted: {},
        gaps: [],
        days: [{ day: '2026-11-25', ...sums, amounts: [], gaps: {} }],
        alert: { state: 'few', ...period, orders: 0 },
      },
    ],
  });
  const toCells = (text = '') =>
    stripVTControlCharacters(text)
      .split('\n')
      .map((line) => line.split(/ {2,}/));
  expect(toCells(lines[1])).toEqual([
    ['day', 'orders', 'accepted', 'explained', 'missing', '% accepted', '% accounted for'],
    ['2026-11-25', '2', '0', '2', '0', '0%', '100%'],
  ]);
  expect(lines.slice(-2).join(' ')).toMatch(/^Counts orders .* as the site accepts events\.$/);
  expect(lines.at(-4)).toBe('Refunded by now: EUR\u00a010.00, which leaves EUR\u00a020.50 net.');
  expect(toCells(lines.at(-5))).toEqual([
    ['ordered', 'accepted', 'explained', 'missing', '% accepted'],
    ['EUR\u00a030.50', 'EUR\u00a00.00', 'EUR\u00a030.50', 'EUR\u00a00.00', '0%'],
  ]);
});
