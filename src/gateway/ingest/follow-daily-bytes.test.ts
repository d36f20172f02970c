import { expect, test } from 'vitest';
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
