import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { readText, startApi } from '../campaign-management/api.fixture.ts';

const verifier = 'a-verifier-of-at-least-43-characters-0123456789';
const challenge = createHash('sha256').update(verifier).digest('base64url');
const pkce = { code_challenge: challenge, code_challenge_method: 'S256' };
const getCode = (url: URL): string => url.searchParams.get('code') ?? '';
const refused = { status: 400, body: { error: 'invalid_grant', error_codes: [expect.any(Number)] } };

test('a code is exchanged once, within five minutes, with its verifier', async () => {
  const api = await startApi();
  const url = await api.choose('Continue as owner', pkce);
  expect(url.searchParams.get('state')).toBe('s-1');
  const scope = 'https://ads.microsoft.com/msads.manage';
  expect(await api.exchange(getCode(url), { code_verifier: verifier })).toMatchObject({
    status: 200,
    body: { token_type: 'Bearer', scope, expires_in: 3_600, ext_expires_in: 3_600, refresh_token: expect.any(String) },
  });
  expect(await api.exchange(getCode(url), { code_verifier: verifier })).toMatchObject(refused);
  const wrong = await api.choose('Continue as owner', pkce);
  expect(await api.exchange(getCode(wrong), { code_verifier: 'other' })).toMatchObject(refused);
  const moved = await api.choose('Continue as owner');
  expect(await api.exchange(getCode(moved), { redirect_uri: 'https://other.example/' })).toMatchObject(refused);
  const late = await api.choose('Continue as owner');
  api.advance(300_000);
  expect(await api.exchange(getCode(late))).toMatchObject(refused);
});

test('a person denies access', async () => {
  const url = await (await startApi()).choose('Deny');
  expect([url.searchParams.get('error'), url.searchParams.get('state')]).toEqual(['access_denied', 's-1']);
});

test('a refresh token is replaced, and the old one works for 60 seconds more', async () => {
  const api = await startApi();
  const first = await api.signIn();
  const refresh = (token: string) => api.postToken({ grant_type: 'refresh_token', refresh_token: token });
  const second = readText((await refresh(first)).body, 'refresh_token');
  expect(second).not.toBe(first);
  api.advance(59_000);
  expect((await refresh(first)).status).toBe(200);
  api.advance(1_000);
  expect(await refresh(first)).toMatchObject(refused);
  expect((await refresh(second)).status).toBe(200);
  api.simulator.faults({ mode: 'token-dead', count: 1 });
  expect(await refresh(second)).toMatchObject(refused);
  expect(await refresh(second)).toMatchObject(refused);
  api.simulator.faults({ mode: 'token-500', count: 1 });
  expect((await refresh(second)).status).toBe(500);
  api.simulator.faults({ mode: 'token-html', count: 1 });
  expect((await refresh(second)).body).toContain('Sign in');
});

test('an access token expires after an hour', async () => {
  const api = await startApi();
  api.advance(3_599_000);
  expect((await api.manage('/UetTags/QueryByIds', { TagIds: null })).status).toBe(200);
  api.advance(1_000);
  expect(await api.manage('/UetTags/QueryByIds', { TagIds: null })).toMatchObject({
    status: 401,
    body: { Type: 'AdApiFaultDetail', Errors: [{ Code: 109, ErrorCode: 'AuthenticationTokenExpired', Detail: '' }] },
  });
});

test('a public client sends no secret, and a web app its own', async () => {
  const api = await startApi({ clients: { web: 'secret', native: null } });
  const exchangeAs = async (client_id: string, client_secret: string) => {
    const code = getCode(await api.choose('Continue as owner', { client_id }));
    return api.exchange(code, { client_id, client_secret });
  };
  expect((await exchangeAs('web', 'secret')).status).toBe(200);
  expect((await exchangeAs('native', '')).status).toBe(200);
  expect(await exchangeAs('native', 'secret')).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
  for (const secret of ['', 'wrong'])
    expect(await exchangeAs('web', secret)).toMatchObject({ status: 400, body: { error: 'invalid_client' } });
  expect(await api.exchange('c', { client_id: 'unknown' })).toMatchObject({ body: { error_codes: [700016] } });
});

test.each([
  ['no client', { client_id: '' }, 'AADSTS900144'],
  ['a redirect by http', { redirect_uri: 'http://192.0.2.7/connect' }, 'AADSTS50011'],
  ['another response', { response_type: 'token' }, 'AADSTS700054'],
  ['another response mode', { response_mode: 'fragment' }, 'AADSTS90023'],
  ['another scope', { scope: 'openid' }, 'AADSTS70011'],
  ['a plain challenge', { code_challenge: 'c', code_challenge_method: 'plain' }, 'AADSTS501481'],
])('the sign-in page refuses %s', async (_, changes, code) => {
  const answer = await (await startApi()).authorize(changes);
  expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining(code)]);
});

test('the token server refuses other grants, scopes and bodies', async () => {
  const api = await startApi();
  expect(await api.postToken({ grant_type: 'password' })).toMatchObject({ body: { error: 'unsupported_grant_type' } });
  expect(await api.postToken({ scope: 'openid' })).toMatchObject({ body: { error: 'invalid_scope' } });
  const answer = await fetch(`${api.simulator.url}/common/oauth2/v2.0/token`, { method: 'POST', body: '{}' });
  expect(await answer.json()).toMatchObject({ error: 'invalid_request' });
});

test("a sign-in with Google gives a refresh token that stays, and its access counts with Google's header alone", async () => {
  const api = await startApi({ clients: { web: 'secret' } });
  const google = { client_id: 'web', redirect_uri: 'http://127.0.0.1:8081/connect', scope: 'profile email' };
  const query = new URLSearchParams({ ...google, response_type: 'code', access_type: 'offline', state: 's-1' });
  const page = await (await fetch(`${api.simulator.url}/google/o/oauth2/v2/auth?${query}`)).text();
  const [, href = ''] = /<a href="([^"]+)">Continue as owner/.exec(page) ?? [];
  const post = async (fields: Readonly<Record<string, string>>) => {
    const body = new URLSearchParams({ client_id: 'web', client_secret: 'secret', ...fields });
    const answer = await fetch(`${api.simulator.url}/google/token`, { method: 'POST', body });
    return { status: answer.status, body: await answer.json() };
  };
  const code = getCode(new URL(href.replaceAll('&amp;', '&')));
  const { body } = await post({ grant_type: 'authorization_code', redirect_uri: google.redirect_uri, code });
  const refresh = { grant_type: 'refresh_token', refresh_token: readText(body, 'refresh_token') };
  for (const _ of [1, 2]) {
    api.advance(3_600_000);
    const { body: renewed } = await post(refresh);
    expect(renewed).not.toHaveProperty('refresh_token');
    api.token = readText(renewed, 'access_token');
  }
  const headers = { identityprovider: 'Google' };
  expect((await api.manage('/UetTags/QueryByIds', { TagIds: null }, { headers })).status).toBe(200);
  expect(await api.listCodes('/UetTags/QueryByIds', { TagIds: null })).toEqual([126]);
  expect(await post({ ...refresh, client_secret: 'wrong' })).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
  expect(await api.postToken({ ...refresh, client_id: 'web' })).toMatchObject(refused);
});
