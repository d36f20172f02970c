import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { TurnLimit } from './turn-limit.ts';

it('lets two callers continue in each turn, in the order of their calls', async () => {
  const limit = new TurnLimit(2);
  const entered: number[] = [];
  const enter = async (caller: number) => {
    await limit.enter();
    entered.push(caller);
  };
  for (let caller = 0; caller < 5; caller += 1) void enter(caller);
  await Promise.resolve();
  expect(entered).toEqual([0, 1]);
  await nextTurn();
  expect(entered).toEqual([0, 1, 2, 3]);
  void enter(5);
  await nextTurn();
  expect(entered).toEqual([0, 1, 2, 3, 4, 5]);
  await nextTurn();
  void enter(6);
  void enter(7);
  await Promise.resolve();
  expect(entered, 'a new turn has room again').toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
});
