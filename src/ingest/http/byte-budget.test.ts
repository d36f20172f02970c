import { expect, test } from 'vitest';
import { type BytesLease, createByteBudget } from './byte-budget.ts';

const kibibyte = 1_024;
const limits = { total: 1_024 * kibibyte, perNetwork: 256 * kibibyte };
const reserveAll = (requests: readonly BytesLease[], bytes: number) => requests.filter((one) => one.reserve(bytes)).length;

test('a budget without a limit per network is shared, and released bytes can be reserved again', () => {
  const open = createByteBudget({ total: 100 });
  const [first, second] = [open('a'), open('a')];
  expect([first.reserve(60), second.reserve(60), second.reserve(40), second.fits(1)]).toEqual([true, false, true, false]);
  first.release();
  first.release();
  expect([second.reserve(60), second.reserve(1)]).toEqual([true, false]);
});

test('a network holds no more than its limit over all of its requests', () => {
  const open = createByteBudget(limits);
  const [first, second] = [open('a'), open('a')];
  expect([first.reserve(200 * kibibyte), second.reserve(56 * kibibyte), second.reserve(1)]).toEqual([true, true, false]);
  first.release();
  expect(second.reserve(1)).toBe(true);
});

test('networks that hold much leave a quarter to those that hold little', () => {
  const open = createByteBudget(limits);
  const large = Array.from({ length: 8 }, (_, index) => open(`large-${index}`));
  expect(reserveAll(large, 128 * kibibyte)).toBe(6);
  const small = Array.from({ length: 64 }, (_, index) => open(`small-${index}`));
  expect(reserveAll(small, 8 * kibibyte)).toBe(32);
  expect(open('another').reserve(1), 'all of it is held').toBe(false);
  small[0]?.release();
  expect(large[0]?.reserve(1), 'the quarter is not for those that hold much').toBe(false);
  expect(open('another').reserve(8 * kibibyte)).toBe(true);
});

test("a network's requests count together for the small-holder quarter", () => {
  const open = createByteBudget(limits);
  reserveAll([open('a'), open('b'), open('c')], 256 * kibibyte);
  const requests = Array.from({ length: 16 }, () => open('d'));
  expect(reserveAll(requests, 16 * kibibyte)).toBe(4);
});

test('the /56 and the /48 of a network hold 4 and 16 times as much, and at most half', () => {
  const open = createByteBudget({ total: 16_384 * kibibyte, perNetwork: 256 * kibibyte });
  const requests = (prefix: string) => Array.from({ length: 64 }, (_, index) => open(`${prefix}${index.toString(16)}`));
  expect(reserveAll(requests('2001:db8:1:'), 256 * kibibyte)).toBe(4);
  expect(
    reserveAll(
      Array.from({ length: 64 }, (_, index) => open(`2001:db8:2:${index.toString(16)}00`)),
      256 * kibibyte,
    ),
  ).toBe(16);
  const half = createByteBudget(limits);
  const wide = Array.from({ length: 64 }, (_, index) => half(`2001:db8:1:${index.toString(16)}00`));
  expect(reserveAll(wide, 128 * kibibyte)).toBe(4);
});

test('requests without a network hold at most half together, and small ones are admitted', () => {
  const open = createByteBudget(limits);
  const large = Array.from({ length: 8 }, () => open(undefined));
  expect(reserveAll(large, 128 * kibibyte)).toBe(4);
  const small = Array.from({ length: 80 }, () => open(undefined));
  expect(reserveAll(small, 8 * kibibyte)).toBe(64);
});
