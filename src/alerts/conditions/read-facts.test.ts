import { expect, it } from 'vitest';
import { dayMs, hourMs, minuteMs } from '../../event/units.ts';
import { createFacts, createSiteFacts, evaluate, now } from './evaluate.fixture.ts';
import { createWeekCache, readSilences } from './read-facts.ts';

it('the orders of a site are read once an hour, a share of the sites in each round', async () => {
  const sites = Array.from({ length: 400 }, (_, index) => ({
    id: `s${index}`,
    name: 'Shop',
    connections: [],
    accuracy: { alertUnder: null },
  }));
  const reads = new Map<string, number>();
  let at = now;
  let total = 0;
  const getWeek = async ({ id }: { readonly id: string }) => {
    total += 1;
    reads.set(id, (reads.get(id) ?? 0) + 1);
    return new Map();
  };
  const cacheWeeks = createWeekCache({ getWeek, now: () => at });
  const runRound = async () => {
    const before = total;
    const readWeek = cacheWeeks(sites.map(({ id }) => id));
    const weeks = await Promise.all(sites.map(readWeek));
    at += minuteMs;
    return { reads: total - before, unread: weeks.filter((week) => week === 'unread').length };
  };
  expect(await runRound()).toEqual({ reads: 10, unread: 390 });
  for (let round = 1; round < 60; round += 1) await runRound();
  expect([...new Set(reads.values())]).toEqual([1]);
  expect(reads.size).toBe(400);
  expect(await runRound()).toEqual({ reads: 10, unread: 0 });
});

it('a shop whose counts were removed, or whose events are not counted yet, is reported neither as silent nor as recovered', async () => {
  const read = async (last: number | undefined, isUncounted = false) => {
    const range = last === undefined ? undefined : { first: now - 35 * dayMs, last };
    const store = { getReceivedRange: async () => range, sumReceived: async () => 90 };
    const silences = await readSilences('shop', { store, hasUncounted: async () => isUncounted }, now, 'UTC');
    const rules = [{ on: 'no-events' }, { on: 'pixel-missing' }] as const;
    return evaluate(createFacts([createSiteFacts([], { silences })]), { rules }).map(({ verdict }) =>
      typeof verdict === 'string' ? verdict : 'silent',
    );
  };
  expect(await read(undefined)).toEqual(['unknown', 'unknown']);
  expect(await read(now - minuteMs)).toEqual(['fine', 'fine']);
  expect(await read(now - hourMs)).toEqual(['silent', 'unknown']);
  expect(await read(now - hourMs, true)).toEqual(['unknown', 'unknown']);
});
