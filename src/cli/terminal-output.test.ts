import { stripVTControlCharacters, styleText } from 'node:util';
import { expect, test } from 'vitest';
import { money, table } from './terminal-output.ts';

const lines = (text: string) => stripVTControlCharacters(text).split('\n');

test('money formats an amount as the dashboard does', () => {
  expect([money(62.7, 'USD'), money(1_000, 'JPY'), money(1.5, undefined)]).toEqual(['USD 62.70', 'JPY 1,000', '1.5']);
});

test('a table aligns numbers to the right, and texts to the left', () => {
  const rows = [
    ['2026-11-26', '1', '–', 'a'],
    ['2026-11-27', '1,234', '93%', 'bb'],
  ];
  expect(lines(table(['day', 'orders', 'share', 'name'], rows))).toEqual([
    'day         orders  share  name',
    '2026-11-26       1      –  a',
    '2026-11-27   1,234    93%  bb',
  ]);
});

test('a table ignores colours when it measures its cells', () => {
  const green = styleText('green', 'ok', { validateStream: false });
  expect(
    lines(
      table(
        ['state', 'id'],
        [
          [green, 'a'],
          ['broken', 'b'],
        ],
      ),
    ),
  ).toEqual(['state   id', 'ok      a', 'broken  b']);
});
