import { createVerify, generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { BoundDestination, HttpRequest } from '../destinations/kit/destination.ts';
import { hourMs, minuteMs, secondMs } from '../event/units.ts';
import { createLogger } from '../logger.ts';
import { waitUntil } from './delivery.fixture.ts';
import { AuthorizedSender, type AuthorizedSenderDeps } from './sending/authorized-sender.ts';
import { probeCredential } from './sending/probe-connection.ts';
import { type TestSite, useTestStorage } from './test-site.fixture.ts';
import { buildReply, getIds, isExchange, isProbe, tokenPlatform } from './tiny-platform.fixture.ts';

let testSite: TestSite;
const storage = useTestStorage();

/** A platform that hands out `secret-1`, `secret-2` …, and accepts the last one. */
class TokenVendor {
  issued = 0;
  /** Tokens up to this number are refused. */
  refusedUpTo = 0;
  livesMs = hourMs;
  exchange = () => {
    this.issued += 1;
    return buildReply(200, JSON.stringify({ token: `secret-${this.issued}`, livesMs: this.livesMs }));
  };
  answer = (request: HttpRequest) => {
    if (isExchange(request)) return this.exchange();
    const number = Number(/^Bearer secret-(\d+)$/.exec(request.headers.authorization ?? '')?.[1] ?? 0);
    return buildReply(number > this.refusedUpTo ? 200 : 401, `{"echo":"${request.headers.authorization}"}`);
  };
}

function open(factor = 100, platform: BoundDestination = tokenPlatform) {
  testSite = storage.createSite(factor);
  const vendor = new TokenVendor();
  testSite.sender.answer = vendor.answer;
  testSite.identity();
  const lines: string[] = [];
  const logger = createLogger('debug', { write: (line: string) => void lines.push(line) });
  return { vendor, lines, ...testSite.connection({ destination: platform, logger }) };
}
const delivered = (...ids: string[]) => waitUntil(() => ids.every((id) => testSite.sender.accepted.includes(id)));
const exchanges = () => testSite.sender.requests.filter(isExchange).length;
const isSettled = () => waitUntil(async () => (await testSite.store.getOpenAttempt(testSite.consumerId)) === undefined);

describe('a connection whose platform requires an access token', () => {
  it('exchanges the credential once and uses the token for each request', async () => {
    const { vendor } = open();
    await testSite.append(testSite.event('e1'));
    await delivered('e1');
    await testSite.append(testSite.event('e2'));
    await delivered('e2');
    expect(vendor.issued).toBe(1);
    expect(testSite.sender.deliveries.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer secret-1',
      'Bearer secret-1',
    ]);
  });

  it('sends a request once more with a new token after a 401', async () => {
    const { vendor } = open();
    await testSite.append(testSite.event('e1'));
    await delivered('e1');
    vendor.refusedUpTo = 1;
    const [offset = ''] = await testSite.append(testSite.event('e2'));
    await delivered('e2');
    await isSettled();
    expect(testSite.sender.deliveries.map(getIds)).toEqual([['e1'], ['e2'], ['e2']]);
    expect((await testSite.state()).pause).toBeNull();
    expect(await testSite.store.listAttempts(testSite.consumerId, offset)).toMatchObject([{ settled: { result: 'delivered' } }]);
  });

  it('pauses after a second 401, and resumes when a probe with a new token succeeds', async () => {
    const { vendor } = open(2_000);
    vendor.refusedUpTo = 2;
    await testSite.append(testSite.event('e1'));
    await waitUntil(async () => (await testSite.state()).pause?.cause === 'blocked');
    expect(testSite.sender.deliveries).toHaveLength(2);
    await delivered('e1');
    expect(testSite.sender.requests.filter(isProbe).at(-1)?.headers.authorization).toBe('Bearer secret-3');
    expect((await testSite.state()).pause).toBeNull();
  });

  it('waits for the circuit breaker while the exchange fails, and sends no event without a token', async () => {
    const { vendor } = open(200);
    const { exchange } = vendor;
    const failures = [
      buildReply(503),
      { notSent: 'ECONNREFUSED' },
      { unknown: 'TIMEOUT' },
      buildReply(200, '{"token":"with a space"}'),
    ];
    let calls = 0;
    vendor.exchange = () => {
      calls += 1;
      const failure = failures[calls - 1];
      return failure && 'response' in failure ? failure : exchange();
    };
    const { answer } = vendor;
    testSite.sender.answer = (request) => {
      const failure = isExchange(request) ? failures[calls] : undefined;
      if (failure && !('response' in failure)) {
        calls += 1;
        return failure;
      }
      return answer(request);
    };
    const [offset = ''] = await testSite.append(testSite.event('e1'));
    await delivered('e1');
    await isSettled();
    const attempts = await testSite.store.listAttempts(testSite.consumerId, offset);
    expect(attempts.map(({ settled }) => settled?.result)).toEqual(['retry', 'retry', 'retry', 'retry', 'delivered']);
    expect(attempts[0]?.settled).toMatchObject({ issues: [{ field: 'access-token', code: 'retry' }] });
    expect(attempts[0]?.settled).not.toHaveProperty('answer');
    expect(testSite.sender.deliveries.map(getIds)).toEqual([['e1']]);
  });

  it('pauses while the exchange refuses the credential, and resumes by itself', async () => {
    const { vendor } = open(2_000);
    const { exchange } = vendor;
    vendor.exchange = () => buildReply(400);
    await testSite.append(testSite.event('e1'));
    await waitUntil(async () => (await testSite.state()).pause?.cause === 'blocked');
    expect(testSite.sender.deliveries).toEqual([]);
    vendor.exchange = exchange;
    await delivered('e1');
    expect((await testSite.state()).pause).toBeNull();
  });

  it('keeps a request in doubt open while the exchange fails', async () => {
    const { vendor } = open(200);
    const { answer, exchange } = vendor;
    let deliveries = 0;
    testSite.sender.answer = (request) => {
      if (!isExchange(request) && !isProbe(request)) deliveries += 1;
      return !isExchange(request) && deliveries === 1 ? { unknown: 'ECONNRESET' } : answer(request);
    };
    vendor.livesMs = 1;
    let calls = 0;
    vendor.exchange = () => {
      calls += 1;
      return calls === 2 ? buildReply(503) : exchange();
    };
    const [offset = ''] = await testSite.append(testSite.event('e1'));
    await delivered('e1');
    await isSettled();
    const attempts = await testSite.store.listAttempts(testSite.consumerId, offset);
    expect(attempts.map(({ settled }) => settled?.result)).toEqual(['delivered']);
    expect(new Set(testSite.sender.deliveries.map(({ body }) => body)).size).toBe(1);
  });

  it('never stores or logs the token, even if the platform echoes it', async () => {
    const { vendor, lines } = open();
    await testSite.append(testSite.event('e1'));
    await delivered('e1');
    vendor.refusedUpTo = 3;
    const [offset = ''] = await testSite.append(testSite.event('e2'));
    await waitUntil(async () => (await testSite.state()).pause !== null);
    await waitUntil(async () => lines.join().includes('connection paused'));
    const attempts = await testSite.store.listAttempts(testSite.consumerId, offset);
    expect(attempts.at(-1)?.settled?.answer).toBe('{"echo":"Bearer ***"}');
    const files = ['state.db', 'state.db-wal', 'log.db', 'log.db-wal'].map((name) =>
      readFileSync(join(storage.dir, name), 'latin1'),
    );
    expect([...files, ...lines].join('\n')).not.toMatch(/secret-\d/);
  });
});

describe('a signed token exchange', () => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', {
    modulusLength: 2_048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const signedPlatform = (key: string): BoundDestination => ({
    ...tokenPlatform,
    auth: {
      encode: (at) => {
        const input = `header.${at}`;
        const url = 'https://tiny.example/token';
        return {
          sign: 'RS256',
          key,
          input,
          seal: (signature) => ({ method: 'POST', url, headers: {}, body: `${input}.${signature}` }),
        };
      },
      decode: () => ({ token: 'secret-1', livesMs: hourMs }),
    },
  });

  it('carries an RS256 signature that the public key verifies', async () => {
    open(100, signedPlatform(privateKey));
    await testSite.append(testSite.event('e1'));
    await delivered('e1');
    const [header = '', at = '', signature = ''] = (testSite.sender.requests.find(isExchange)?.body ?? '').split('.');
    expect(Number(at)).toBeGreaterThan(testSite.clock.now() - hourMs);
    expect(createVerify('RSA-SHA256').update(`${header}.${at}`).verify(publicKey, signature, 'base64url')).toBe(true);
    expect(exchanges()).toBe(1);
  });

  it.each([
    ['no key', 'not a key'],
    [
      'another kind of key',
      generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    ],
  ])('blocks the connection if the setting has %s, and names no part of it', async (_, key) => {
    open(100, signedPlatform(key));
    await testSite.append(testSite.event('e1'));
    await waitUntil(async () => (await testSite.state()).pause !== null);
    expect((await testSite.state()).pause).toMatchObject({ cause: 'blocked', issue: { code: 'private-key-unusable' } });
    expect(testSite.sender.requests).toEqual([]);
  });
});

describe('a probe of a credential', () => {
  it('exchanges a new token each time', async () => {
    const { vendor, consumer } = open();
    expect((await consumer.probe()).state).toBe('accepted');
    expect((await consumer.probe()).state).toBe('accepted');
    expect(vendor.issued).toBe(2);
  });

  it('reports the problem of a failed exchange', async () => {
    const { vendor } = open();
    vendor.exchange = () => buildReply(400);
    const result = await probeCredential(tokenPlatform, testSite.sender, () => testSite.clock.now());
    expect(result).toMatchObject({ ok: false, state: 'refused', says: expect.stringMatching(/ Use a documented name\.$/) });
    vendor.exchange = () => buildReply(503);
    const unavailable = await probeCredential(tokenPlatform, testSite.sender, () => testSite.clock.now());
    expect(unavailable).toMatchObject({ ok: false, state: 'unverified', says: expect.stringMatching(/ status 503$/) });
  });
});

describe('AuthorizedSender', () => {
  const createSender = (more: Partial<AuthorizedSenderDeps> = {}) =>
    new AuthorizedSender({ destination: tokenPlatform, sender: testSite.sender, now: () => secondMs, ...more });
  const sendEmptyBatch = (sender: AuthorizedSender) =>
    sender.send(
      (token) => tokenPlatform.encode([], token),
      (response) => tokenPlatform.decode(response, 0),
    );

  it.each([
    ['5 minutes before it expires', hourMs, hourMs - 5 * minuteMs],
    ['after three quarters of a short life', 8 * secondMs, 6 * secondMs],
  ])('renews the token %s', async (_, livesMs, usableMs) => {
    const { vendor } = open();
    vendor.livesMs = livesMs;
    let now = 0;
    const sender = createSender({ now: () => now });
    await sendEmptyBatch(sender);
    now = usableMs - 1;
    await sendEmptyBatch(sender);
    expect(vendor.issued).toBe(1);
    now = usableMs;
    await sendEmptyBatch(sender);
    expect(vendor.issued).toBe(2);
  });

  it.each([0, -1, Number.NaN])('uses a token with the lifetime %s once', async (livesMs) => {
    const { vendor } = open();
    vendor.livesMs = livesMs;
    const sender = createSender();
    await sendEmptyBatch(sender);
    await sendEmptyBatch(sender);
    expect(vendor.issued).toBe(2);
  });

  it('renews the token after a clock rollback', async () => {
    const { vendor } = open();
    let now = hourMs;
    const sender = createSender({ now: () => now });
    await sendEmptyBatch(sender);
    now = 0;
    await sendEmptyBatch(sender);
    expect(vendor.issued).toBe(2);
  });

  it('renews the lease before each request of a step', async () => {
    const { vendor } = open();
    vendor.refusedUpTo = 1;
    let renewals = 0;
    const keepLease = async () => {
      renewals += 1;
    };
    expect(await sendEmptyBatch(createSender({ keepLease }))).toMatchObject({ verdict: { settled: [] } });
    expect(renewals).toBe(4);
  });
});
