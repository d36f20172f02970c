import { expect, test } from 'vitest';
import { z } from 'zod';
import type { Json } from '../../event/issue.ts';
import { defineDestination } from './define-destination.ts';
import { createDelivery, createHistory } from './delivery-history.fixture.ts';
import type { BoundDestination, HttpRequest } from './destination.ts';
import { encodeList } from './encode-list.ts';
import { eventFixture } from './event.fixture.ts';
import type { Matching } from './matching.ts';

const matching: Matching = { clickIds: [], browserIds: [], keys: [], isEnough: () => true, harmless: [] };

let parses = 0;
const payload = z
  .strictObject({ name: z.string().max(5), at: z.array(z.strictObject({ ms: z.int() })) })
  .refine(() => ++parses > 0);

const listed = defineDestination({
  id: 'example',
  name: 'Example',
  summary: 'A platform.',
  source: { url: 'https://platform.example/docs', checked: '2026-11-24' },
  settings: z.strictObject({ key: z.string('Must be the key. Copy it from the account.') }),
  payload,
  limits: () => ({ batchSize: 2, batchBytes: 100, maxAgeMs: 1 }),
  matching,
  skipTexts: {},
  testEvent: () => ({}),
  whyNot: (_, { key }, payload) => [{ title: key, answer: 'unseen', message: payload?.name ?? 'no payload' }],
  map: (event) =>
    event.bot ? { skip: 'bot', issues: [] } : { payload: { name: event.name, at: [{ ms: event.time }] }, issues: [] },
  encode: (texts, { key }) => ({
    method: 'POST',
    url: 'https://platform.example',
    headers: { key },
    body: `[${texts.join(',')}]`,
  }),
  decode: (_, count) => ({ settled: Array.from({ length: count }, () => ({ outcome: 'delivered', issues: [] })), issues: [] }),
  unpack: (body) => [body],
  probe: {
    encode: ({ key }) => ({ method: 'GET', url: 'https://platform.example', headers: { key }, body: '' }),
    decode: () => 'ok',
  },
});

function connected(): BoundDestination {
  const result = listed.connect({ key: 'k' });
  if ('issues' in result) throw new Error('settings refused');
  return result.platform;
}

function event(name: string, time = 1, bot = false) {
  return eventFixture.parse({ name, id: '1', time, bot });
}

test("invalid settings are reported by path with the schema's messages, and unknown settings by name", () => {
  expect(listed.connect({ key: 4_711, kye: 'k' })).toEqual({
    issues: [
      { field: 'settings.key', code: 'invalid-setting', message: 'Must be the key. Copy it from the account.' },
      {
        field: 'settings.kye',
        code: 'unknown-setting',
        message: 'The destination has no such setting. Correct its spelling, or remove it.',
      },
    ],
  });
});

test('the misfits of a payload that breaks the schema name each field and echo no value', () => {
  const mapped = connected().map(event('too-long-a-name', 1.5));
  const reasons = 'payload' in mapped ? connected().findMisfits(mapped.payload) : [];
  expect(reasons.map(({ field, code }) => [field, code])).toEqual([
    ['name', 'invalid-payload'],
    ['at[0].ms', 'invalid-payload'],
  ]);
  expect(reasons.map(({ message }) => message).join()).not.toMatch(/too-long|1\.5/);
});

test('a skip is returned unchanged', () => {
  expect(connected().map(event('name', 1, true))).toEqual({ skip: 'bot', issues: [] });
});

test('a mapped payload is not checked, a stored one is, and both make the same request', () => {
  const platform = connected();
  parses = 0;
  const mapped = platform.map(event('name'));
  if (!('payload' in mapped)) throw new Error('not mapped');
  const first = platform.encode([mapped.text]);
  expect(parses).toBe(0);
  expect(platform.encode([platform.toText({ name: 'name', at: [{ ms: 1 }] })])).toEqual(first);
  expect(parses).toBe(1);
  expect(platform.findMisfits(mapped.payload)).toEqual([]);
});

test('a stored payload that the schema no longer accepts keeps its text', () => {
  expect(connected().toText({ name: 'name', more: 1 })).toBe('{"name":"name","more":1}');
});

test('whyNot gets the settings, and the accepted payload if it fits the schema', () => {
  const ask = (payload: Json) => connected().whyNot(createHistory({ attempts: [createDelivery(payload, 1)] }));
  expect(ask({ name: 'Lead', at: [] })).toMatchObject([{ title: 'k', message: 'Lead' }]);
  for (const payload of [null, { name: 'of an older form' }]) expect(ask(payload)).toMatchObject([{ message: 'no payload' }]);
});

test('a shown request contains no secret setting, wherever the destination puts it', () => {
  const secret = 'tok"en/+1';
  const shown = defineDestination({
    id: 'example',
    name: 'Example',
    summary: 'A platform.',
    source: { url: 'https://platform.example/docs', checked: '2026-11-24' },
    settings: z.strictObject({
      account: z.string(),
      token: z.string().meta({ secret: true }),
      part: z.string().meta({ secret: true }),
      unused: z.string().meta({ secret: true }).optional(),
    }),
    payload: z.strictObject({ name: z.string() }),
    limits: () => ({ batchSize: 2, batchBytes: 100, maxAgeMs: 1 }),
    matching: { ...matching, harmless: ['name'] },
    skipTexts: {},
    testEvent: () => ({}),
    whyNot: () => [],
    map: ({ name }) => ({ payload: { name }, issues: [] }),
    encode: (texts, { account, token }) => ({
      method: 'POST',
      url: `https://platform.example/${account}?key=${encodeURIComponent(token)}`,
      headers: { authorization: `Bearer ${token}`, 'x-account': account },
      body: encodeList('payloads', texts, { token }),
    }),
    decode: () => ({ retry: 'never' }),
    unpack: () => [],
    probe: { encode: () => ({ method: 'GET', url: 'https://platform.example', headers: {}, body: '' }), decode: () => 'ok' },
  });
  const bound = shown.connect({ account: 'a-1', token: secret, part: 'en/+1' });
  if ('issues' in bound) throw new Error('settings refused');
  expect(bound.platform.show({ name: 'Lead' })).toEqual({
    method: 'POST',
    url: 'https://platform.example/a-1?key=***',
    headers: { authorization: 'Bearer ***', 'x-account': 'a-1' },
    body: '{"payloads":[{"name":"Lead"}],"token":"***"}',
  });
  expect(bound.platform.show({ title: 'of an older form' })).toBeUndefined();
});

test('the form leaves out settings of the config file alone, and lists secrets by name', () => {
  const { form, secrets, fileOnly, eventNames } = defineDestination({
    id: 'formed',
    name: 'Formed',
    summary: 'A platform.',
    source: listed.source,
    settings: z.strictObject({
      key: z.string().meta({ title: 'Key', secret: true }),
      where: z.string().meta({ fileOnly: true }),
      word: z.string().prefault('usual').meta({ title: 'Word' }),
    }),
    payload: z.string(),
    limits: () => ({ batchSize: 1, batchBytes: 1, maxAgeMs: 1 }),
    matching,
    skipTexts: {},
    testEvent: () => ({}),
    whyNot: () => [],
    map: () => ({ skip: 'bot', issues: [] }),
    encode: () => ({ method: 'POST', url: 'https://platform.example', headers: {}, body: '' }),
    decode: () => ({ settled: [], issues: [] }),
    unpack: () => [],
    probe: { encode: () => ({ method: 'GET', url: 'https://platform.example', headers: {}, body: '' }), decode: () => 'ok' },
  });
  expect({ secrets, fileOnly, eventNames }).toEqual({ secrets: ['key'], fileOnly: ['where'], eventNames: {} });
  expect(form).toEqual({
    type: 'object',
    additionalProperties: false,
    properties: {
      key: { type: 'string', title: 'Key', secret: true },
      word: { type: 'string', title: 'Word', default: 'usual' },
    },
    required: ['key'],
  });
});

test('the optional members get the settings, and a shown request hides the access token and names the headers of a signature', () => {
  const made = defineDestination({
    id: 'later',
    name: 'Later',
    summary: 'An invented platform.',
    source: listed.source,
    settings: z.strictObject({ key: z.string().meta({ secret: true }) }),
    payload: z.strictObject({ name: z.string() }),
    limits: () => ({ batchSize: 1, batchBytes: 1, maxAgeMs: 1 }),
    matching: { ...matching, harmless: ['name'] },
    skipTexts: {},
    testEvent: () => ({}),
    whyNot: () => [],
    map: ({ name }) => ({ payload: { name }, issues: [] }),
    group: ({ name }, { key }) => `${key} ${name}`,
    auth: {
      encode: ({ key }, at) => ({ sign: 'RS256', key, input: String(at), seal: (body) => request(body) }),
      decode: () => ({ token: 'secret-token', livesMs: 1 }),
    },
    encode: (payloads, _, token) => ({ ...request(JSON.stringify(payloads)), headers: { authorization: `Bearer ${token}` } }),
    sign: { scheme: 'standard-webhooks', secrets: ({ key }) => [`whsec_${key}`], nameMessage: (body) => `message ${body}` },
    decode: () => ({ accepted: { ticket: 't', issues: [] } }),
    receipt: {
      firstAfterMs: 1,
      giveUpAfterMs: 2,
      encode: (ticket, { key }, token) => request(`${ticket} ${key} ${token}`),
      decode: (_, count, { key }) => ({ resendAfterMs: count, issues: [{ field: key, code: 'late', message: 'Wait.' }] }),
    },
    unpack: () => [],
    probe: { encode: (_, token, at) => request(`probe ${token} ${at}`), decode: () => 'ok' },
  }).connect({ key: 'k' });
  if ('issues' in made) throw new Error('settings refused');
  const { platform } = made;
  expect(platform.map(event('Lead'))).toMatchObject({ group: 'k Lead' });
  expect(platform.auth?.encode(7)).toMatchObject({ sign: 'RS256', key: 'k', input: '7' });
  expect(platform.encode([], 'secret-token').headers).toEqual({ authorization: 'Bearer secret-token' });
  expect(platform.show({ name: 'Lead' })?.headers).toEqual({
    authorization: 'Bearer ***',
    'webhook-id': '***',
    'webhook-timestamp': '***',
    'webhook-signature': '***',
  });
  expect([platform.sign?.secrets, platform.sign?.nameMessage('b')]).toEqual([['whsec_k'], 'message b']);
  expect(platform.receipt?.encode('t', 'secret-token').body).toBe('t k secret-token');
  const response = { status: 200, headers: {}, body: '', incomplete: false as const };
  expect(platform.receipt?.decode(response, 3)).toMatchObject({ resendAfterMs: 3, issues: [{ field: 'k' }] });
  expect(platform.probe.encode('secret-token', 7).body).toBe('probe secret-token 7');
});

function request(body: string): HttpRequest {
  return { method: 'POST', url: 'https://platform.example', headers: {}, body };
}
