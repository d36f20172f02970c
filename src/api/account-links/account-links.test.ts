import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import type { AuthorizationRequest, BoundAccountLink } from '../../destinations/kit/account-link.ts';
import { minuteMs } from '../../event/units.ts';
import { AccountLinks } from './account-links.ts';

const draft = { site: 'shop', destination: 'acme', settings: { account: 'a-1' }, secrets: { clientSecret: 's' } };
const redirectUrl = 'https://convey.example/connect-account';

function open() {
  let now = 1_795_514_400_000;
  const requests: AuthorizationRequest[] = [];
  const bound: BoundAccountLink = {
    authorize(request) {
      requests.push(request);
      return `https://acme.example/?${requests.length}`;
    },
    encode: () => ({ method: 'POST', url: '', headers: {}, body: '' }),
    decode: () => ({ settings: {} }),
  };
  const links = new AccountLinks(() => now);
  return {
    links,
    start: (session: string) => links.start(session, draft, bound, redirectUrl),
    states: () => requests.map(({ state }) => state),
    requests,
    pass: (ms: number) => {
      now += ms;
    },
  };
}

test('each attempt has its own state and a challenge of its own verifier', () => {
  const { links, start, requests } = open();
  start('ada');
  start('ada');
  const [one, other] = requests.map((request) => ({ ...request, ...links.takeConsent('ada', request.state)?.exchange }));
  expect(new Set([one?.state, other?.state, one?.codeVerifier, other?.codeVerifier]).size).toBe(4);
  expect(one?.codeVerifier).toMatch(/^[\w-]{43,128}$/);
  expect(one?.codeChallenge).toBe(createHash('sha256').update(`${one?.codeVerifier}`).digest('base64url'));
  expect(one?.redirectUrl).toBe(redirectUrl);
});

test('a state of another session stays usable in its own, and counts once', () => {
  const { links, start, states } = open();
  start('ada');
  const [state = ''] = states();
  expect(links.takeConsent('eve', state)).toBeUndefined();
  expect(links.takeConsent('ada', state)?.record.settings).toEqual({ account: 'a-1' });
  expect(links.takeConsent('ada', state)).toBeUndefined();
});

test('consent expires after ten minutes, and the credential after an hour', () => {
  const { links, start, states, pass } = open();
  const { link } = start('ada');
  start('ada');
  const [state = '', late = ''] = states();
  pass(9 * minuteMs);
  const record = links.takeConsent('ada', state)?.record;
  if (!record) throw new Error('no consent');
  links.connect(record, { settings: { mode: 'live' }, secrets: { token: 't' } });
  expect(links.find('ada', link)).toMatchObject({
    result: 'connected',
    settings: { account: 'a-1', mode: 'live' },
    secrets: { clientSecret: 's', token: 't' },
  });
  expect(links.find('eve', link)).toBeUndefined();
  expect(links.find(undefined, link)).toBeUndefined();
  pass(minuteMs);
  expect(links.takeConsent('ada', late)).toBeUndefined();
  pass(59 * minuteMs);
  expect(links.find('ada', link)).toBeUndefined();
});

test('the oldest of many attempts is forgotten', () => {
  const { links, start } = open();
  const first = start('ada');
  for (let nth = 0; nth < 100; nth += 1) start('ada');
  expect(links.find('ada', first.link)).toBeUndefined();
});
