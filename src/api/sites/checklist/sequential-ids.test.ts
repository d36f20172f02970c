import { describe, expect, it } from 'vitest';
import { areSequentialIds } from './sequential-ids.ts';

const numbered = (numbers: readonly number[], of: (number: number) => string) => numbers.map(of);

describe('ids that count up', () => {
  it.each<[string, readonly string[], boolean]>([
    ['one by one', numbered([1001, 1002, 1003, 1004, 1005], (number) => `purchase-${number}`), true],
    ['with gaps', numbered([10, 14, 15, 71, 99, 100], String), true],
    ['in two rows', numbered([1, 900, 2, 901, 3, 902, 4, 903, 5, 904], (n) => `${n > 500 ? 'DE' : 'US'}-${n}`), true],
    ['with text after the number', numbered([7, 8, 9, 10, 11], (number) => `ord-${number}-eu`), true],
    ['with one out of order', numbered([1, 2, 3, 4, 6, 5, 7, 8, 9, 10], String), true],
    ['too few ids', numbered([1001, 1002, 1003, 1004], String), false],
    ['random numbers', ['9138471', '1147', '88120034', '55', '7120091'], false],
    [
      'with a part that cannot be guessed',
      numbered([1, 2, 3, 4, 5], (n) => `purchase-${n}-${'3a9f1c77be042d58'.slice(n)}`),
      false,
    ],
    ['without numbers', ['a', 'b', 'c', 'd', 'e', 'f'], false],
    ['none', [], false],
  ])('%s', (_, ids, expected) => {
    expect(areSequentialIds(ids)).toBe(expected);
  });
});
