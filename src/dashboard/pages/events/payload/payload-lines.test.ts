import { describe, expect, test } from 'vitest';
import type { TimelineView } from '../../../../api/client.ts';
import { maskClickIds, toPayloadLines } from './payload-lines.ts';

/** The API's mask of a hash. */
const hash = '*** (SHA-256)';
const payload = {
  eventId: 'ord-1',
  eventName: 'purchase',
  eventSourceUrl: 'https://shop.example/thanks?msclkid=***&order=1',
  userData: { em: hash, anonymousId: '***', clientIpAddress: '***', other: '***' },
  customData: { value: 12.5, items: [{ id: 'sku1', price: 3 }] },
};
const known: Pick<TimelineView, 'event' | 'copies' | 'recalled' | 'missing'> = {
  event: null,
  copies: [],
  recalled: [],
  missing: [{ key: 'phone', says: 'It was never sent.', remedy: 'Send it.' }],
};
const issue = (field: string, message = 'Wrong.') => ({ field, code: 'c', message });

describe('payload lines', () => {
  test('show which personal data is present, but no values', () => {
    const { lines } = toPayloadLines({ ...payload, stray: hash }, [], known);
    expect(JSON.stringify(lines)).not.toContain('***"');
    expect(lines.find(({ path }) => path === 'userData.em')).toMatchObject({
      kind: 'identity',
      text: expect.stringContaining('SHA-256'),
    });
    expect(lines.find(({ path }) => path === 'userData.anonymousId')).toMatchObject({ kind: 'identity', text: 'present' });
    expect(lines.find(({ path }) => path === 'stray')).toMatchObject({ kind: 'identity' });
  });

  test('explain each missing match key', () => {
    const { lines } = toPayloadLines(payload, [], known);
    expect(lines.filter(({ kind }) => kind === 'absent').map(({ key, text }) => [key, text])).toEqual([
      ['msclkid', 'Not known at the time of sending.'],
      ['ph', 'It was never sent. Send it.'],
      ['externalId', 'Not known at the time of sending.'],
      ['clientUserAgent', 'Not known at the time of sending.'],
    ]);
  });

  test('have the issues of their field, by its name in the event or the payload', () => {
    const messages = [
      issue('userData.em'),
      issue('customData.items.0.price'),
      issue('commerce.value', '`value` is sent rounded.'),
      issue('user.phone', '`ph` is not sent.'),
      issue('eventsReceived'),
      issue(''),
    ];
    const { lines, unplaced } = toPayloadLines(payload, messages, known);
    const placed = lines.flatMap(({ path, issues }) => issues.map(({ field }) => [path, field]));
    expect(placed).toEqual([
      ['userData.em', 'userData.em'],
      ['userData.ph', 'user.phone'],
      ['customData.value', 'commerce.value'],
      ['customData.items[0].price', 'customData.items.0.price'],
    ]);
    expect(unplaced.map(({ field }) => field)).toEqual(['eventsReceived', '']);
  });

  test('include fields that were left out', () => {
    const messages = [
      issue('commerce.items[0].quantity', '`items[0].quantity` is not sent.'),
      issue('commerce.category', '`ecommCategory` is not sent.'),
      issue('customData.currency'),
      issue('user.email'),
    ];
    const { lines, unplaced } = toPayloadLines(payload, messages, known);
    expect(
      lines.filter((line) => line.kind === 'absent' && line.issues.length > 0).map(({ path, depth }) => [path, depth]),
    ).toEqual([
      ['customData.items[0].quantity', 3],
      ['customData.ecommCategory', 1],
      ['customData.currency', 1],
    ]);
    expect(unplaced.map(({ field }) => field)).toEqual(['user.email']);
  });

  test('are empty for a payload that is no object', () => {
    expect(toPayloadLines(null, [], known).lines).toEqual([]);
  });
});

test('maskClickIds masks only the click ids of a URL', () => {
  expect(maskClickIds('https://a.example/?x=1&gclid=abc&y=2#f')).toBe('https://a.example/?x=1&gclid=…&y=2#f');
});
