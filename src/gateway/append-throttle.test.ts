import { expect, it } from 'vitest';
import { type AppendThrottle, createAppendThrottle } from './append-throttle.ts';

let time = 0;
function append(disk: AppendThrottle, tookMs: number): void {
  const ended = disk.admit();
  time += tookMs;
  ended?.();
}

function slowedDown(): AppendThrottle {
  time = 0;
  const disk = createAppendThrottle(() => time);
  for (let index = 0; index < 150; index += 1) append(disk, 1);
  append(disk, 2_001);
  append(disk, 2_001);
  return disk;
}

it('more than one of 100 appends that take over 2 s are too many: then one goes at a time, and the first that is quick ends it', () => {
  const disk = slowedDown();
  const tried = disk.admit();
  expect(tried).toBeDefined();
  expect(disk.admit()).toBeUndefined();
  time += 2_001;
  tried?.();
  const again = disk.admit();
  expect(again).toBeDefined();
  expect(disk.admit()).toBeUndefined();
  time += 5;
  again?.();
  expect([disk.admit(), disk.admit()]).toEqual([expect.any(Function), expect.any(Function)]);
});

it('what was slow is forgotten after 10 s', () => {
  const disk = slowedDown();
  time += 10_000;
  expect([disk.admit(), disk.admit()]).toEqual([expect.any(Function), expect.any(Function)]);
});

it('one of 100 is none too many, nor are a few where little comes', () => {
  time = 0;
  const many = createAppendThrottle(() => time);
  for (let index = 0; index < 150; index += 1) append(many, 1);
  append(many, 2_001);
  expect([many.admit(), many.admit()]).toEqual([expect.any(Function), expect.any(Function)]);
  const few = createAppendThrottle(() => time);
  for (let index = 0; index < 3; index += 1) append(few, 3_000);
  expect([few.admit(), few.admit()]).toEqual([expect.any(Function), expect.any(Function)]);
});
