import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { now, serverContext, shop } from '../site.fixture.ts';
import { ingestServerEvents } from './append-events.ts';

/** Returns the number of turns that other work had before the append of a body's events. */
async function countTurns(events: readonly unknown[]): Promise<number> {
  let turns = 0;
  let atAppend: number | undefined;
  const others = (async () => {
    for (; atAppend === undefined; turns++) await nextTurn();
  })();
  await ingestServerEvents(events, serverContext, shop, {
    append: async (records) => {
      atAppend ??= turns;
      return records.map((_, n) => ({ offset: String(n) }));
    },
    now: () => now,
    newId: () => 'x',
  });
  await others;
  return atAppend ?? Number.NaN;
}

const small = { name: 'Lead', id: 'a' };
const large = { ...small, properties: Object.fromEntries(Array.from({ length: 10 }, (_, n) => [`k${n}`, 'x'.repeat(8_000)])) };
const rejected = { name: '1', commerce: { items: Array(10).fill({ name: 'x'.repeat(8_000) }) } };
const numbers = { ...small, properties: { list: Array(20_000).fill(1) } };

test('other requests get a turn after every 32 small events', async () => {
  expect(await countTurns(Array(32).fill(small))).toBe(0);
  expect(await countTurns(Array(33).fill(small))).toBe(1);
  expect(await countTurns(Array(500).fill(small))).toBe(15);
});

test('other requests get a turn after each large event of any kind', async () => {
  expect(await countTurns(Array(8).fill(large))).toBe(7);
  expect(await countTurns(Array(8).fill(numbers))).toBe(7);
  expect(await countTurns(Array(8).fill(rejected))).toBe(7);
});
