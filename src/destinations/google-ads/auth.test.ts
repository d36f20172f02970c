import { describe, expect, test } from 'vitest';
import type { HttpRequest, HttpResponse, SigningRequest } from '../kit/destination.ts';
import { readFixture } from '../kit/fixtures.suite.ts';
import { auth } from './auth.ts';
import { settings } from './settings.ts';

const given = settings.parse(readFixture(`${import.meta.dirname}/fixtures/settings.json`));
const user = settings.parse({
  customerId: '1234567890',
  conversions: { Lead: '1' },
  credential: 'refresh-token',
  clientId: '1-a.apps.googleusercontent.example',
  clientSecret: 'secret-1',
  refreshToken: '1//refresh+1',
});
const at = 1_795_514_398_765;

function readForm({ body }: HttpRequest): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(body));
}

function toSigned(request: HttpRequest | SigningRequest): SigningRequest {
  if (!('sign' in request)) throw new Error('the request is not signed');
  return request;
}

test('§1.6 a service account exchanges a JWT that delivery signs', () => {
  const { sign, key, input, seal } = toSigned(auth.encode(given, at));
  expect([sign, key]).toEqual(['RS256', '-----BEGIN PRIVATE KEY-----\nno key, only its form\n-----END PRIVATE KEY-----\n']);
  const [header, claims] = input.split('.').map((part): unknown => JSON.parse(Buffer.from(part, 'base64url').toString()));
  expect(header).toEqual({ alg: 'RS256', typ: 'JWT', kid: 'key-1' });
  expect(claims).toEqual({
    iss: 'convey@shop-project.iam.gserviceaccount.example',
    scope: 'https://www.googleapis.com/auth/datamanager',
    aud: 'https://oauth2.googleapis.com/token',
    iat: 1_795_514_398,
    exp: 1_795_517_998,
  });
  expect(input).toMatch(/^[\w-]+\.[\w-]+$/);
  const request = seal('c2lnbmF0dXJl');
  expect(request).toMatchObject({
    method: 'POST',
    url: 'https://oauth2.googleapis.com/token',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  });
  expect(readForm(request)).toEqual({
    grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
    assertion: `${input}.c2lnbmF0dXJl`,
  });
});

test('§1.6 a key without an id has no `kid`', () => {
  const { private_key_id: _, ...account } = JSON.parse(given.serviceAccount ?? '');
  const { input } = toSigned(auth.encode({ ...given, serviceAccount: JSON.stringify(account) }, at));
  const [header = ''] = input.split('.');
  expect(JSON.parse(Buffer.from(header, 'base64url').toString())).toEqual({ alg: 'RS256', typ: 'JWT' });
});

test('§1.7 a refresh token is exchanged with its client', () => {
  const request = auth.encode({ ...user, tokenEndpoint: 'http://127.0.0.1:9091' }, at);
  if ('sign' in request) throw new Error('the request is signed');
  expect(request.url).toBe('http://127.0.0.1:9091/token');
  expect(readForm(request)).toEqual({
    grant_type: 'refresh_token',
    client_id: '1-a.apps.googleusercontent.example',
    client_secret: 'secret-1',
    refresh_token: '1//refresh+1',
  });
});

const answer = (status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): HttpResponse => ({
  status,
  headers,
  body: typeof body === 'string' ? body : JSON.stringify(body),
  incomplete: false as const,
});

test('§9.2 an access token has the lifetime that Google states', () => {
  const body = { access_token: 'ya29.a', expires_in: 3_599, token_type: 'Bearer', scope: 'x', id_token: 'more' };
  expect(auth.decode(answer(200, body))).toEqual({ token: 'ya29.a', livesMs: 3_599_000 });
  expect(auth.decode({ ...answer(200, body), incomplete: 'cut' })).toHaveProperty('retry');
  expect(auth.decode(answer(200, { ...body, expires_in: 0 }))).toHaveProperty('retry');
  expect(auth.decode(answer(400, body))).toHaveProperty('retry');
});

describe('§9.2 a refusal of the exchange pauses the connection', () => {
  test.each([
    [400, 'invalid_grant', 'Token has been expired or revoked.', 'invalid_grant'],
    [400, 'invalid_grant', 'Invalid grant: account not found', 'invalid_grant'],
    [400, 'invalid_grant', 'Invalid JWT Signature.', 'invalid_grant'],
    [
      400,
      'invalid_grant',
      'Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat and exp values in the JWT claim.',
      'clock-wrong',
    ],
    [401, 'invalid_client', 'The OAuth client was not found.', 'invalid_client'],
    [401, 'unauthorized_client', 'Unauthorized', 'unauthorized_client'],
    [400, 'unauthorized_client', 'Unauthorized', 'unauthorized_client'],
    [400, 'invalid_scope', 'Some requested scopes were invalid.', 'invalid_scope'],
    [403, 'access_denied', 'x', 'credential-refused'],
    [400, '__proto__', 'x', 'credential-refused'],
  ])('%i %s: %s', (status, error, description, code) => {
    const verdict = auth.decode(answer(status, { error, error_description: description }));
    if (!('blocked' in verdict)) throw new Error('the connection is not paused');
    expect(verdict.blocked.code).toBe(code);
    expect(verdict.blocked.message).not.toContain(description);
  });
});

test.each([
  [429, ''],
  [500, '{"error":"internal_failure"}'],
  [503, '<html></html>'],
  [400, '{"message":"not of the token server"}'],
])('§9.2 %i without a verdict is asked again', (status, body) => {
  expect(auth.decode(answer(status, body, { 'retry-after': '9' }))).toEqual({
    retry: expect.stringContaining(String(status)),
    retryAfter: '9',
  });
});
