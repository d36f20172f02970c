import { randomBytes } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Webhook } from 'standardwebhooks';
import { Webhook as SvixWebhook } from 'svix';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { skipReasons } from '../../event/skip-reasons.ts';
import { dayMs } from '../../event/units.ts';
import { signRequest } from '../../net/sign-request.ts';
import { destinationSuite } from '../kit/destination.suite.ts';
import type { BoundDestination } from '../kit/destination.ts';
import { eventFixture } from '../kit/event.fixture.ts';
import { payload } from './payload.ts';
import { webhook } from './webhook.ts';

destinationSuite(webhook, import.meta.dirname, {
  acceptsAnyBody: 'https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md (2026-08-17)',
});

const readDocs = (path: string) => readFileSync(join(import.meta.dirname, '../../../docs', path), 'utf8');
const page = readDocs('destinations/webhook.md');
const troubleshooting = readDocs('guides/webhook/webhook-troubleshooting.md');
const createSecret = (bytes = 32) => `whsec_${randomBytes(bytes).toString('base64')}`;
const [secret, previousSecret] = [createSecret(), createSecret()];

function connect(settings: object = {}): BoundDestination {
  const connected = webhook.connect({ url: 'https://hooks.shop.example/convey', secrets: [secret], ...settings });
  if ('issues' in connected) throw new Error(JSON.stringify(connected.issues));
  return connected.platform;
}

/** One moment for all requests, so that equal requests have equal signatures. The package refuses an old one. */
const now = Date.now();

/** Returns the signed request of an event at this moment, as delivery sends it. */
function send(platform: BoundDestination, consumer = 'shop/hook', name = 'Purchase') {
  const mapped = platform.map(eventFixture.parse({ name, id: 'o-1', time: now, page: { title: 'Größe 😀' } }));
  if (!('payload' in mapped) || !platform.sign) throw new Error(JSON.stringify(mapped));
  return signRequest(platform.encode([mapped.text]), platform.sign, consumer, now);
}

test('§1.2 §1.4 a receiver with the package of Standard Webhooks verifies a message', () => {
  const { headers, body } = send(connect());
  expect(new Webhook(secret).verify(body, headers)).toEqual(JSON.parse(body));
  expect(headers['webhook-timestamp']).toMatch(/^\d{10}$/);
  expect(headers['webhook-signature']).toMatch(/^v1,[A-Za-z0-9+/]{43}=$/);
  expect(() => new Webhook(createSecret()).verify(body, headers)).toThrow();
  expect(() => new Webhook(secret).verify(body.replace('o-1', 'o-2'), headers)).toThrow();
  expect(() => new Webhook(secret).verify(body, { ...headers, 'webhook-id': 'msg_other' })).toThrow();
});

test('§1.2 §1.4 a receiver with the package of Svix verifies a message, and one of two secrets', () => {
  const { headers, body } = send(connect({ secrets: [secret, previousSecret] }));
  for (const one of [secret, previousSecret]) expect(new SvixWebhook(one).verify(body, headers)).toEqual(JSON.parse(body));
  expect(() => new SvixWebhook(createSecret()).verify(body, headers)).toThrow();
  expect(() => new SvixWebhook(secret).verify(body.replace('o-1', 'o-2'), headers)).toThrow();
});

test('§1.5 a receiver verifies with the new or the old secret during a rotation, and only with the new one afterwards', () => {
  const both = send(connect({ secrets: [secret, previousSecret] }));
  for (const one of [secret, previousSecret]) expect(new Webhook(one).verify(both.body, both.headers)).toBeTruthy();
  expect(both.headers['webhook-signature']?.split(' ')).toHaveLength(2);
  const after = send(connect());
  expect(after.headers['webhook-signature']?.split(' ')).toHaveLength(1);
  expect(() => new Webhook(previousSecret).verify(after.body, after.headers)).toThrow();
});

test('§1.3 the message id differs by event, name and connection', () => {
  const platform = connect();
  const ids = [send(platform), send(platform, 'shop/other'), send(platform, 'shop/hook', 'Lead'), send(platform)].map(
    ({ headers }) => headers['webhook-id'],
  );
  expect(new Set(ids).size).toBe(3);
  expect(ids[0]).toBe(ids[3]);
});

test('§1.4 a secret is `whsec_` and 24 to 64 bytes in base64', () => {
  const isAccepted = (one: string) => !('issues' in webhook.connect({ url: 'https://r.example/', secrets: [one] }));
  for (const bytes of [24, 25, 26, 32, 64]) expect(isAccepted(createSecret(bytes)), `${bytes}`).toBe(true);
  for (const bytes of [16, 23, 65]) expect(isAccepted(createSecret(bytes)), `${bytes}`).toBe(false);
  const key = randomBytes(32).toString('base64');
  for (const one of [key, `whsk_${key}`, `whsec_${key} `, 'whsec_', `whsec_${'-'.repeat(44)}`])
    expect(isAccepted(one)).toBe(false);
  // Without padding the key is the same.
  expect(isAccepted(`whsec_${key.replace('=', '')}`)).toBe(true);
});

test('a URL with credentials, a fragment or another scheme is no setting', () => {
  for (const url of ['https://u:p@r.example/', 'https://r.example/#a', 'ftp://r.example/', 'r.example', 'https://r.example/a b'])
    expect(webhook.connect({ url, secrets: [secret] }), url).toMatchObject({ issues: [{ field: 'settings.url' }] });
});

test('§1.6 a message has one event, and is at most 1 MB and 7 days old', () => {
  expect(connect().limits).toEqual({ batchSize: 1, batchBytes: 1_000_000, maxAgeMs: 7 * dayMs });
});

test('§4.1 §4.4 the probe is a signed ping, which each receiver answers in its own words', () => {
  const { probe, sign } = connect();
  const request = probe.encode(undefined, 1_795_514_398_765);
  expect(JSON.parse(request.body)).toEqual({ type: 'convey.ping', timestamp: '2026-11-24T09:59:58.765Z', data: {} });
  expect(sign?.nameMessage(request.body)).not.toBe(sign?.nameMessage(probe.encode(undefined, 1_795_514_399_765).body));
  const decode = (status: number, body = '') => {
    const read = probe.decode({ status, headers: {}, body, incomplete: false });
    return read === 'ok' ? read : read.code;
  };
  expect([200, 204, 400, 401, 404, 410, 302, 429, 503].map((status) => decode(status))).toEqual([
    'ok',
    'ok',
    'ping-refused',
    'signature-refused',
    'receiver-refused',
    'gone',
    'redirected',
    'probe-unavailable',
    'probe-unavailable',
  ]);
  expect(decode(200, '<!doctype html>')).toBe('answered-by-web-page');
});

test('the docs name every field of a message, and explain every code and skip', () => {
  const { shape } = payload.unwrap();
  const { properties } = z.object({ properties: z.record(z.string(), z.unknown()) }).parse(z.toJSONSchema(shape.data));
  expect([...Object.keys(shape), ...Object.keys(properties)].filter((field) => !page.includes(`\`${field}\``))).toEqual([]);
  const sources = globSync('*.ts', { cwd: import.meta.dirname, exclude: ['*.test.ts', 'settings.ts'] });
  const text = sources.map((file) => readFileSync(join(import.meta.dirname, file), 'utf8')).join('\n');
  const codes = [...text.matchAll(/code: '([a-z]+(?:-[a-z]+)*)'/g)].map(([, code = '']) => code);
  expect(codes).toEqual(expect.arrayContaining(['gone', 'signature-refused', 'ping-refused', 'refused']));
  const tables = page + troubleshooting;
  expect(codes.filter((code) => !tables.includes(`\n| \`${code}\` |`))).toEqual([]);
  const map = readFileSync(join(import.meta.dirname, 'map.ts'), 'utf8');
  const skips = Object.keys(skipReasons).filter((skip) => map.includes(`'${skip}'`));
  expect(skips.filter((skip) => !troubleshooting.includes(`\n| \`${skip}\` |`))).toEqual([]);
});
