import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createSteppedClock } from '../../clock/stepped-clock.ts';
import { createLogger } from '../../logger.ts';
import { maintainDiskReserve } from './disk-reserve.ts';

const mebibyte = 1024 * 1024;
let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'convey-reserve-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

it('the reserve is created when there is space, released when the disk is full, and created again', async () => {
  const file = join(dir, 'reserve');
  let free = 640 * mebibyte;
  const reserve = maintainDiskReserve({ file, freeBytes: () => free, logger: createLogger('silent', process.stderr) });
  await reserve.check();
  expect(statSync(file).size).toBe(64 * mebibyte);
  expect(statSync(file).blocks * 512).toBeGreaterThanOrEqual(64 * mebibyte);
  free = 64 * mebibyte;
  await reserve.check();
  expect(existsSync(file)).toBe(true);
  free -= 1;
  await reserve.check();
  expect(existsSync(file)).toBe(false);
  free = 640 * mebibyte - 1;
  await reserve.check();
  expect(existsSync(file)).toBe(false);
  free += 1;
  await reserve.check();
  expect(existsSync(file)).toBe(true);
  free = 0;
  await reserve.stop();
  expect(existsSync(file)).toBe(false);
});

it('the reserve is released within a second after the disk is full, and no creation is tried each second', async () => {
  const file = join(dir, 'reserve');
  const clock = createSteppedClock(0);
  let free = 640 * mebibyte;
  const reserve = maintainDiskReserve({ file, freeBytes: () => free, logger: createLogger('silent', process.stderr), clock });
  await reserve.check();
  const pass = async (ms: number) => {
    clock.moveTo(clock.now() + ms);
    await new Promise((resolve) => setImmediate(resolve));
  };
  free = 0;
  await pass(1_000);
  expect(existsSync(file)).toBe(false);
  free = 640 * mebibyte;
  await pass(1_000);
  expect(existsSync(`${file}.part`)).toBe(false);
  await reserve.stop();
});
