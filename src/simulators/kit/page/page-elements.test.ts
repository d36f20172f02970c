import { expect, it } from 'vitest';
import { formatJson } from './page-elements.ts';

it.each([
  [{ a: [1, 'x"\n', null, true, [], {}, [[{}]]], 'b"': { c: 1.5 } }],
  [[]],
  [{}],
  ['text'],
  [null],
  [[{ a: 1, b: undefined }]],
])('formatJson indents %j like JSON.stringify', (value) => {
  expect(formatJson(value)).toBe(JSON.stringify(value, null, 2));
});

it('formatJson reads no more of a large body than it shows', () => {
  let reads = 0;
  const item = {
    get name() {
      reads += 1;
      return 'x';
    },
  };
  const shown = formatJson({ data: Array(100_000).fill(item), rest: 'y' });
  expect(shown).toContain('… truncated. See /journal');
  expect(shown.length).toBeLessThan(9_000);
  expect(JSON.stringify({ data: Array(100_000).fill(item) }, null, 2)).toContain(shown.slice(0, 8_000));
  expect(reads - 200_000).toBeLessThan(1_000);
  expect(formatJson(['x'.repeat(1_000_000)]).length).toBeLessThan(9_000);
});
