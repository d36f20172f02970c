import { expect, it, vi } from 'vitest';
import { moveInBackground } from './move-in-background.ts';

it('a move goes on after failed writes, reports the first of them, and completes after the last row', async () => {
  const results = [200, new Error('disk full'), new Error('disk full'), 17, 0, 0];
  const move = vi.fn(async () => {
    const result = results.shift() ?? 0;
    if (result instanceof Error) throw result;
    return result;
  });
  const complete = vi.fn(async () => {
    if (complete.mock.calls.length === 1) throw new Error('a long read');
  });
  const onFault = vi.fn();
  const moves = moveInBackground({ move, complete, onFault });
  await expect.poll(() => complete.mock.calls.length).toBe(2);
  await moves.stop();
  expect(move).toHaveBeenCalledTimes(6);
  expect(onFault.mock.calls).toEqual([[new Error('disk full')], [new Error('a long read')]]);
});
