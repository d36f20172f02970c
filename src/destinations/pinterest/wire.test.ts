import { expect, test } from 'vitest';
import type { HttpResponse } from '../kit/destination.ts';
import { settings } from './settings.ts';
import { decode, encode, probe } from './wire.ts';

function answer(status: number, body: unknown = '', headers: Record<string, string> = {}): HttpResponse {
  return { status, headers, body: typeof body === 'string' ? body : JSON.stringify(body), incomplete: false };
}
const connection = settings.parse({ adAccountId: '549755885175', token: 'pina_exampletoken' });
const failed = (error_message: string) => ({
  num_events_received: 1,
  num_events_processed: 0,
  events: [{ status: 'failed', error_message, warning_message: null }],
});

test("§7.13 a rejection has Pinterest's words without the values that they echo", () => {
  const decoded = decode(answer(200, failed("'em' pat.lee@shop.example of +49 151 2345678 is not hashed")), 1);
  const [issue] = 'settled' in decoded ? (decoded.settled[0]?.issues ?? []) : [];
  expect(issue).toMatchObject({ field: 'em', code: 'failed' });
  expect(issue?.message).toMatch(/^Pinterest refused the event\. Its words: “'em' \[removed\] of \[removed\] is not hashed”/);
  const refused = decode(answer(400, { code: 400, message: 'Invalid request: pat.lee@shop.example' }), 1);
  expect(JSON.stringify(refused)).not.toContain('pat.lee');
});

test('§7.13 a block and a reason to wait have the words and the code', () => {
  const blocked = decode(answer(403, { code: 29, message: 'You are not permitted to access that resource.' }), 1);
  expect('blocked' in blocked && blocked.blocked.message).toMatch(/“You are not permitted .*” \(code 29\)\.$/);
  expect(decode(answer(503, { code: 4197, message: 'Ramped down.' }), 1)).toEqual({
    retry: 'Pinterest answered 503 (code 4197). Its words: “Ramped down.”.',
  });
});

test.each([
  [403, '<html><body>Request blocked</body></html>', true],
  [404, '', true],
  [400, '', true],
  [200, '<html><body>Request blocked</body></html>', true],
  [401, '', undefined],
  [302, '', undefined],
  [401, { code: 2 }, undefined],
  [403, { code: 29 }, undefined],
] as const)('§7.12 whether %i with %j may be about the content of an event: %j', (status, body, mayBeContent) => {
  const decoded = decode(answer(status, body), 1);
  expect('blocked' in decoded && decoded.mayBeContent).toBe(mayBeContent);
});

test('§8.1 the probe is one event of 1970 in the test mode, also of a live connection', () => {
  const { body, ...head } = probe.encode(connection);
  const { body: _, ...events } = encode([], { ...connection, testMode: 'on' });
  expect(head).toEqual(events);
  expect(head.url).toBe('https://api.pinterest.com/v5/ad_accounts/549755885175/events?test=true');
  expect(JSON.parse(body)).toEqual({
    data: [
      {
        event_name: 'custom',
        action_source: 'web',
        event_time: 1,
        event_id: 'convey-probe',
        user_data: { em: ['0'.repeat(64)] },
      },
    ],
  });
});

test.each([
  [200, { num_events_received: 1, num_events_processed: 1, events: [{ status: 'processed' }] }],
  [200, failed('too old')],
  [400, { code: 400, message: 'Invalid request' }],
  [422, { code: 4196, message: 'Not all events were successfully processed.' }],
])('§8.1 an answer with %i and %j proves the token and the ad account', (status, body) => {
  expect(probe.decode(answer(status, body))).toBe('ok');
});

test.each([
  [401, { code: 2, message: 'Authentication failed.' }, 'token-refused'],
  [401, { code: 3 }, 'scope-missing'],
  [403, { code: 29 }, 'access-refused'],
  [404, { code: 50, message: 'not found' }, 'account-not-found'],
  [429, { code: 8 }, 'probe-unavailable'],
  [503, '', 'probe-unavailable'],
  [400, '', 'endpoint-wrong'],
  [200, '{}', 'endpoint-wrong'],
  [200, '<html></html>', 'answered-by-web-page'],
  [404, '<html></html>', 'answered-by-web-page'],
  [301, '', 'redirected'],
  [302, { code: 1 }, 'redirected'],
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
  for (const body of ['OK', '{"code":1,"message":"No."}'])
    expect(decode(answer(200, body), 2)).toEqual({ retry: expect.any(String) });
  expect(decode({ ...answer(200, '{}'), incomplete: 'cut' }, 2)).toEqual({ retry: expect.any(String) });
});
