import { expect, it } from 'vitest';
import { isTooDeep } from './json-depth.ts';

const nest = (levels: number, inner = '1') => '['.repeat(levels) + inner + ']'.repeat(levels);

it('a text is too deep beyond 64 levels, whatever its strings contain', () => {
  expect([64, 65, 200_000].map((levels) => isTooDeep(nest(levels)))).toEqual([false, true, true]);
  expect(isTooDeep('{"a":'.repeat(200_000))).toBe(true);
  expect(isTooDeep(JSON.stringify(nest(200_000)))).toBe(false);
  expect(isTooDeep(JSON.stringify([`"\\${nest(100)}`, nest(100)]))).toBe(false);
  expect(isTooDeep(Array(1_000).fill(nest(3)).join())).toBe(false);
  // The text ends within a string.
  expect(isTooDeep(`"${'['.repeat(100)}`)).toBe(false);
});
