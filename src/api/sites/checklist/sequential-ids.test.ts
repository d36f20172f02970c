import { describe, expect, it } from 'vitest';
import { findIdPattern, type IdPattern } from './sequential-ids.ts';

const numbered = (numbers: readonly number[], of: (number: number) => string) => numbers.map(of);

describe('ids that count up', () => {
  it.each<[string, readonly string[], IdPattern]>([
    ['one by one', numbered([1001, 1002, 1003, 1004, 1005], (number) => `purchase-${number}`), 'sequential'],
    ['with gaps', numbered([10, 14, 15, 71, 99, 100], String), 'sequential'],
    ['in two rows', numbered([1, 900, 2, 901, 3, 902, 4, 903, 5, 904], (n) => `${n > 500 ? 'DE' : 'US'}-${n}`), 'sequential'],
    ['with text after the number', numbered([7, 8, 9, 10, 11], (number) => `ord-${number}-eu`), 'sequential'],
    ['with one out of order', numbered([1, 2, 3, 4, 6, 5, 7, 8, 9, 10], String), 'sequential'],
    ['in two ids', ['purchase-5001', 'purchase-5002'], 'sequential'],
    ['in four ids', numbered([1001, 1002, 1005, 1009], String), 'sequential'],
    ['a single id', ['purchase-5001'], 'few'],
    ['few random ids', ['9138471', '1147', '88120034', '55'], 'few'],
    ['few ids, one out of order', numbered([1001, 1003, 1002], String), 'few'],
    ['random numbers', ['9138471', '1147', '88120034', '55', '7120091'], 'random'],
    [
      'with a part that cannot be guessed',
      numbered([1, 2, 3, 4, 5], (n) => `purchase-${n}-${'3a9f1c77be042d58'.slice(n)}`),
      'random',
    ],
    ['without numbers', ['a', 'b', 'c', 'd', 'e', 'f'], 'random'],
    ['none', [], 'few'],
  ])('%s', (_, ids, expected) => {
    expect(findIdPattern(ids)).toBe(expected);
  });
});
