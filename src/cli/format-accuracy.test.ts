import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { formatAccuracy } from './format-accuracy.ts';

test('formatAccuracy shows the accepted share and the accounted share, which differ for orders that wait', () => {
  const sums = { orders: 2, accepted: 0, explained: 2, missing: 0, share: 1 };
  const period = { since: '2026-11-24', until: '2026-11-25' };
  const [text] = formatAccuracy({
    site: 'shop',
    ...period,
    hasWebhooks: true,
    alertUnder: 0.9,
    unknownToShop: 0,
    connections: [
      {
        connection: 'bing',
        destination: 'microsoft',
        ...sums,
        noted: 0,
        notCounted: {},
        gaps: [],
        days: [{ day: '2026-11-25', ...sums, gaps: {} }],
        alert: { state: 'few', ...period, orders: 0 },
      },
    ],
  }).slice(1, 2);
  expect(
    stripVTControlCharacters(text ?? '')
      .split('\n')
      .map((line) => line.split(/ {2,}/)),
  ).toEqual([
    ['day', 'orders', 'accepted', 'explained', 'missing', '% accepted', '% accounted for'],
    ['2026-11-25', '2', '0', '2', '0', '0%', '100%'],
  ]);
});
