import { describe, expect, test } from 'vitest';
import { type MissingKeys, toPayloadLines } from './payload-lines.ts';

/** The API's mask of a hash. */
const hash = '*** (SHA-256)';
const payload = {
  uid: 'ord-1',
  url: 'https://shop.example/thanks?acmeclid=***&order=1',
  who: { mail_hash: hash, device: '***', people: [{ net: '***' }] },
  what: { total: 12.5, lines: [{ id: 'sku1', price: 3 }] },
};
const missing: MissingKeys = [
  { path: 'who.phone_hash', says: 'It was never sent.', remedy: 'Send it.' },
  { path: 'who.people.*.name', says: 'Not collected.', remedy: '' },
  { path: 'ref', says: 'No click.', remedy: '' },
];
const issue = (field: string, message = 'Wrong.') => ({ field, code: 'c', message });

describe('payload lines', () => {
  test('show which personal data is present, but no values', () => {
    const { lines } = toPayloadLines({ ...payload, stray: hash }, [], missing);
    expect(JSON.stringify(lines)).not.toContain('***"');
    expect(lines.find(({ path }) => path === 'who.mail_hash')).toMatchObject({ kind: 'identity', text: 'SHA-256, present' });
    expect(lines.find(({ path }) => path === 'who.device')).toMatchObject({ kind: 'identity', text: 'present' });
    expect(lines.find(({ path }) => path === 'stray')).toMatchObject({ kind: 'identity' });
  });

  test('explain each missing match key in the group of its path', () => {
    const { lines } = toPayloadLines(payload, [], missing);
    expect(lines.map(({ path, depth, kind, text }) => [path, depth, ...(kind === 'absent' ? [text] : [])])).toEqual([
      ['uid', 0],
      ['url', 0],
      ['who', 0],
      ['who.mail_hash', 1],
      ['who.device', 1],
      ['who.people', 1],
      ['who.people[0]', 2],
      ['who.people[0].net', 3],
      ['who.people.name', 2, 'Not collected.'],
      ['who.phone_hash', 1, 'It was never sent. Send it.'],
      ['what', 0],
      ['what.total', 1],
      ['what.lines', 1],
      ['what.lines[0]', 2],
      ['what.lines[0].id', 3],
      ['what.lines[0].price', 3],
      ['ref', 0, 'No click.'],
    ]);
  });

  test('have the issues of their field, by its name in the event or the payload', () => {
    const messages = [
      issue('who.mail_hash'),
      issue('what.lines.0.price'),
      issue('commerce.value', '`total` is sent rounded.'),
      issue('user.phone', '`phone_hash` is not sent.'),
      issue('received'),
      issue(''),
    ];
    const { lines, unplaced } = toPayloadLines(payload, messages, missing);
    const placed = lines.flatMap(({ path, issues }) => issues.map(({ field }) => [path, field]));
    expect(placed.toSorted()).toEqual([
      ['what.lines[0].price', 'what.lines.0.price'],
      ['what.total', 'commerce.value'],
      ['who.mail_hash', 'who.mail_hash'],
      ['who.phone_hash', 'user.phone'],
    ]);
    expect(unplaced.map(({ field }) => field)).toEqual(['received', '']);
  });

  test('include fields that were left out of a group', () => {
    const messages = [
      issue('commerce.items[0].quantity', '`lines[0].quantity` is not sent.'),
      issue('what.currency'),
      issue('commerce.category', '`shelf` is not sent.'),
      issue('user.email'),
    ];
    const { lines, unplaced } = toPayloadLines(payload, messages, missing);
    expect(
      lines.filter((line) => line.kind === 'absent' && line.issues.length > 0).map(({ path, depth }) => [path, depth]),
    ).toEqual([
      ['what.lines[0].quantity', 3],
      ['what.currency', 1],
    ]);
    expect(unplaced.map(({ field }) => field)).toEqual(['commerce.category', 'user.email']);
  });

  test('are empty for a payload that is no object', () => {
    expect(toPayloadLines(null, [], missing).lines).toEqual([]);
  });
});
