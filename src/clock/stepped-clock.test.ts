import { expect, test } from 'vitest';
import { createSteppedClock } from './stepped-clock.ts';

test('a stepped clock runs the timers that are due in their order, each at its own time', () => {
  const clock = createSteppedClock(1_000);
  const rung: [string, number][] = [];
  const note = (name: string) => () => rung.push([name, clock.now()]);
  clock.after(300, note('late'));
  clock.after(100, note('early'));
  clock.after(200, note('cancelled'))();
  clock.after(900, note('waiting'));
  clock.after(-5, () => clock.after(50, note('started by another')));
  clock.moveTo(1_400);
  expect(rung).toEqual([
    ['early', 1_100],
    ['late', 1_300],
  ]);
  expect([clock.now(), clock.countTimers()]).toEqual([1_400, 2]);
  clock.moveTo(1_450);
  expect(rung.at(-1)).toEqual(['started by another', 1_400]);
});

test('a timer that cancels another one of the same step keeps it from running', () => {
  const clock = createSteppedClock(0);
  const rung: string[] = [];
  const cancel = clock.after(20, () => rung.push('cancelled'));
  clock.after(10, cancel);
  clock.moveTo(30);
  expect(rung).toEqual([]);
});

test('a stepped clock never goes back, and is the machine clock after its release', async () => {
  const clock = createSteppedClock(1_000);
  clock.moveTo(2_000);
  clock.moveTo(1_500);
  expect(clock.now()).toBe(2_000);
  let hasRung = false;
  const waiting = new Promise<void>((resolve) => void clock.after(Date.now() - clock.now() + 20, resolve));
  const cancelled = clock.after(Date.now() - clock.now() + 10, () => {
    hasRung = true;
  });
  const before = Date.now();
  clock.release();
  expect(clock.now()).toBeGreaterThanOrEqual(before);
  expect(clock.now()).toBeLessThanOrEqual(Date.now());
  cancelled();
  await waiting;
  await new Promise<void>((resolve) => void clock.after(1, resolve));
  expect([hasRung, clock.countTimers()]).toEqual([false, 0]);
});
