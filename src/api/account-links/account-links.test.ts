import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { newKeyText, readKey } from '../../config/master-key.ts';
import type { AuthorizationRequest } from '../../destinations/kit/account-link.ts';
import { minuteMs } from '../../event/units.ts';
import { EmptiedStore } from '../../storage/store/sqlite/emptied-store.fixture.ts';
import { AccountLinks } from './account-links.ts';

const draft = { site: 'shop', destination: 'acme', settings: { account: 'a-1' }, secrets: { clientSecret: 'canary-secret' } };
const redirectUrl = 'https://convey.example/connect-account';
const key = readKey(newKeyText());
const keys = {
  present: () => {
    if (!key) throw new Error('a new key can be read');
    return key;
  },
  find: (id: string) => (key?.id === id ? key : undefined),
};

let emptied: EmptiedStore;
beforeAll(async () => {
  emptied = await EmptiedStore.open();
});
afterAll(() => emptied.close());
beforeEach(() => emptied.empty());

/** Opens the attempts as one of several gateways does. */
function open() {
  let now = 1_795_514_400_000;
  const requests: AuthorizationRequest[] = [];
  const openLinks = () => new AccountLinks({ store: emptied.store, keys, now: () => now });
  const links = openLinks();
  return {
    links,
    openLinks,
    start: (session: string) =>
      links.start(session, draft, redirectUrl, (request) => {
        requests.push(request);
        return `https://acme.example/?${requests.length}`;
      }),
    states: () => requests.map(({ state }) => state),
    requests,
    pass: (ms: number) => {
      now += ms;
    },
  };
}

test('each attempt has its own state and a challenge of its own verifier', async () => {
  const { links, start, requests } = open();
  await start('ada');
  await start('ada');
  const [one, other] = await Promise.all(
    requests.map(async (request) => ({ ...request, ...(await links.takeConsent('ada', request.state))?.exchange })),
  );
  expect(new Set([one?.state, other?.state, one?.codeVerifier, other?.codeVerifier]).size).toBe(4);
  expect(one?.codeVerifier).toMatch(/^[\w-]{43,128}$/);
  expect(one?.codeChallenge).toBe(createHash('sha256').update(`${one?.codeVerifier}`).digest('base64url'));
  expect(one?.redirectUrl).toBe(redirectUrl);
});

test('a state of another session stays usable in its own, and counts once, also at another gateway', async () => {
  const { openLinks, links, start, states } = open();
  await start('ada');
  const [state = ''] = states();
  expect(await links.takeConsent('eve', state)).toBeUndefined();
  const other = openLinks();
  expect((await other.takeConsent('ada', state))?.settings).toEqual({ account: 'a-1' });
  expect(await other.takeConsent('ada', state)).toBeUndefined();
  expect(await links.takeConsent('ada', state)).toBeUndefined();
});

test('consent expires after ten minutes, and the credential after an hour', async () => {
  const { links, start, states, pass } = open();
  const { link } = await start('ada');
  await start('ada');
  const [state = '', late = ''] = states();
  pass(9 * minuteMs);
  const record = await links.takeConsent('ada', state);
  if (!record) throw new Error('no consent');
  await links.change(record, { result: 'connected', secrets: { ...record.secrets, token: 'canary-token' } });
  expect(await links.find('ada', link)).toMatchObject({
    result: 'connected',
    settings: { account: 'a-1' },
    secrets: { clientSecret: 'canary-secret', token: 'canary-token' },
  });
  expect(await links.find('eve', link)).toBeUndefined();
  expect(await links.find(undefined, link)).toBeUndefined();
  pass(minuteMs);
  expect(await links.takeConsent('ada', late)).toBeUndefined();
  pass(59 * minuteMs);
  expect(await links.find('ada', link)).toBeUndefined();
});

test('an attempt whose key is missing counts as expired, and the store holds no secret and no state', async () => {
  const { links, start, states } = open();
  const { link } = await start('ada');
  const stored = await emptied.store.findAccountLink('ada', link, 0);
  for (const secret of ['canary-secret', ...states()]) expect(JSON.stringify(stored)).not.toContain(secret);
  const elsewhere = new AccountLinks({ store: emptied.store, keys: { ...keys, find: () => undefined }, now: () => 0 });
  expect(await links.find('ada', link)).toBeDefined();
  expect(await elsewhere.find('ada', link)).toBeUndefined();
});

test('the oldest of many attempts is forgotten', async () => {
  const { links, start, pass } = open();
  const first = await start('ada');
  pass(1);
  for (let nth = 0; nth < 100; nth += 1) await start('ada');
  expect(await links.find('ada', first.link)).toBeUndefined();
});
