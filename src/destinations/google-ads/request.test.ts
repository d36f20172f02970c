import { expect, test } from 'vitest';
import { readFixture } from '../kit/fixtures.suite.ts';
import { googleAds } from './google-ads.ts';
import type { Payload } from './payload.ts';
import { encodeProbe, group, unpack } from './request.ts';
import { settings } from './settings.ts';
import { decode, decodeProbe } from './wire.ts';

const fixture = readFixture(`${import.meta.dirname}/fixtures/settings.json`);
const given = settings.parse(fixture);
const at = Date.UTC(2026, 10, 27, 9, 30);

const payload = (productDestinationId: string, transactionId: string): Payload => ({
  productDestinationId,
  transactionId,
  eventTimestamp: '2026-11-27T09:30:00.000Z',
  eventSource: 'WEB',
  adIdentifiers: { gclid: 'g' },
  consent: { adUserData: 'CONSENT_GRANTED', adPersonalization: 'CONSENT_DENIED' },
});
const purchase = payload('987654321', 'A-1001');
const lead = payload('987654322', 'l-1');

test('§1.3 payloads of different actions never share a request', () => {
  expect(group(lead, given)).not.toBe(group(payload('987654323', 'l-1'), given));
  expect(group(lead, given)).toBe(group(payload('987654322', 'l-2'), given));
});

test('§1.10 a purchase has a request of its own, unless the setting shares requests', () => {
  const other = payload('987654321', 'A-1002');
  expect(group(purchase, given)).not.toBe(group(other, given));
  expect(group(purchase, { ...given, requests: 'shared' })).toBe(group(other, { ...given, requests: 'shared' }));
  const all = { ...given, requests: 'all-alone' } as const;
  expect(group(lead, all)).not.toBe(group(payload('987654322', 'l-2'), all));
});

test('§1.9 a test event shares no request with an event that counts', () => {
  const shared = { ...given, requests: 'shared' } as const;
  expect(group(payload('987654322', 'convey-test-test-1'), shared)).not.toBe(group(lead, shared));
});

test.each([
  ['shared', 100],
  ['purchases-alone', 20],
  ['all-alone', 1],
])('§1.5 a request has at most the events that the setting %s allows, and 900 kB', (requests, batchSize) => {
  const connected = googleAds.connect({ ...Object(fixture), requests });
  expect('platform' in connected && connected.platform.limits).toEqual({
    batchSize,
    batchBytes: 900_000,
    maxAgeMs: 30 * 86_400_000,
  });
});

test('§9.1 the probe checks one event for each action, and stores nothing', () => {
  const { headers, body, url } = encodeProbe(given, 'token-1', at);
  expect([url, headers.authorization]).toEqual(['https://datamanager.googleapis.com/v1/events:ingest', 'Bearer token-1']);
  const { destinations, events, ...rest } = JSON.parse(body);
  expect(rest).toEqual({ validateOnly: true, encoding: 'HEX' });
  expect(
    destinations.map(({ productDestinationId, reference }: Record<string, unknown>) => [productDestinationId, reference]),
  ).toEqual(['987654321', '987654322', '987654323', '987654324'].map((action) => [action, action]));
  expect(events).toHaveLength(4);
  expect(events[1]).toEqual({
    transactionId: 'convey-probe',
    eventTimestamp: '2026-11-27T09:30:00.000Z',
    eventSource: 'WEB',
    adIdentifiers: { gclid: 'Cj0KCQ.convey-probe' },
    userData: { userIdentifiers: [{ emailAddress: expect.stringMatching(/^[0-9a-f]{64}$/) }] },
    consent: { adUserData: 'CONSENT_GRANTED', adPersonalization: 'CONSENT_DENIED' },
    destinationReferences: ['987654322'],
  });
});

test('§9.1 §3.5 the probe has no user data if only click ids are sent', () => {
  expect(encodeProbe({ ...given, matchBy: 'click-ids' }, undefined, at).body).not.toMatch(/userData|encoding/);
});

test('§9.1 the probe asks for at most 10 actions', () => {
  const conversions = Object.fromEntries(Array.from({ length: 12 }, (_, index) => [`Own${index}`, `${index + 1} import`]));
  expect(JSON.parse(encodeProbe({ ...given, conversions }, undefined, at).body).events).toHaveLength(10);
});

const refusal = (field: string, reason: string) => ({
  status: 400,
  headers: {},
  body: JSON.stringify({ error: { code: 400, status: 'INVALID_ARGUMENT', details: [{ fieldViolations: [{ field, reason }] }] } }),
  incomplete: false as const,
});

test.each([
  ['a 200', { status: 200, headers: {}, body: '{}', incomplete: false as const }, 'ok'],
  ['a refusal of the event', refusal('events.events[0].event_timestamp', 'EVENT_TIME_INVALID'), 'ok'],
  [
    'a refusal of the action',
    refusal('destinations[0].product_destination_id', 'INVALID_CONVERSION_ACTION_ID'),
    'INVALID_CONVERSION_ACTION_ID',
  ],
  [
    'terms that are not signed',
    refusal('events.events[0]', 'DESTINATION_ACCOUNT_ENHANCED_CONVERSIONS_TERMS_NOT_SIGNED'),
    'DESTINATION_ACCOUNT_ENHANCED_CONVERSIONS_TERMS_NOT_SIGNED',
  ],
  ['a 200 that is no JSON', { status: 200, headers: {}, body: 'OK', incomplete: false as const }, 'endpoint-wrong'],
  ['a page', { status: 200, headers: {}, body: '<html></html>', incomplete: false as const }, 'answered-by-web-page'],
  ['a 503', { status: 503, headers: {}, body: '', incomplete: false as const }, 'probe-unavailable'],
  [
    'a 403',
    { status: 403, headers: {}, body: '{"error":{"code":403,"status":"PERMISSION_DENIED"}}', incomplete: false as const },
    'permission-denied',
  ],
])('§9.1 %s answers the probe', (_, response, expected) => {
  const result = decodeProbe(response);
  expect(result === 'ok' ? result : result.code).toBe(expected);
});

test('a body that is not Convey’s has no payloads', () => {
  expect(unpack('{"events":[1]}')).toEqual([]);
  expect(unpack('')).toEqual([]);
});

test('§7.11 the description of a violation, which may repeat a value, is not kept', () => {
  const connected = googleAds.connect(fixture);
  if (!('platform' in connected)) throw new Error('settings refused');
  const response = refusal('events.events[0].user_data', 'INVALID_FORMAT');
  const echo = response.body.replace('"reason"', '"description":"jane@shop.example is malformed","reason"');
  const verdict = connected.platform.decode({ ...response, body: echo }, 1);
  expect(echo).toContain('jane@');
  expect('rejectRows' in verdict && JSON.stringify([...verdict.rejectRows])).not.toContain('jane');
});

test('§7.7 only a 401 has the token exchanged again', () => {
  const connected = googleAds.connect(fixture);
  if (!('platform' in connected)) throw new Error('settings refused');
  const answer = (status: number) => ({
    status,
    headers: {},
    body: `{"error":{"code":${status},"status":"X"}}`,
    incomplete: false as const,
  });
  expect(connected.platform.decode(answer(401), 1)).toMatchObject({ tokenRefused: true });
  expect(connected.platform.decode(answer(403), 1)).not.toHaveProperty('tokenRefused');
});

test.each([
  [200, ''],
  [200, 'null'],
  [200, '[]'],
  [202, '{}'],
  [204, ''],
])('§7.12 a success in an unknown form is unconfirmed: %i %j', (status, body) => {
  const response = { status, headers: {}, body, incomplete: false as const };
  expect(decode(response, 2, given)).toMatchObject({ retry: expect.any(String), unconfirmed: 'platform' });
  expect(decode(response, 2, { ...given, endpoint: 'https://proxy.shop.example' })).toMatchObject({
    unconfirmed: 'own-endpoint',
  });
});

test('§7.12 a text and a cut answer are no success in an unknown form', () => {
  const response = { status: 200, headers: {}, body: 'OK', incomplete: false as const };
  expect(decode(response, 2, given)).toEqual({ retry: expect.any(String) });
  expect(decode({ ...response, body: '{"requestId":"r-1"}', incomplete: 'cut' }, 2, given)).toEqual({
    retry: expect.any(String),
  });
});
