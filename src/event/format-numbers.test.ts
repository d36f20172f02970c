import { expect, it } from 'vitest';
import { formatCount, formatPercent } from './format-numbers.ts';

it('a share is never rounded to nothing or to all', () => {
  const shares = [[0, 9], [1, 1_000], [1, 3], [999, 1_000], [9, 9], [0, 0], [0.25]] as const;
  expect(shares.map(([part, whole]) => formatPercent(part, whole))).toEqual([
    '0 %',
    '<1 %',
    '33 %',
    '>99 %',
    '100 %',
    '0 %',
    '25 %',
  ]);
});

it('a count has its noun in the right number', () => {
  expect([formatCount(1, 'event'), formatCount(0, 'event'), formatCount(1_204, 'copy', 'copies')]).toEqual([
    '1 event',
    '0 events',
    '1,204 copies',
  ]);
});
