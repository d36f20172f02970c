import { afterEach, expect, it } from 'vitest';
import { createSteppedClock } from '../../clock/stepped-clock.ts';
import { createLogger } from '../../logger.ts';
import { startTableRewrites } from './start-table-rewrites.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const stops: (() => Promise<void>)[] = [];
afterEach(() => Promise.all(stops.splice(0).map((stop) => stop())));

function start(hour: number | null, isElected = true) {
  const clock = createSteppedClock(Date.UTC(2026, 10, 28, 2, 55));
  const calls: string[] = [];
  let log = '';
  const task = startTableRewrites({
    rewrites: {
      settleRewrites: async () => {
        calls.push('settle');
        return calls.length === 1 ? ['shop'] : [];
      },
      rewriteTables: async () => {
        calls.push('rewrite');
        return { ended: ['rival'], failed: [{ table: 'links', error: new Error('it is locked') }] };
      },
    },
    hour,
    isElected: () => isElected,
    clock,
    logger: createLogger('info', {
      write: (line) => {
        log += line;
      },
    }),
  });
  stops.push(task.stop);
  return {
    calls,
    log: () => log,
    async pass(ms: number) {
      for (let passed = 0; passed < ms; passed += minuteMs) {
        clock.moveTo(clock.now() + minuteMs);
        for (let turns = 0; turns < 4; turns += 1) await new Promise(setImmediate);
      }
    },
  };
}

it('tables are rewritten in the operator’s hour alone, and the erasures that end are logged', async () => {
  const { calls, log, pass } = start(3);
  await pass(10 * minuteMs);
  expect(calls).toEqual(['rewrite']);
  expect(log()).toMatch(/"table":"links".*"table not rewritten"/);
  expect(log()).toMatch(/"site":"rival","msg":"erasure ended: tables rewritten"/);
  await pass(hourMs);
  expect(new Set(calls.slice(0, 5))).toEqual(new Set(['rewrite']));
  expect(calls.at(-1)).toBe('settle');
});

it('tables are left to the operator when there is no hour, and to the elected process', async () => {
  const { calls, log, pass } = start(null);
  await pass(2 * hourMs);
  expect(new Set(calls)).toEqual(new Set(['settle']));
  expect(log()).toContain('"site":"shop","msg":"erasure ended: tables rewritten"');
  const other = start(3, false);
  await other.pass(hourMs);
  expect(other.calls).toEqual([]);
});
