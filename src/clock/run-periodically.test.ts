import { expect, it } from 'vitest';
import { runPeriodically } from './run-periodically.ts';
import { createSteppedClock } from './stepped-clock.ts';

it('a periodic task goes on after a failed round, and marks a failure that follows another', async () => {
  const clock = createSteppedClock(0);
  const results = ['fails', 'fails', 'works', 'fails'];
  const faults: [string, boolean][] = [];
  const task = runPeriodically({
    clock,
    firstAfterMs: 10,
    everyMs: 10,
    async round() {
      const result = results.shift();
      if (result === 'fails') throw new Error(`${results.length} left`);
    },
    onFault: (error, isRepeated) => faults.push([error instanceof Error ? error.message : '', isRepeated]),
  });
  for (let round = 0; round < 5; round += 1) {
    clock.moveTo(clock.now() + 10);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await task.stop();
  expect(faults).toEqual([
    ['3 left', false],
    ['2 left', true],
    ['0 left', false],
  ]);
});
