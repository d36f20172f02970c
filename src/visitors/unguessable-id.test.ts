import { createHash, randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isUnguessable } from './unguessable-id.ts';

const digest = (key: number) => createHash('sha256').update(String(key)).digest('hex');

describe('an id', () => {
  it.each([
    'purchase-1001',
    'purchase-5734826901234',
    // Microseconds since 1970, and a snowflake.
    'purchase-1001-1732442400000123',
    'purchase-1859123456789012345',
    'purchase-20261124100000000017',
    // A time in milliseconds, padded to 16 hexadecimal digits.
    'purchase-0000018bcfe56800',
    // Counts up in hexadecimal digits.
    'purchase-00000000000003e9',
    'purchase-65f5a1b2c3d4e5f6a7b8c9d0',
    // PHP's uniqid and a version 1 UUID: made of the clock.
    'purchase-65f5a1b2c3d4e',
    'purchase-65f5a1b2c3d4e8.12345678',
    '5a3e9b70-ea5c-11ee-a951-0242ac120002',
    'purchase-Order2026November24',
    'purchase-INVOICE20261124WEB01',
    // A prefix before, or a suffix after, a number that counts up.
    'purchase-DE20261201000123',
    'purchase-fac1732442400000123',
    'purchase-2026120100012345be',
    'ACE1234567890123456789',
    'purchase-winter-sale-landing-page-form',
    'signup-8812345670',
    'purchase-M-MBX1Z2QWABC',
    '',
  ])('%j can be guessed', (id) => {
    expect(isUnguessable(id)).toBe(false);
  });

  it.each([
    'purchase-5002-4f1d8a90c3b7e526',
    'purchase-bd5a8aa1ecd019dd3520ff791ee3a24c',
    'purchase-BD5A8AA1ECD019DD3520FF791EE3A24C',
    'purchase-1001-3b241101-e2bb-4255-8caf-4136c566a962',
    'order_V1StGXR8Z5jdHi6BmyTq',
  ])('%j cannot be guessed', (id) => {
    expect(isUnguessable(id)).toBe(true);
  });

  it('can be guessed when it holds only an order number', () => {
    fc.assert(fc.property(fc.bigInt({ min: 0n, max: 10n ** 30n }), (number) => !isUnguessable(`purchase-${number}`)));
  });

  it('can be guessed when it holds an order number with a prefix or a suffix', () => {
    const affix = fc.string({ unit: fc.constantFrom(...'ABCDEF'), maxLength: 6 });
    const number = fc.bigInt({ min: 0n, max: 10n ** 30n });
    const holdsNone = (text: string, order: bigint) =>
      [`purchase-${text}${order}`, `purchase-${order}${text}`].every((id) => !isUnguessable(id));
    fc.assert(fc.property(affix, number, holdsNone));
  });

  it('cannot be guessed when it holds a fresh UUID or 16 bytes of a digest in hexadecimal digits', () => {
    // Random bytes begin with 0000 once in 65,536 times, and then do not qualify.
    for (let turn = 0; turn < 1_000; turn += 1) {
      expect(isUnguessable(`purchase-${turn}-${randomUUID()}`)).toBe(true);
      expect(isUnguessable(`purchase-${turn}-${digest(turn).slice(0, 32)}`)).toBe(true);
    }
  });

  it('qualifies in more than 99% of cases as 16 hexadecimal digits of a digest, because a few have no letter', () => {
    const ids = Array.from({ length: 5_000 }, (_, key) => digest(key).slice(0, 16));
    expect(ids.filter(isUnguessable).length / ids.length).toBeGreaterThan(0.99);
  });
});
