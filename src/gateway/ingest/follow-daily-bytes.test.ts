import { expect, test } from 'vitest';
import { createSteppedClock } from '../../clock/stepped-clock.ts';
import { minuteMs } from '../../event/units.ts';
import { createLogger } from '../../logger.ts';
import { followDailyBytes } from './follow-daily-bytes.ts';

test('the bytes of an earlier start are read, and a failed read is logged', async () => {
  const lines: string[] = [];
  const raised: unknown[] = [];
  const context = {
    clock: { now: () => 0, monotonic: () => 0, after: () => () => undefined },
    logger: createLogger('warn', { write: (line: string) => void lines.push(line) }),
    onShutdown: () => undefined,
  };
  const follow = (
    getBrowserUsage: (site: string) => Promise<{ day: number; visitors: number; links: number; bytes: number } | undefined>,
  ) =>
    followDailyBytes(context, {
      dailyBytes: { raise: (...args) => void raised.push(args) },
      store: { getBrowserUsage },
      sites: () => [{ id: 'shop' }, { id: 'other' }],
      isShared: false,
    });
  await follow(async (site) => (site === 'shop' ? { day: 7, visitors: 1, links: 2, bytes: 3 } : undefined));
  expect(raised).toEqual([['shop', 7, 3]]);
  await follow(async () => Promise.reject(new Error('away')));
  expect(lines.join()).toContain('browser budget not read');
});

test('sites are read at the same time, and failed reads in a row are logged once', async () => {
  const lines: string[] = [];
  const clock = createSteppedClock(0);
  const { promise: all, resolve: release } = Promise.withResolvers<void>();
  let fails = false;
  let reads = 0;
  const context = {
    clock,
    logger: createLogger('warn', { write: (line: string) => void lines.push(line) }),
    onShutdown: () => undefined,
  };
  await followDailyBytes(context, {
    dailyBytes: { raise: () => undefined },
    store: {
      async getBrowserUsage() {
        reads += 1;
        if (reads === 2) release();
        if (fails) throw new Error('away');
        await all;
        return undefined;
      },
    },
    sites: () => [{ id: 'shop' }, { id: 'other' }],
    isShared: true,
  });
  fails = true;
  for (let minute = 1; minute <= 3; minute += 1) {
    await expect.poll(() => clock.countTimers()).toBe(1);
    clock.moveTo(minute * minuteMs);
    await expect.poll(() => reads).toBe(2 + 2 * minute);
  }
  expect(lines).toHaveLength(1);
});
