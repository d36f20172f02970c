import { expect, test } from 'vitest';
import { registerAccountLink } from '../kit/account-link.ts';
import type { HttpResponse } from '../kit/http-message.ts';
import { accountLink } from './account-link.ts';
import { explainKeyFile } from './service-account.ts';
import { settings } from './settings.ts';

const scope = 'https://www.googleapis.com/auth/datamanager';
const link = registerAccountLink(accountLink);
const client = { clientId: '1234-abc.apps.googleusercontent.com', clientSecret: 'GOCSPX-secret' };

function bind() {
  const bound = link.bind({ ...client, customerId: 'not needed' });
  if ('issues' in bound) throw new Error(JSON.stringify(bound.issues));
  return bound;
}

const answer = (status: number, body: unknown, more: Partial<HttpResponse> = {}): HttpResponse => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: typeof body === 'string' ? body : JSON.stringify(body),
  incomplete: false,
  ...more,
});
const readCode = (response: HttpResponse) => {
  const result = bind().decode(response);
  return 'issue' in result ? result.issue.code : 'connected';
};

test('§9.3 the consent page gets client, scope, state and challenge, and no secret', () => {
  const url = new URL(
    bind().authorize({ redirectUrl: 'http://127.0.0.1:8081/connect-account', state: 's-1', codeChallenge: 'c-1' }),
  );
  expect(`${url.origin}${url.pathname}`).toBe('https://accounts.google.com/o/oauth2/v2/auth');
  expect(Object.fromEntries(url.searchParams)).toEqual({
    client_id: client.clientId,
    redirect_uri: 'http://127.0.0.1:8081/connect-account',
    response_type: 'code',
    scope,
    state: 's-1',
    code_challenge: 'c-1',
    code_challenge_method: 'S256',
    access_type: 'offline',
    prompt: 'consent',
  });
});

test('§9.4 the exchange has the verifier and the same redirect address', () => {
  const { url, body } = bind().encode({
    code: '4/c',
    codeVerifier: 'v-1',
    redirectUrl: 'https://convey.example/connect-account',
  });
  expect(url).toBe('https://oauth2.googleapis.com/token');
  expect(Object.fromEntries(new URLSearchParams(body))).toEqual({
    grant_type: 'authorization_code',
    code: '4/c',
    client_id: client.clientId,
    client_secret: client.clientSecret,
    redirect_uri: 'https://convey.example/connect-account',
    code_verifier: 'v-1',
  });
});

test('§9.5 a grant of the scope provides the refresh token', () => {
  const grant = { access_token: 'ya29.a', expires_in: 3_599, scope: `openid ${scope}`, refresh_token: '1//r', id_token: 'x' };
  expect(bind().decode(answer(200, grant))).toEqual({ settings: { refreshToken: '1//r', credential: 'refresh-token' } });
});

test.each([
  ['no refresh token', answer(200, { access_token: 'ya29.a', scope }), 'no-refresh-token'],
  ['a refresh token of another type', answer(200, { scope, refresh_token: 7 }), 'no-refresh-token'],
  ['a narrower scope', answer(200, { refresh_token: '1//r', scope: 'openid' }), 'scope-missing'],
  ['a wrong secret', answer(401, { error: 'invalid_client', error_description: 'Unauthorized' }), 'invalid_client'],
  ['an expired code', answer(400, { error: 'invalid_grant', error_description: 'Bad Request' }), 'invalid_grant'],
  ['another redirect address', answer(400, { error: 'redirect_uri_mismatch' }), 'redirect_uri_mismatch'],
  ['a client of another type', answer(401, { error: 'unauthorized_client' }), 'unauthorized_client'],
  ['an unknown error', answer(400, { error: 'something_new' }), 'exchange-refused'],
  ['a temporary problem', answer(503, '<html>', { headers: { 'content-type': 'text/html' } }), 'exchange-failed'],
  ['a web page', answer(200, '<!doctype html>', { headers: { 'content-type': 'text/html' } }), 'exchange-failed'],
  ['a cut body', answer(200, '{"refresh_token":"1//r"', { incomplete: 'cut' }), 'exchange-failed'],
])('%s is reported with a remedy', (_, response, code) => expect(readCode(response)).toBe(code));

test('a denial is told from other errors of the consent page', () => {
  expect([link.explainError('access_denied').code, link.explainError('<script>').code]).toEqual([
    'access_denied',
    'consent-failed',
  ]);
  expect(link.explainError('<script>').message).not.toContain('script');
});

test('the form asks for the client, and reports what is missing', () => {
  expect(link.needs).toEqual(['clientId', 'clientSecret']);
  const bound = link.bind({ clientId: 'has a space' });
  expect('issues' in bound && bound.issues.map(({ field }) => field)).toEqual(['settings.clientId', 'settings.clientSecret']);
});

const key = {
  client_email: 'convey@shop.example',
  private_key: '-----BEGIN PRIVATE KEY-----\nno key\n-----END PRIVATE KEY-----\n',
};

test.each([
  ['no JSON', 'Is no JSON object'],
  [JSON.stringify([key]), 'Is no JSON object'],
  [JSON.stringify({ web: { client_id: 'x' } }), 'Is the file of an OAuth client'],
  [JSON.stringify({ private_key: key.private_key }), 'Has no `client_email`'],
  [JSON.stringify({ ...key, private_key: 'canary' }), 'Has an unusable `private_key`'],
])('the key file %s is refused with the field at fault', (text, message) => {
  expect(explainKeyFile(text)).toContain(message);
  expect(explainKeyFile(text)).not.toContain('canary');
});

test('a whole key file is accepted', () => expect(explainKeyFile(JSON.stringify(key, null, 2))).toBeUndefined());

test('a conversion action may be the address of its page', () => {
  const address = 'https://ads.google.com/aw/conversions/detail?ocid=1&ctId=987654321&euid=2#top';
  const { conversions } = settings.parse({
    customerId: '1234567890',
    serviceAccount: JSON.stringify(key),
    conversions: { Purchase: address, Lead: `${address} import` },
  });
  expect(conversions).toEqual({ Purchase: '987654321 website', Lead: '987654321 import' });
});
