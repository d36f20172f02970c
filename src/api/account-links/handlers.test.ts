import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { newKeyText, readKey } from '../../config/master-key.ts';
import { registerAccountLink } from '../../destinations/kit/account-link.ts';
import { acme } from '../../destinations/kit/acme.fixture.ts';
import type { HttpRequest, HttpResponse } from '../../destinations/kit/destination.ts';
import { EmptiedStore } from '../../storage/store/sqlite/emptied-store.fixture.ts';
import { ApiErrorResult } from '../http/api-errors.ts';
import type { SiteRole } from '../http/site-roles.ts';
import { AccountLinks } from './account-links.ts';
import { type AccountLinkDeps, createAccountLinkHandlers } from './handlers.ts';

/** Connects an account of an invented platform, so that nothing here depends on a real one. */

const accountLink = registerAccountLink({
  label: 'Connect Acme',
  description: 'Grants access.',
  settings: z.object({
    account: z.string('Must be the account.'),
    consentEndpoint: z.string().default('https://acme.example').meta({ fileOnly: true }),
  }),
  provides: ['secret'],
  authorize: ({ account, consentEndpoint }, { state }) => `${consentEndpoint}/${account}/grant?state=${state}`,
  encode: ({ account }, { code }) => ({ method: 'POST', url: `https://acme.example/${account}/token`, headers: {}, body: code }),
  decode: ({ status }) =>
    status === 200
      ? { settings: { secret: 'granted-secret', mode: 'trial' } }
      : { issue: { field: 'settings.account', code: 'refused', message: 'Acme refused the code.' } },
  explainError: (code) => ({ field: 'settings.secret', code, message: 'Acme granted nothing.' }),
});
const ada = { account: 'ada', session: 's-1', origin: 'https://convey.example' };
const settings = { account: 'a-1', secret: 'typed-secret' };
const started = { destination: 'acme', settings };
const params = { site: 'shop' };

const key = readKey(newKeyText());
const keys = {
  present: () => {
    if (!key) throw new Error('a new key can be read');
    return key;
  },
  find: () => key,
};

let emptied: EmptiedStore;
beforeAll(async () => {
  emptied = await EmptiedStore.open();
});
afterAll(() => emptied.close());
let sent: HttpRequest[];
let answer: { readonly response: HttpResponse } | { readonly failure: string };
let isLimited: boolean;
let handlers: ReturnType<typeof createAccountLinkHandlers>;
beforeEach(() => {
  emptied.empty();
  sent = [];
  answer = { response: { status: 200, headers: {}, body: '', incomplete: false } };
  isLimited = false;
  const registry: AccountLinkDeps['registry'] = {
    entry: (site) => (site === 'shop' ? Object.create(null) : undefined),
    connections: {
      completeSettings: (_site, _id, input) => ({
        settings: { ...input.settings, consentEndpoint: 'https://replaced.example' },
      }),
    },
  };
  handlers = createAccountLinkHandlers({
    registry,
    destinations: [{ ...acme, accountLink }],
    accountLinks: new AccountLinks({ store: emptied.store, keys, now: () => 0 }),
    accounts: {
      find: () => undefined,
      finish: async () => {
        throw new Error('no platform has accounts');
      },
    },
    exchange: async (request) => {
      sent.push(request);
      return answer;
    },
    admitTrial: () => (isLimited ? 6 : undefined),
  });
});

const start = (body: Parameters<(typeof handlers)['POST /api/sites/:site/account-links']>[1] = started, caller: object = ada) =>
  handlers['POST /api/sites/:site/account-links'](params, body, caller);
async function begin(): Promise<{ readonly link: string; readonly state: string }> {
  const result = await start();
  if (result instanceof ApiErrorResult) throw new Error(result.code);
  return { link: result.link, state: new URL(result.url).searchParams.get('state') ?? '' };
}
const finish = (answered: { readonly state: string; readonly code?: string; readonly error?: string }, caller: object = ada) =>
  handlers['POST /api/account-links/finish']({}, answered, caller);
const read = (link: string, caller: object = ada) =>
  handlers['GET /api/sites/:site/account-links/:link']({ site: 'shop', link }, {}, caller);
const getCode = (result: unknown) => (result instanceof ApiErrorResult ? result.code : 'ok');

test('the platform is opened at the address of the config file, and the result has no secret', async () => {
  const result = await start();
  expect(result).toMatchObject({ url: expect.stringMatching(/^https:\/\/replaced\.example\/a-1\/grant\?state=[\w-]{43}$/) });
  const { link, state } = await begin();
  expect(await read(link)).toMatchObject({ state: 'waiting', settings: { account: 'a-1' }, secrets: ['secret'] });
  expect(await finish({ state, code: 'c-1' })).toEqual({ link, site: 'shop', destination: 'acme' });
  expect(sent.map(({ url, body }) => [url, body])).toEqual([['https://acme.example/a-1/token', 'c-1']]);
  const view = await read(link);
  expect(view).toMatchObject({
    state: 'connected',
    settings: { account: 'a-1', mode: 'trial' },
    secrets: ['secret'],
    issues: [],
  });
  expect(JSON.stringify(view)).not.toMatch(/granted-secret|typed-secret/);
});

test('a denial, a refusal and a platform that does not answer keep the form, with the reason', async () => {
  const denied = await begin();
  await finish({ state: denied.state, error: 'access_denied' });
  expect(sent).toEqual([]);
  expect(await read(denied.link)).toMatchObject({
    state: 'failed',
    issues: [{ code: 'access_denied' }],
    settings: { account: 'a-1' },
  });
  answer = { response: { status: 400, headers: {}, body: '', incomplete: false } };
  const refused = await begin();
  await finish({ state: refused.state, code: 'c' });
  expect(await read(refused.link)).toMatchObject({ state: 'failed', issues: [{ code: 'refused', field: 'settings.account' }] });
  answer = { failure: 'ECONNREFUSED' };
  const silent = await begin();
  await finish({ state: silent.state, code: 'c' });
  expect(await read(silent.link)).toMatchObject({
    issues: [{ code: 'no-response', message: expect.stringContaining('ECONNREFUSED') }],
  });
});

test('an account that lost its role on the site does not finish an attempt', async () => {
  const withRole = (role: SiteRole) => ({ ...ada, access: { role: 'per-site', sites: [{ site: 'shop', role }] } });
  const { link, state } = await begin();
  expect(getCode(await finish({ state, code: 'c' }, withRole('viewer')))).toBe('no-such-link');
  expect(sent).toEqual([]);
  expect(await read(link)).toMatchObject({ secrets: ['secret'] });
  expect(getCode(await finish({ state: (await begin()).state, code: 'c' }, withRole('editor')))).toBe('ok');
});

test('an attempt goes on with the secrets of an earlier one, which then ends', async () => {
  const first = await begin();
  const again = await start({ destination: 'acme', settings: { account: 'a-2' }, link: first.link });
  if (again instanceof ApiErrorResult) throw new Error(again.code);
  expect(await read(again.link)).toMatchObject({ settings: { account: 'a-2' }, secrets: ['secret'] });
  expect(getCode(await read(first.link))).toBe('no-such-link');
});

test('each thing that keeps an attempt from its begin has its error', async () => {
  const at = (origin: string) => ({ ...ada, origin });
  expect(getCode(await start(started, {}))).toBe('dashboard-only');
  expect(getCode(await handlers['POST /api/account-links/finish']({}, { state: 's' }, {}))).toBe('dashboard-only');
  expect(getCode(await read('l', {}))).toBe('dashboard-only');
  expect(getCode(await handlers['POST /api/sites/:site/account-links']({ site: 'none' }, started, ada))).toBe('no-such-site');
  expect(getCode(await start(started, at('http://192.0.2.7:8081')))).toBe('redirect-insecure');
  for (const origin of ['http://127.0.0.1:8081', 'http://localhost:8081', 'http://[::1]:8081'])
    expect(getCode(await start(started, at(origin)))).toBe('ok');
  expect(getCode(await start({ ...started, link: 'unknown' }))).toBe('no-such-link');
  expect(getCode(await start({ ...started, destination: 'other' }))).toBe('parameter-invalid');
  expect(await start({ ...started, settings: {} })).toMatchObject({
    issues: [{ field: 'settings.account', message: 'Must be the account.' }],
  });
  isLimited = true;
  expect(getCode(await start())).toBe('rate-limited');
});
