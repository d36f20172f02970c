import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { now, server, shop } from '../site.fixture.ts';
import { ingestServerEvents } from './append-events.ts';

/** How many turns others had until all the events of a body were accepted and went to the log. */
async function turnsOf(events: readonly unknown[]): Promise<number> {
  let turns = 0;
  let atAppend: number | undefined;
  const others = (async () => {
    for (; atAppend === undefined; turns++) await nextTurn();
  })();
  await ingestServerEvents(events, server, shop, {
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
  expect(await turnsOf(Array(32).fill(small))).toBe(0);
  expect(await turnsOf(Array(33).fill(small))).toBe(1);
  expect(await turnsOf(Array(500).fill(small))).toBe(15);
});

test('other requests get a turn after each large event of any kind', async () => {
  expect(await turnsOf(Array(8).fill(large))).toBe(7);
  expect(await turnsOf(Array(8).fill(numbers))).toBe(7);
  expect(await turnsOf(Array(8).fill(rejected))).toBe(7);
});
