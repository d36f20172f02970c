import { expect, test } from 'vitest';
import { hashExternalId, isHashLike, normalizeGivenHash } from './hashing.ts';

const hash = '9042facd1da0a0cccf21100f98a3e63b546a8cc164ec31212e08fe07ffe7ab03';
const ofNothing = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

test('a hash keeps its digits, in lower case and without the appendix of a library', () => {
  for (const end of ['', '.AQQCAQAA', '.BA', '.a-_Z09', '.1234567890abcdef'])
    for (const text of [hash + end, hash.toUpperCase() + end]) {
      expect(isHashLike(text), text).toBe(true);
      expect(normalizeGivenHash(text)).toBe(hash);
      expect(hashExternalId(` ${text} `)).toBe(hash);
    }
});

test.each([
  '',
  hash.slice(1),
  `${hash}a`,
  `${hash}.`,
  `${hash}.1234567890abcdefg`,
  `${hash}.a b`,
  `${hash}.a.b`,
  `${hash}.com@x`,
  `x${hash}`,
])('another text is no hash (%j)', (text) => {
  expect(isHashLike(text)).toBe(false);
  expect(normalizeGivenHash(text)).toBeUndefined();
});

test('the hash of nothing is none, also with an appendix', () => {
  expect(normalizeGivenHash(ofNothing)).toBeUndefined();
  expect(normalizeGivenHash(`${ofNothing}.AQQCAQAA`)).toBeUndefined();
});
