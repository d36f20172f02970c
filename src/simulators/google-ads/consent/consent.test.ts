import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type GoogleAdsSimulator, startGoogleAdsSimulator } from '../simulator.ts';

const scope = 'https://www.googleapis.com/auth/datamanager';
const verifier = 'a-verifier-of-at-least-43-characters-0123456789';
const asked = {
  client_id: 'client',
  redirect_uri: 'http://127.0.0.1:8081/connect-account',
  response_type: 'code',
  scope,
  state: 's-1',
  code_challenge: createHash('sha256').update(verifier).digest('base64url'),
  code_challenge_method: 'S256',
};

let google: GoogleAdsSimulator;
let now = 1_795_514_400_000;
beforeAll(async () => {
  google = await startGoogleAdsSimulator({ port: 0, now: () => now, credentials: { clients: { client: 'secret' } } });
});
afterAll(() => google.close());

const ask = (changes: object = {}) => fetch(`${google.url}/o/oauth2/v2/auth?${new URLSearchParams({ ...asked, ...changes })}`);

/** Allows access. Returns the code. */
async function allow(): Promise<string> {
  const [, href = ''] = /<a href="([^"]+)">Allow/.exec(await (await ask()).text()) ?? [];
  const { searchParams } = new URL(href.replaceAll('&amp;', '&'));
  expect(searchParams.get('state')).toBe('s-1');
  return searchParams.get('code') ?? '';
}

async function exchange(code: string, changes: object = {}): Promise<unknown> {
  const { client_id, redirect_uri } = asked;
  const fields = { grant_type: 'authorization_code', client_id, client_secret: 'secret', redirect_uri, code_verifier: verifier };
  const body = new URLSearchParams({ ...fields, code, ...changes });
  return (await fetch(`${google.url}/token`, { method: 'POST', body })).json();
}

test('a code is exchanged once, with its verifier', async () => {
  const code = await allow();
  expect(await exchange(code)).toMatchObject({ scope, refresh_token: '1//sim-refresh-1', access_token: 'sim-1' });
  expect(await exchange(code)).toMatchObject({ error: 'invalid_grant' });
  for (const changes of [{ code_verifier: 'other' }, { redirect_uri: 'https://other.example/' }])
    expect(await exchange(await allow(), changes)).toMatchObject({ error: 'invalid_grant' });
  expect(await exchange(await allow(), { client_secret: 'wrong' })).toMatchObject({ error: 'invalid_client' });
  const late = await allow();
  now += 600_000;
  expect(await exchange(late)).toMatchObject({ error: 'invalid_grant' });
});

test.each([
  ['another scope', { scope: 'openid' }, 'invalid_scope'],
  ['another response', { response_type: 'token' }, 'unsupported_response_type'],
  ['no client', { client_id: '' }, 'invalid_request'],
  ['a redirect by http', { redirect_uri: 'http://192.0.2.7/connect-account' }, 'redirect_uri_mismatch'],
  ['a redirect to a script', { redirect_uri: 'javascript:alert(1)' }, 'redirect_uri_mismatch'],
])('%s is refused', async (_, changes, code) => {
  const answer = await ask(changes);
  expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining(`Error 400: ${code}`)]);
});

test('the page shows a client as text', async () => {
  const page = await (await ask({ client_id: '<script>alert(1)</script>' })).text();
  expect(page).not.toContain('<script>');
});
