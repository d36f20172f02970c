import { expect, it } from 'vitest';
import { stepOverBars } from './step-over-bars.ts';

it('a step line covers the first and the last bar in full', () => {
  const path: string[] = [];
  const curve = stepOverBars({
    moveTo: (x, y) => path.push(`M${x},${y}`),
    lineTo: (x, y) => path.push(`L${x},${y}`),
  });
  curve.lineStart();
  curve.point(10, 5);
  curve.point(30, 8);
  curve.lineEnd();
  expect(path.join('')).toBe('M0,5L20,5L20,8L40,8');
});
