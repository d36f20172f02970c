import { expect, it } from 'vitest';
import { countSeverity } from './severity-styles.ts';

it('names a severity in the plural when it counts more than one issue', () => {
  const counts = (['urgent', 'warning', 'note'] as const).map((one) => [countSeverity(one, 1), countSeverity(one, 1_200)]);
  expect(counts).toEqual([
    ['1 Urgent', '1,200 Urgent'],
    ['1 Warning', '1,200 Warnings'],
    ['1 Note', '1,200 Notes'],
  ]);
});
