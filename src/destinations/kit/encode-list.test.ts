import { expect, test } from 'vitest';
import { encodeList } from './encode-list.ts';

test.each([
  [[], undefined, { 'a"b': [] }],
  [['{"id":1}'], undefined, { 'a"b': [{ id: 1 }] }],
  [['1', '"x"'], { mode: 'test', list: [] }, { 'a"b': [1, 'x'], mode: 'test', list: [] }],
])('the texts %j are the list of a JSON object', (texts, others, expected) => {
  expect(JSON.parse(encodeList('a"b', texts, others))).toEqual(expected);
});
