import { expect, test } from 'vitest';
import { parseJsonOrUndefined, sanitizeVendorText } from './response-body.ts';

test('JSON with a byte order mark is parsed', () => {
  expect(parseJsonOrUndefined('\uFEFF{"a":1}')).toEqual({ a: 1 });
});

test.each(['', '<html>', '{"a":', 'undefined'])('the body %j is not JSON', (body) => {
  expect(parseJsonOrUndefined(body)).toBeUndefined();
});

test('JSON nested as deep as a response can be is parsed', () => {
  expect(parseJsonOrUndefined(`${'['.repeat(32_000)}${']'.repeat(32_000)}`)).toBeInstanceOf(Array);
});

test("a vendor's text without personal data is unchanged", () => {
  const words = "'eventTime' must be a valid UNIX UTC timestamp in seconds within last 7 days.";
  expect(sanitizeVendorText(words)).toBe(words);
});

test.each([
  ["'jane.doe+x@shop.example' is no hash", "'[removed]' is no hash"],
  ['the phone +1 (425) 555-1234 is no hash', 'the phone [removed] is no hash'],
  ['1767793837 is too old', '[removed] is too old'],
  ['ec81f3ac7b2b19675bab9d54cf416f9f18cff87c97da5cca82c0f0891bc40602 is too short', '[removed] is too short'],
])('possible personal data is masked: %s', (words, masked) => {
  expect(sanitizeVendorText(words)).toBe(masked);
});

test("a vendor's text becomes one line of at most 300 characters", () => {
  expect(sanitizeVendorText('one\r\n\u0000two\u2028three')).toBe('one two three');
  expect(sanitizeVendorText('x '.repeat(5_000))).toHaveLength(299);
});

test('an address at the 300th character is masked, not cut into readable halves', () => {
  expect(sanitizeVendorText(`${'x '.repeat(145)}jane.doe@shop.example`)).not.toContain('jane');
});

test('masking 64 KiB takes no noticeable time', () => {
  const before = process.threadCpuUsage();
  for (const unit of ['a', '1', 'a@', '1 ', '+', '(']) sanitizeVendorText(unit.repeat(65_536 / unit.length));
  const { user, system } = process.threadCpuUsage(before);
  expect((user + system) / 1_000).toBeLessThan(500);
});
