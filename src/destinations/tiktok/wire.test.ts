import { expect, test } from 'vitest';
import type { HttpResponse } from '../kit/destination.ts';
import { readMessage } from './answer-message.ts';
import { settings } from './settings.ts';
import { decode, encode, probe } from './wire.ts';

function answer(status: number, body: unknown = '', headers: Record<string, string> = {}): HttpResponse {
  return { status, headers, body: typeof body === 'string' ? body : JSON.stringify(body), incomplete: false };
}
const error = (code: number, message = '') => ({ code, message, request_id: '20261127182345010203040506', data: {} });
const connection = settings.parse({ pixelCode: 'C4ABCDEF0123456789AB', token: 'tt-example-token-1' });

test.each([
  ['Batch.0.properties.contents.0.content_id: Not a valid string', 0, 'properties.contents.0.content_id'],
  ['data[12].user.email: Not a valid hash', 12, 'user.email'],
  ['DATA.999.event_id: Not a valid string', 999, 'event_id'],
  ['Invalid event at index 7.', 7, ''],
  ['Invalid value for event_id: not a valid string.', undefined, 'event_id'],
  ['Batch.1.event_id and batch.1.event_time: Not valid', 1, 'event_id'],
  ['Batch.1.event_id and Batch.2.event_id: Not valid', undefined, 'event_id'],
  ['Invalid value for query: "index 3"', undefined, 'query'],
  ["Invalid value for query: 'data[3]' is too long", undefined, 'query'],
  ['Invalid value for query: “data[3]', undefined, 'query'],
  ['Invalid value for query: data[3] is too long', undefined, 'query'],
  ['Invalid value for query: see index 3', undefined, 'query'],
  ['database.3 is not reachable', undefined, ''],
  ['', undefined, ''],
])('§7.2 the message %j names the event %j and the field %j', (message, index, field) => {
  const read = readMessage(message);
  expect([read.index, read.field]).toEqual([index, field]);
});

test('§7.12 a rejection has the code, the field and words of TikTok, without the values that it echoes', () => {
  const message =
    'Batch.0.user.ip: "Jane" at jane@shop.example, +49 151 2345678, 203.0.113.7, 2001:db8::7, Mozilla/5.0 is not a valid address';
  const decoded = decode(answer(200, error(40_002, message)), 1);
  const [issue] = 'rejectRows' in decoded ? (decoded.rejectRows.get(0) ?? []) : [];
  expect(issue).toMatchObject({ field: 'user.ip', code: '40002' });
  expect(issue?.message).toMatch(/is not a valid address” \(request_id 20261127182345010203040506\)\.$/);
  expect(issue?.message).not.toMatch(/jane|2345678|203\.0|2001|Mozilla/i);
});

test('§7.12 a block and a reason to wait have the words and the request id too', () => {
  const blocked = decode(answer(200, error(40_001, 'No permission to operate pixel code: C4ABCDEF0123456789AB.')), 1);
  expect('blocked' in blocked && blocked.blocked.message).toMatch(
    /“No permission to operate pixel code: \[removed\]” \(request_id/,
  );
  expect(decode(answer(429, error(40_100, 'Too many requests. Please retry in some time.')), 1)).toEqual({
    retry:
      "TikTok reports too many requests (40100). TikTok's words: “Too many requests. Please retry in some time.” (request_id 20261127182345010203040506).",
  });
});

test.each([
  [200, error(40_002, 'Invalid value for event_source_id: not a valid string.'), true],
  [403, 'Forbidden', true],
  [422, '', true],
  [200, '<html><body>Request blocked</body></html>', true],
  [401, '', undefined],
  [404, '', undefined],
  [405, '', undefined],
  [302, '', undefined],
  [200, error(40_105), undefined],
] as const)('§7.13 whether %i with %j may be about the content of an event: %j', (status, body, mayBeContent) => {
  const decoded = decode(answer(status, body), 1);
  expect('blocked' in decoded && decoded.blocked).toBeTruthy();
  expect('blocked' in decoded && decoded.mayBeContent).toBe(mayBeContent);
});

test('§8.1 the probe is a request without events, at the address of events', () => {
  expect(probe.encode(connection)).toEqual(encode([], connection));
  expect(JSON.parse(probe.encode(connection).body)).toEqual({
    event_source: 'web',
    event_source_id: 'C4ABCDEF0123456789AB',
    data: [],
  });
});

test.each([
  [200, error(0, 'OK')],
  [200, error(40_002, 'Invalid value for data: Shorter than minimum length 1.')],
  [400, error(40_002, 'data: Missing data for required field.')],
])('§8.1 an answer with %i and %j means that the token was taken', (status, body) => {
  expect(probe.decode(answer(status, body))).toBe('ok');
});

test.each([
  [200, error(40_105), 'token-refused'],
  [401, error(40_104), 'token-missing'],
  [200, error(40_001), 'access-refused'],
  [200, error(40_007), 'pixel-not-found'],
  [200, error(40_002, 'Invalid value for event_source_id: not a valid string.'), 'pixel-code-refused'],
  [401, error(40_100), 'probe-unavailable'],
  [200, error(50_000), 'probe-unavailable'],
  [503, '', 'probe-unavailable'],
  [200, error(40_006), 'error-unknown'],
  [400, '', 'endpoint-wrong'],
  [200, '{}', 'endpoint-wrong'],
  [404, '<html></html>', 'answered-by-web-page'],
  [301, '', 'redirected'],
])('§8.2 a probe that is answered with %i and %j reports %s', (status, body, code) => {
  expect(probe.decode(answer(status, body))).toMatchObject({ code });
});

test.each(['', ' ', '{}', 'null', '[]', '1', '{"ok":true}'])('§7.14 a success in an unknown form is unconfirmed: %j', (body) => {
  for (const status of [200, 202, 204]) {
    expect(decode(answer(status, body), 2)).toMatchObject({ retry: expect.any(String), unconfirmed: 'platform' });
    expect(decode(answer(status, body), 2, { endpoint: 'https://proxy.shop.example' })).toMatchObject({
      unconfirmed: 'own-endpoint',
    });
  }
});

test('§7.14 a text, an error and a cut answer are no success in an unknown form', () => {
  for (const body of ['OK', '{"error":"No."}']) expect(decode(answer(200, body), 2)).toEqual({ retry: expect.any(String) });
  expect(decode({ ...answer(200, '{}'), incomplete: 'cut' }, 2)).toEqual({ retry: expect.any(String) });
});
