import { expect, it } from 'vitest';
import { slowDisk } from './slow-disk.ts';

let time = 0;
const append = (tookMs: number) => async () => {
  time += tookMs;
};

it('more than one of 100 appends that take over 2 s are too many, for 10 s', async () => {
  time = 0;
  const disk = slowDisk(() => time);
  for (let index = 0; index < 200; index += 1) await disk.timed(append(1));
  await disk.timed(append(2_001));
  await disk.timed(append(2_001));
  expect(disk.isSlow()).toBe(false);
  await disk.timed(append(2_001));
  expect(disk.isSlow()).toBe(true);
  time += 10_000;
  expect(disk.isSlow()).toBe(false);
});

it('a few slow ones where little comes are none, and those that fail count like the others', async () => {
  time = 0;
  const disk = slowDisk(() => time);
  for (let index = 0; index < 3; index += 1) await disk.timed(append(3_000));
  expect(disk.isSlow()).toBe(false);
  const failing = async () => {
    time += 10;
    throw new Error('disk I/O error');
  };
  const at = time;
  for (let index = 0; index < 20; index += 1) await expect(disk.timed(failing)).rejects.toThrow('I/O');
  time = at + 300;
  expect(disk.isSlow()).toBe(true);
});
