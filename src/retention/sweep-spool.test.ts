import { expect, it } from 'vitest';
import { createSteppedClock } from '../clock/stepped-clock.ts';
import { dayMs, hourMs } from '../event/units.ts';
import { createLogger } from '../logger.ts';
import { startSpoolSweeps } from './sweep-spool.ts';

const start = Date.UTC(2026, 10, 25);

it('the sweep of the spool removes what is older than 8 days every hour, and nothing while the clock is suspect', async () => {
  const clock = createSteppedClock(start);
  let aheadMs = 0;
  const removed: number[] = [];
  const lines: string[] = [];
  const spool = {
    async removeBefore(at: number) {
      removed.push(at);
      return removed.length;
    },
  };
  const sweeps = startSpoolSweeps({
    spool,
    clock: { now: () => clock.now() + aheadMs, after: clock.after },
    logger: createLogger('info', { write: (line) => lines.push(line) }),
  });
  const pass = async (ms: number) => {
    clock.moveTo(clock.now() + ms);
    await new Promise((resolve) => setImmediate(resolve));
  };
  await pass(hourMs);
  await pass(hourMs);
  expect(removed).toEqual([start + hourMs - 8 * dayMs, start + 2 * hourMs - 8 * dayMs]);
  expect(lines.at(-1)).toMatch(/"level":"error".*"expired":2.*spooled records lost/);
  aheadMs = 9 * dayMs;
  await pass(hourMs);
  expect(removed).toHaveLength(2);
  await sweeps.stop();
});
