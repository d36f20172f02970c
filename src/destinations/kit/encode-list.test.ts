import { expect, test } from 'vitest';
import { decodeList, encodeList } from './encode-list.ts';

test.each([
  [[], undefined, { 'a"b': [] }],
  [['{"id":1}'], undefined, { 'a"b': [{ id: 1 }] }],
  [['1', '"x"'], { mode: 'test', list: [] }, { 'a"b': [1, 'x'], mode: 'test', list: [] }],
])('the texts %j are the list of a JSON object', (texts, others, expected) => {
  const text = encodeList('a"b', texts, others);
  expect(JSON.parse(text)).toEqual(expected);
  expect(decodeList(text, 'a"b')).toEqual(expected['a"b']);
});

test.each(['', 'no JSON', '[]', 'null', '{}', '{"data":{}}', '{"other":[1]}'])('the text %j has no list', (text) => {
  expect(decodeList(text, 'data')).toEqual([]);
});
