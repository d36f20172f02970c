import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { HttpResponse } from '../kit/destination.ts';
import { settings } from './settings.ts';
import { decode, encode, partnerAgent, probe } from './wire.ts';

function answer(status: number, body: unknown = '', headers: Record<string, string> = {}): HttpResponse {
  return { status, headers, body: typeof body === 'string' ? body : JSON.stringify(body), incomplete: false };
}
const error = (code: number, error_subcode?: number, more: object = {}) => ({
  error: { code, ...(error_subcode !== undefined && { error_subcode }), ...more },
});
const connection = settings.parse({ datasetId: '1234567890123456', token: 'EAAexampletoken' });

test("§6.12 a rejection has our reason, Meta's text in its own language, and the trace id, without the value that it echoes", () => {
  const body = error(100, 2_804_019, {
    message: 'Invalid parameter',
    error_user_title: 'Paramètre non valide',
    error_user_msg: "$['data'][0]['user_data']['em'] n'est pas valide : jane@shop.example, +49 151 2345678",
    fbtrace_id: 'AbC-_1',
  });
  const decoded = decode(answer(400, body), 1);
  const [issue] = 'rejectRows' in decoded ? (decoded.rejectRows.get(0) ?? []) : [];
  expect(issue?.field).toBe('user_data.em');
  expect(issue?.message).toMatch(
    /^A field has a wrong form\. .*“Paramètre non valide: .* n'est pas valide : \[removed\].*AbC-_1/,
  );
  expect(issue?.message).not.toMatch(/jane|2345678/);
});

test('§6.12 a block has the text and the trace id too', () => {
  const decoded = decode(answer(401, error(190, 463, { message: 'Session has expired', fbtrace_id: 'AbC' })), 1);
  expect('blocked' in decoded && decoded.blocked.message).toMatch(/“Session has expired” \(fbtrace_id AbC\)/);
});

test('§6.6 a reason to wait names the code', () => {
  expect(decode(answer(400, error(17, 2_446_079, { message: 'Limit reached' })), 1)).toEqual({
    retry: "Meta reports too many requests (17/2446079). Meta's words: “Limit reached”.",
  });
});

test.each([
  [0.5, '30'],
  [1, '60'],
  [10_080, '604800'],
  [0, '9'],
  [-1, '9'],
  [10_081, '9'],
  ['5', '9'],
])('§6.6 %j minutes in the usage header are %s seconds', (minutes, retryAfter) => {
  const usage = JSON.stringify({ 1: [{ estimated_time_to_regain_access: minutes }] });
  const headers = { 'x-business-use-case-usage': usage, 'retry-after': '9' };
  expect(decode(answer(400, error(4), headers), 1)).toMatchObject({ retryAfter });
});

test.each([
  [100, undefined, 'Missing Permission', true],
  [190, undefined, '', undefined],
  [100, 33, '', undefined],
  [10, undefined, '', undefined],
] as const)('§6.4 whether code %i/%s “%s” may be about the content of an event: %j', (code, subcode, message, mayBeContent) => {
  const decoded = decode(answer(400, error(code, subcode, { message })), 1);
  expect('blocked' in decoded && decoded.blocked).toBeTruthy();
  expect('blocked' in decoded && decoded.mayBeContent).toBe(mayBeContent);
});

test.each([
  [403, 'Forbidden', true],
  [404, '', true],
  [400, '', true],
  [200, '<html><body>Request blocked</body></html>', true],
  [401, '', undefined],
  [302, '', undefined],
] as const)('§6.11 whether %i with %j may be about the content of an event: %j', (status, body, mayBeContent) => {
  const decoded = decode(answer(status, body), 1);
  expect('blocked' in decoded && decoded.mayBeContent).toBe(mayBeContent);
});

test('§7.1 the probe is one event that Meta can never accept, at the address of events', () => {
  const { body, ...head } = probe.encode(connection);
  const { body: _, ...events } = encode([], connection);
  expect(head).toEqual(events);
  expect(JSON.parse(body)).toEqual({
    data: [{ event_name: 'PageView', event_time: 1, action_source: 'website', user_data: {} }],
    partner_agent: partnerAgent,
  });
});

test.each([
  [400, error(100, 2_804_003)],
  [400, error(100, 2_804_050)],
  [400, error(100, 2_804_019)],
  [400, error(100)],
  [200, { events_received: 1 }],
])('§7.1 an answer with %i and %j proves the token and the dataset', (status, body) => {
  expect(probe.decode(answer(status, body))).toBe('ok');
});

test.each([
  [401, error(190), 'token-refused'],
  [400, error(100, 33), 'dataset-not-found'],
  [400, error(100, undefined, { message: '(#100) Missing Permission' }), 'access-refused'],
  [400, error(2635), 'version-ended'],
  [400, error(17), 'probe-unavailable'],
  [503, '', 'probe-unavailable'],
  [500, error(987_654), 'probe-unavailable'],
  [400, error(987_654), 'error-unknown'],
  [400, '', 'endpoint-wrong'],
  [200, '{}', 'endpoint-wrong'],
  [404, '<html></html>', 'answered-by-web-page'],
  [301, '', 'redirected'],
])('§7.2 a probe that is answered with %i and %j reports %s', (status, body, code) => {
  expect(probe.decode(answer(status, body))).toMatchObject({ code });
});

test("§1.3 `partner_agent` has Convey's version and Meta's form", () => {
  const { version }: { version: string } = JSON.parse(readFileSync('package.json', 'utf8'));
  expect(partnerAgent).toBe(`convey-${version.split('.').slice(0, 2).join('.')}`);
  expect(partnerAgent.length).toBeLessThan(23);
});

test.each(['', ' ', '{}', 'null', '[]', '1', '{"ok":true}'])('§6.14 a success in an unknown form is unconfirmed: %j', (body) => {
  for (const status of [200, 202, 204]) {
    expect(decode(answer(status, body), 2)).toMatchObject({ retry: expect.any(String), unconfirmed: 'platform' });
    expect(decode(answer(status, body), 2, { endpoint: 'https://proxy.shop.example' })).toMatchObject({
      unconfirmed: 'own-endpoint',
    });
  }
});

test('§6.14 a text, an error and a cut answer are no success in an unknown form', () => {
  for (const body of ['OK', '{"error":"No."}']) expect(decode(answer(200, body), 2)).toEqual({ retry: expect.any(String) });
  expect(decode({ ...answer(200, '{}'), incomplete: 'cut' }, 2)).toEqual({ retry: expect.any(String) });
});
