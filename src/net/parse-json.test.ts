import fc from 'fast-check';
import { expect, test } from 'vitest';
import { maxDepth, parseJson } from './parse-json.ts';

const utf8 = new TextEncoder();
const parse = (text: string) => parseJson(utf8.encode(text));
/** A code unit, also half of a surrogate pair. The library's own unit of any code point costs seconds to build. */
const anyCharacter = fc.nat(0xffff).map((code) => String.fromCharCode(code));

test('a body is parsed with or without a byte order mark', () => {
  expect(parse('{"events":[1]}')).toEqual({ value: { events: [1] } });
  expect(parse('\ufeff{"events":[1]}')).toEqual({ value: { events: [1] } });
});

test('parseJson returns what JSON.parse returns when a body has any characters', () => {
  fc.assert(
    fc.property(fc.json({ stringUnit: anyCharacter }), fc.nat(3), (text, start) => {
      const bytes = utf8.encode(' '.repeat(start) + text).subarray(start);
      expect(parseJson(bytes)).toEqual({ value: JSON.parse(text.toWellFormed()) });
    }),
  );
});

test('32 levels are parsed and 33 are refused', () => {
  expect(parse('['.repeat(maxDepth) + ']'.repeat(maxDepth))).toHaveProperty('value');
  expect(parse('['.repeat(maxDepth + 1) + ']'.repeat(maxDepth + 1))).toEqual({ error: 'body-too-deep' });
});

test('3 million brackets are refused before parsing', () => {
  const before = process.threadCpuUsage();
  expect(parse('['.repeat(3_000_000))).toEqual({ error: 'body-too-deep' });
  expect(parse('{"a":'.repeat(100_000))).toEqual({ error: 'body-too-deep' });
  const { user, system } = process.threadCpuUsage(before);
  expect((user + system) / 1_000).toBeLessThan(1_000);
});

test('the value limit is exact, and does not count punctuation in texts', () => {
  const list = (entries: number) => utf8.encode(JSON.stringify(Array(entries).fill('[,]{,}')));
  expect(parseJson(list(99), 100)).toEqual({ value: Array(99).fill('[,]{,}') });
  expect(parseJson(list(100), 100)).toEqual({ error: 'value-count' });
  const members = (count: number) =>
    utf8.encode(JSON.stringify(Object.fromEntries(Array.from({ length: count }, (_, n) => [n, { n }]))));
  expect(parseJson(members(49), 99)).toHaveProperty('value');
  expect(parseJson(members(50), 99)).toEqual({ error: 'value-count' });
});

test('brackets inside strings do not nest, with escaped quotes', () => {
  const text = JSON.stringify(['"\\['.repeat(100)]);
  expect(parse(text)).toEqual({ value: JSON.parse(text) });
});

test.each([
  ['nothing', []],
  ['an overlong encoding', [0x22, 0xc0, 0xaf, 0x22]],
  ['half a character', [0x22, 0xe2, 0x82, 0x22]],
  ['UTF-16', [0xff, 0xfe, 0x7b, 0x00, 0x7d, 0x00]],
  ['an encoded surrogate', [0x22, 0xed, 0xa0, 0x80, 0x22]],
  ['half a body', [...utf8.encode('{"events":[')]],
  ['more than one value', [...utf8.encode('{} {}')]],
  ['a raw control character', [0x22, 0x00, 0x22]],
])('%s is unreadable', (_what, bytes) => {
  expect(parseJson(Uint8Array.from(bytes))).toEqual({ error: 'body-unreadable' });
});
