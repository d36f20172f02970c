import { describe, expect, test } from 'vitest';
import type { Consent } from './consent.ts';
import { createKeyFilter, formatEventKey, isForConnection, parseEventKey } from './event-key.ts';

describe('event key', () => {
  test('parseEventKey returns the parts that formatEventKey joined', () => {
    const parts = { name: 'Purchase', id: 'order 1/ä', reporter: 'webhook' } as const;
    expect(parseEventKey(formatEventKey(parts))).toEqual(parts);
  });

  const named = { name: 'Purchase', id: 'order-1002', reporter: 'browser' } as const;
  const granted = { stated: 'granted', effective: 'granted' } as const;
  const consents: readonly Consent[] = [
    granted,
    { stated: 'denied', effective: 'denied' },
    { stated: 'unknown', effective: 'denied' },
    { ...granted, adUserData: 'denied' },
    { ...granted, adPersonalization: 'denied' },
    { ...granted, adUserData: 'denied', adPersonalization: 'denied' },
  ];

  test("a browser's report has a key of its own for each thing that it denies", () => {
    const keys = consents.map((consent) => formatEventKey({ ...named, consent }));
    expect(new Set(keys)).toHaveProperty('size', consents.length);
    for (const key of keys) {
      expect(parseEventKey(key)).toEqual(named);
      expect(key.split(createKeyFilter().separator)).toHaveLength(3);
    }
    const plain = formatEventKey({ ...named, consent: granted });
    const alone = formatEventKey({ ...named, deniesItselfAlone: true });
    expect(keys, 'a denial beyond the limit').not.toContain(alone);
    expect([parseEventKey(alone), alone.split(createKeyFilter().separator).length]).toEqual([named, 3]);
    expect([plain, parseEventKey('Purchase\u001forder-1002\u001fbrowser')], 'as earlier versions wrote it').toEqual([
      'Purchase\u001forder-1002\u001fbrowser',
      named,
    ]);
    expect(formatEventKey({ ...named, consent: { ...granted, adUserData: 'granted' } })).toBe(plain);
  });

  test('a report by another way in has a key of its own, beside what it denies', () => {
    const denied = { stated: 'denied', effective: 'denied' } as const;
    const keys = [{}, { consent: denied }].flatMap((more) => [
      formatEventKey({ ...named, ...more }),
      formatEventKey({ ...named, ...more, via: 'segment' }),
    ]);
    expect(keys.map((key) => key.split('\u001f')[2])).toEqual([
      'browser',
      'browser@segment',
      'browser-denied',
      'browser-denied@segment',
    ]);
    expect(keys.map(parseEventKey)).toEqual([named, { ...named, via: 'segment' }, named, { ...named, via: 'segment' }]);
    expect(parseEventKey('Lead\u001fa\u001fwebhook@later'), 'of a later version').toEqual({
      name: 'Lead',
      id: 'a',
      reporter: 'webhook',
    });
    const added = { ...named, addedBy: { rule: 'vip', connection: 'ads' } };
    expect(formatEventKey({ ...added, via: 'segment' })).toBe(formatEventKey(added));
    for (const key of keys) expect(isForConnection(key, 'ads')).toBe(true);
  });

  test.each<[string, Partial<Parameters<typeof formatEventKey>[0]>]>([
    ["the shop's server sent it", { reporter: 'server' }],
    ["the shop's webhook sent it", { reporter: 'webhook' }],
    ['it denies itself alone', { deniesItselfAlone: true }],
    ['a rule added it', { addedBy: { rule: 'vip', connection: 'ads' } }],
  ])('a report has one key whatever it denies when %s', (_, more) => {
    const keys = consents.map((consent) => formatEventKey({ ...named, ...more, consent }));
    expect(new Set(keys)).toHaveProperty('size', 1);
  });

  test.each([
    ['', { name: '', id: '', reporter: undefined }],
    ['Lead', { name: 'Lead', id: '', reporter: undefined }],
    ['Lead\u001fa\u001fpartner', { name: 'Lead', id: 'a', reporter: undefined }],
  ])('parseEventKey returns no reporter when the key %j names none', (key, parts) => {
    expect(parseEventKey(key)).toEqual(parts);
  });
});
