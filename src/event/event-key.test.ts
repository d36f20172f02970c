import { describe, expect, test } from 'vitest';
import { formatEventKey, parseEventKey } from './event-key.ts';

describe('event key', () => {
  test('parseEventKey returns the parts that formatEventKey joined', () => {
    const parts = { name: 'Purchase', id: 'order 1/ä', reporter: 'webhook' } as const;
    expect(parseEventKey(formatEventKey(parts))).toEqual(parts);
  });

  test.each([
    ['', { name: '', id: '', reporter: undefined }],
    ['Lead', { name: 'Lead', id: '', reporter: undefined }],
    ['Lead\u001fa\u001fpartner', { name: 'Lead', id: 'a', reporter: undefined }],
  ])('parseEventKey returns no reporter when the key %j names none', (key, parts) => {
    expect(parseEventKey(key)).toEqual(parts);
  });
});
