import { expect, it } from 'vitest';
import { createSteppedClock } from '../../../clock/stepped-clock.ts';
import { createLogger } from '../../../logger.ts';
import { DatabaseOutage } from './database-outage.ts';
import { watchWrites } from './watch-writes.ts';

it('an outage without a spool has one line until ten checks in a row succeed', async () => {
  const clock = createSteppedClock(0);
  const lines: string[] = [];
  const logger = createLogger('info', { write: (line) => void lines.push(JSON.parse(line).msg) });
  const outage = new DatabaseOutage({ logger, monotonic: () => clock.now() });
  let writable = true;
  const watch = watchWrites({ log: { health: async () => ({ writable, records: 0, bytes: 0 }) }, outage, clock });
  const pass = async (seconds: number) => {
    for (let second = 0; second < seconds; second += 1) {
      clock.moveTo(clock.now() + 1_000);
      await new Promise((resolve) => setImmediate(resolve));
      // A poll can read the database.
      outage.end('reads');
    }
  };
  await pass(20);
  expect(lines).toEqual([]);
  for (let times = 0; times < 20; times += 1) {
    writable = times % 2 === 1;
    await pass(5);
  }
  expect(lines).toEqual(['database away']);
  writable = true;
  await pass(10);
  expect(lines).toEqual(['database away', 'database back']);
  await watch.stop();
});
