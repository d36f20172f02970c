import { expect, test } from 'vitest';
import { findMaskedTexts, maskPayload, maskTexts, replacePart } from './mask-payload.ts';

const hash = 'a'.repeat(64);
const payload = {
  name: 'Purchase',
  user: { em: [hash], ip: '203.0.113.7', minor: true, height: 180, absent: null },
  data: { items: [{ id: 'a', note: 'private' }], value: 1 },
};
const harmless = ['name', 'data.value', 'data.items.*.id'];

test('every leaf whose path is not harmless is masked, and the shape stays', () => {
  expect(maskPayload(payload, harmless)).toEqual({
    name: 'Purchase',
    user: { em: ['*** (SHA-256)'], ip: '***', minor: '***', height: '***', absent: null },
    data: { items: [{ id: 'a', note: '***' }], value: 1 },
  });
});

test('a harmless path covers its own depth only', () => {
  expect(maskPayload({ data: { value: { deep: 'x' } } }, ['data.value', 'data.*'])).toEqual({ data: { value: { deep: '***' } } });
});

test('masked texts are found in another shape of the same data', () => {
  const texts = findMaskedTexts(payload, harmless);
  expect(maskTexts({ data: [payload], token: 'kept' }, texts)).toEqual({
    data: [
      {
        ...payload,
        user: { ...payload.user, em: ['*** (SHA-256)'], ip: '***' },
        data: { items: [{ id: 'a', note: '***' }], value: 1 },
      },
    ],
    token: 'kept',
  });
});

test('a payload inside a body is replaced as a whole, with its numbers', () => {
  const masked = maskPayload(payload, harmless);
  expect(replacePart({ events: [payload], test: 180 }, payload, masked)).toEqual({ events: [masked], test: 180 });
  expect(replacePart(payload, payload, masked)).toEqual(masked);
});

test('names of members that objects inherit are ordinary names', () => {
  const hostile = JSON.parse('{"__proto__":{"ip":"203.0.113.7"},"constructor":"x"}');
  expect(JSON.stringify(maskPayload(hostile, ['constructor']))).toBe('{"__proto__":{"ip":"***"},"constructor":"x"}');
});
