import { describe, expect, test } from 'vitest';
import { toBudgetDay } from '../../event/browser-budget.ts';
import { dayMs, hourMs } from '../../event/units.ts';
import { createDailyBytes } from './daily-bytes.ts';
import { createLimitTable } from './limit-table.ts';
import { createSharedMemory, openSharedTable } from './shared-limit-table.ts';

const midnight = Date.parse('2026-12-01T00:00:00Z');
const shared = () => openSharedTable(createSharedMemory(1_000));

const flatten = ({ ofCaller, raise }: ReturnType<typeof createDailyBytes>) => ({
  raise,
  take: (site: string, network: string | undefined, bytes: number) => ofCaller(site, network).take(bytes),
  ofCaller,
});

describe.each([
  ['of one thread', () => createLimitTable(1_000)],
  ['that threads share', shared],
])('daily bytes in a table %s', (_which, openTable) => {
  function start(limit: number, now: () => number = () => midnight) {
    return flatten(createDailyBytes(limit, now, openTable()));
  }

  test('half of the budget is for any network, and 1% of it for each network beyond', () => {
    const { take } = start(10_000);
    expect(take('shop', 'a', 5_000)).toBeUndefined();
    expect(take('shop', 'a', 101)).toBe(dayMs / 1_000);
    expect(take('shop', 'a', 100)).toBeUndefined();
    expect(take('shop', 'a', 1)).toBe(dayMs / 1_000);
    expect(take('other', 'a', 5_000), 'another site').toBeUndefined();
    const networks = Array.from({ length: 60 }, (_, index) => `n${index}`);
    expect(networks.filter((network) => take('shop', network, 100) === undefined)).toHaveLength(49);
    expect(take('shop', undefined, 1), 'all is used up').toBe(dayMs / 1_000);
  });

  test('a caller without a public address is bound by the whole budget only', () => {
    const { take } = start(10_000);
    expect([take('shop', undefined, 5_000), take('shop', undefined, 5_000)]).toEqual([undefined, undefined]);
    expect(take('shop', undefined, 1)).toBeGreaterThan(0);
  });

  test('denials have a reserve beyond the budget: 10% of it, and 1% of that for each network', () => {
    const { take, ofCaller } = start(10_000);
    take('shop', undefined, 10_000);
    expect(take('shop', 'a', 1)).toBeGreaterThan(0);
    const reserve = (bytes: number, network?: string, site = 'shop') => ofCaller(site, network).takeReserve(bytes);
    expect([reserve(10, 'a'), reserve(1, 'a'), reserve(10, 'b'), reserve(10, 'a', 'other')]).toEqual([true, false, true, true]);
    expect([reserve(980), reserve(1), reserve(1, 'c')]).toEqual([true, false, false]);
  });

  test('bytes that are given back can be taken again', () => {
    const { take, ofCaller } = start(10_000);
    take('shop', 'a', 5_000);
    take('shop', 'a', 100);
    expect(take('shop', 'a', 100)).toBeGreaterThan(0);
    ofCaller('shop', 'a').giveBack(100);
    expect(take('shop', 'a', 100)).toBeUndefined();
    expect(take('shop', undefined, 4_901)).toBeGreaterThan(0);
    ofCaller('shop', undefined).giveBack(1);
    expect(take('shop', undefined, 4_901)).toBeUndefined();
  });

  test('the budget begins anew at midnight UTC', () => {
    let now = midnight + 23 * hourMs;
    const { take } = start(10_000, () => now);
    for (const bytes of [5_000, 100]) take('shop', 'a', bytes);
    expect(take('shop', 'a', 100)).toBe(3_600);
    now = midnight + dayMs;
    expect(take('shop', 'a', 5_000)).toBeUndefined();
    expect(take('shop', 'a', 100), 'the network begins anew, too').toBeUndefined();
  });

  test('bytes of an earlier start and of other processes count, those of another day do not', () => {
    const { take, raise } = start(10_000);
    raise('shop', toBudgetDay(midnight) - 1, 10_000);
    expect(take('shop', undefined, 10)).toBeUndefined();
    raise('shop', toBudgetDay(midnight), 9_900);
    raise('shop', toBudgetDay(midnight), 100);
    expect(take('shop', undefined, 101)).toBeGreaterThan(0);
    expect(take('shop', undefined, 100)).toBeUndefined();
  });
});

test('tables on the same memory have one budget', () => {
  const memory = createSharedMemory(1_000);
  const [one, other] = [memory, memory].map((same) => flatten(createDailyBytes(100, () => midnight, openSharedTable(same))));
  expect(one?.take('shop', undefined, 60)).toBeUndefined();
  expect(other?.take('shop', undefined, 60)).toBeGreaterThan(0);
  expect(other?.take('shop', undefined, 40)).toBeUndefined();
});
