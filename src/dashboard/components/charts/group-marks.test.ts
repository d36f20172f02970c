import { expect, it } from 'vitest';
import { groupMarks } from './group-marks.ts';

const mark = (at: number) => ({ id: String(at), at, text: 'Paused the connection', actor: 'Ada' });

it('a mark belongs to the last point at or before its time, and one before all points to none', () => {
  const points = [{ at: 10 }, { at: 20 }, { at: 30 }];
  const groups = groupMarks(points, [mark(9), mark(10), mark(19), mark(35)]);
  expect([...groups].map(([at, marks]) => [at, marks.map((one) => one.at)])).toEqual([
    [10, [10, 19]],
    [30, [35]],
  ]);
});
