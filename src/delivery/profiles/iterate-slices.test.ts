import { expect, it } from 'vitest';
import { iterateSlices } from './iterate-slices.ts';

async function collect(bytes: readonly number[], size: number): Promise<readonly (readonly number[])[]> {
  const slices: (readonly number[])[] = [];
  for await (const slice of iterateSlices(bytes, size, (entry) => entry)) slices.push(slice);
  return slices;
}

it('yields every entry once and in order, in slices of the size', async () => {
  expect(await collect([1, 2, 3, 4, 5], 2)).toEqual([[1, 2], [3, 4], [5]]);
  expect(await collect([], 2)).toEqual([]);
});

it('ends a slice at the entry that makes it large', async () => {
  const large = 200 * 1_024;
  expect(await collect([large, large, 1, 9 * large, 2, 3], 5)).toEqual([
    [large, large],
    [1, 9 * large],
    [2, 3],
  ]);
});

it('lets other tasks run between two slices', async () => {
  let turns = 0;
  const turn = () => {
    turns++;
    setImmediate(turn).unref();
  };
  setImmediate(turn).unref();
  const seen: number[] = [];
  for await (const _ of iterateSlices([1, 2, 3], 1)) seen.push(turns);
  expect(seen[1]).toBeGreaterThan(seen[0] ?? 0);
  expect(seen[2]).toBeGreaterThan(seen[1] ?? 0);
});
