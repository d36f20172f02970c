import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { newKeyText, readKey } from '../config/master-key.ts';
import type { HttpRequest } from '../destinations/kit/http-message.ts';
import { minuteMs } from '../event/units.ts';
import type { PlatformGrantStore } from '../storage/ports/platform-grants.ts';
import { EmptiedStore } from '../storage/store/sqlite/emptied-store.fixture.ts';
import { GrantSecrets } from './grant-secrets.ts';
import { maskUserName } from './mask-user-name.ts';
import { toMicrosoftEndpoints } from './microsoft/endpoints.ts';
import { decodeMicrosoftTokens, encodeRefresh } from './microsoft/sign-in.ts';
import { PlatformGrants } from './platform-grants.ts';

const start = 1_795_514_400_000;
function newKey() {
  const key = readKey(newKeyText());
  if (!key) throw new Error('a new key can be read');
  return key;
}
const keys = [newKey()];
const ring = {
  present: () => keys[0] ?? newKey(),
  find: (id: string) => keys.find((key) => key.id === id),
};

let emptied: EmptiedStore;
let now: number;
let sent: HttpRequest[];
let answer: { readonly status: number; readonly body: object };
let ids: number;
beforeAll(async () => {
  emptied = await EmptiedStore.open();
});
afterAll(() => emptied.close());
beforeEach(async () => {
  emptied.empty();
  [now, sent, ids] = [start, [], 0];
  answer = { status: 200, body: tokens('access-1', 'refresh-2') };
  await open().secrets.save('g', { refreshToken: 'refresh-1' }, (secret) =>
    emptied.store.addGrant({
      id: 'g',
      site: 'shop',
      platform: 'microsoft',
      identityProvider: 'Microsoft',
      userName: '',
      scopes: [],
      secret,
      createdAt: start,
    }),
  );
});

const tokens = (access: string, refresh?: string) => ({
  access_token: access,
  ...(refresh !== undefined && { refresh_token: refresh }),
  expires_in: 3_600,
  scope: 'https://ads.microsoft.com/msads.manage',
});

/** Opens the grants as a gateway does. */
function open(store: PlatformGrantStore = emptied.store) {
  const secrets = new GrantSecrets(store, ring);
  const client = { clientId: 'c', clientSecret: 's' };
  const endpoints = toMicrosoftEndpoints('https://stand-in.example');
  const grants = new PlatformGrants({
    store,
    secrets,
    send: async (request) => {
      sent.push(request);
      return { response: { status: answer.status, headers: {}, body: JSON.stringify(answer.body), incomplete: false } };
    },
    findRefresh: async () => ({
      encode: (token) => encodeRefresh(client, 'Microsoft', endpoints, token),
      decode: (response) => decodeMicrosoftTokens('Microsoft', response),
    }),
    now: () => now,
    newId: () => {
      ids += 1;
      return `owner-${ids}`;
    },
    sleep: () => new Promise((resolve) => setImmediate(resolve)),
  });
  return { secrets, grants };
}
const sentTokens = () => sent.map(({ body }) => new URLSearchParams(body).get('refresh_token'));

test('two gateways that need access at once spend one refresh, and both use its tokens', async () => {
  const [one, other] = [open(), open()];
  const access = await Promise.all([one.grants.getAccess('g'), other.grants.getAccess('g'), one.grants.getAccess('g')]);
  expect(access).toEqual(Array(3).fill({ accessToken: 'access-1' }));
  expect(sentTokens()).toEqual(['refresh-1']);
  expect(JSON.stringify(await emptied.store.listGrants())).not.toMatch(/refresh-|access-1/);
});

test('the next refresh uses the token of the one before; without a new one the old stays', async () => {
  const { grants } = open();
  await grants.getAccess('g');
  answer = { status: 200, body: tokens('access-2') };
  expect(await grants.getAccess('g', 'access-1')).toEqual({ accessToken: 'access-2' });
  now += 55 * minuteMs;
  await open().grants.getAccess('g');
  expect(sentTokens()).toEqual(['refresh-1', 'refresh-2', 'refresh-2']);
});

test.each([
  ['too narrow a scope', { ...tokens('access-1', 'refresh-2'), scope: 'openid' }, 'scope-missing'],
  ['no usable access token', { ...tokens('', 'refresh-2') }, 'no-access'],
  ['no usable life', { ...tokens('access-1', 'refresh-2'), expires_in: -1 }, 'no-access'],
])('a new refresh token is kept when the answer has %s', async (_, body, code) => {
  const { grants, secrets } = open();
  answer = { status: 200, body };
  expect(await grants.getAccess('g')).toMatchObject({ none: { code } });
  const grant = await emptied.store.findGrant('g');
  expect(grant && secrets.read(grant)).toEqual({ refreshToken: 'refresh-2' });
});

test('tokens that cannot be stored are not used', async () => {
  const finishGrantRefresh = () => Promise.reject(new Error('the disk is full'));
  await expect(open({ ...emptied.store, finishGrantRefresh }).grants.getAccess('g')).rejects.toThrow('the disk is full');
  expect(sent).toHaveLength(1);
});

test('a wait for another gateway ends when the check is over', async () => {
  await emptied.store.claimGrantRefresh('g', 1, 'other', now, 60 * minuteMs);
  let looks = 0;
  const access = await open().grants.getAccess('g', undefined, () => {
    looks += 1;
    return looks > 2;
  });
  expect(access).toMatchObject({ none: { code: 'stopping', isDead: false } });
  expect(sent).toEqual([]);
});

test('a refused refresh token ends the grant, a wrong client does not', async () => {
  const { grants } = open();
  answer = { status: 401, body: { error: 'invalid_client', error_codes: [7_000_222] } };
  expect(await grants.getAccess('g')).toMatchObject({ none: { code: 'AADSTS7000222', isDead: false } });
  answer = { status: 400, body: { error: 'invalid_grant', error_description: 'secret words' } };
  const ended = await grants.getAccess('g');
  expect(ended).toMatchObject({ none: { code: 'invalid_grant', isDead: true } });
  expect(JSON.stringify(ended)).not.toContain('secret words');
  expect(await grants.getAccess('g')).toMatchObject({ none: { isDead: true } });
  expect(sent).toHaveLength(2);
  expect(await emptied.store.findGrant('g')).toMatchObject({ dead: { code: 'invalid_grant', since: start } });
});

test('a change of the key encrypts the tokens and the secrets of an app anew', async () => {
  const { secrets } = open();
  const app = { developerToken: 'dev', clientSecret: 'app-secret' };
  await secrets.saveClient('microsoft', app, (secret) =>
    emptied.store.savePlatformClient({ platform: 'microsoft', config: { clientId: 'app' }, secret }),
  );
  keys.unshift(newKey());
  expect(await secrets.reencrypt(ring.present())).toEqual({ resealed: 2, lost: 0 });
  keys.splice(1);
  expect((await emptied.store.listPlatformClients()).map((one) => secrets.readClient(one))).toEqual([app]);
  expect(await open().grants.getAccess('g')).toEqual({ accessToken: 'access-1' });
});

test('a user name that is an e-mail address is masked', () => {
  expect([maskUserName('owner@shop.example'), maskUserName('owner')]).toEqual(['o…@shop.example', 'owner']);
});
