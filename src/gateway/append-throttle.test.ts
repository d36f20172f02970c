import { expect, it } from 'vitest';
import { type AppendThrottle, createAppendThrottle } from './append-throttle.ts';

let time = 0;
function append(throttle: AppendThrottle, tookMs: number): void {
  const ended = throttle.admit();
  time += tookMs;
  ended?.();
}

function createSlowThrottle(): AppendThrottle {
  time = 0;
  const disk = createAppendThrottle(() => time);
  for (let index = 0; index < 150; index += 1) append(disk, 1);
  append(disk, 2_001);
  append(disk, 2_001);
  return disk;
}

it('the throttle admits one trial append at a time when over 1% took over 2 s, until a trial is quick', () => {
  const disk = createSlowThrottle();
  const trial = disk.admit();
  expect(trial).toBeDefined();
  expect(disk.admit()).toBeUndefined();
  time += 2_001;
  trial?.();
  const nextTrial = disk.admit();
  expect(nextTrial).toBeDefined();
  expect(disk.admit()).toBeUndefined();
  time += 5;
  nextTrial?.();
  expect([disk.admit(), disk.admit()]).toEqual([expect.any(Function), expect.any(Function)]);
});

it('the throttle ignores appends older than 10 s', () => {
  const disk = createSlowThrottle();
  time += 10_000;
  expect([disk.admit(), disk.admit()]).toEqual([expect.any(Function), expect.any(Function)]);
});

it('the throttle admits all appends when 1% are slow, or when there are few', () => {
  time = 0;
  const many = createAppendThrottle(() => time);
  for (let index = 0; index < 150; index += 1) append(many, 1);
  append(many, 2_001);
  expect([many.admit(), many.admit()]).toEqual([expect.any(Function), expect.any(Function)]);
  const few = createAppendThrottle(() => time);
  for (let index = 0; index < 3; index += 1) append(few, 3_000);
  expect([few.admit(), few.admit()]).toEqual([expect.any(Function), expect.any(Function)]);
});
