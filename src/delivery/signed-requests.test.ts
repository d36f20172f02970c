import { randomBytes } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { BoundDestination, HttpRequest } from '../destinations/kit/destination.ts';
import { secondMs } from '../event/units.ts';
import { signRequest } from '../net/sign-request.ts';
import { waitUntil } from './delivery.fixture.ts';
import { type TestSite, useTestStorage } from './test-site.fixture.ts';
import { buildReply, getIds, isProbe, sampleIssue, tinyPlatform } from './tiny-platform.fixture.ts';

const createSecret = () => `whsec_${randomBytes(32).toString('base64')}`;
const [current, previous, foreign] = [createSecret(), createSecret(), createSecret()];
const storage = useTestStorage();
let testSite: TestSite;

const signedPlatform: BoundDestination = {
  ...tinyPlatform,
  limits: { ...tinyPlatform.limits, batchSize: 1 },
  sign: { scheme: 'standard-webhooks', secrets: [current, previous], nameMessage: (body) => body },
  decode: (response, count) =>
    response.status === 410 ? { blocked: sampleIssue, isFinal: true } : tinyPlatform.decode(response, count),
};

function open(factor = 100) {
  testSite = storage.createSite(factor);
  testSite.identity();
  return testSite.connection({ destination: signedPlatform });
}

/** Verifies a request as a receiver does at the time of the attempt. */
function verify({ body, headers }: HttpRequest, secret: string): unknown {
  vi.useFakeTimers({ toFake: ['Date'], now: Number(headers['webhook-timestamp']) * secondMs });
  try {
    return new Webhook(secret).verify(body, headers);
  } finally {
    vi.useRealTimers();
  }
}
afterEach(() => void vi.useRealTimers());

describe('a connection whose requests are signed', () => {
  it('signs each attempt anew under the same message id, with both secrets', async () => {
    open(2_000);
    let failures = 2;
    testSite.sender.answer = () => buildReply(failures-- > 0 ? 503 : 200);
    await testSite.append(testSite.event('e1'));
    await waitUntil(() => testSite.sender.accepted.includes('e1'));
    const attempts = testSite.sender.deliveries;
    expect(attempts.map(getIds)).toEqual([['e1'], ['e1'], ['e1']]);
    expect(new Set(attempts.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    const times = attempts.map(({ headers }) => Number(headers['webhook-timestamp']));
    expect(new Set(times).size).toBe(3);
    expect(times).toEqual(times.toSorted());
    for (const attempt of attempts) {
      expect(verify(attempt, current)).toEqual(JSON.parse(attempt.body));
      expect(verify(attempt, previous)).toEqual(JSON.parse(attempt.body));
      expect(() => verify(attempt, foreign)).toThrow('No matching signature');
      expect(() => verify({ ...attempt, body: `${attempt.body} ` }, current)).toThrow('No matching signature');
    }
  });

  it('gives two events two message ids', async () => {
    open();
    await testSite.append(testSite.event('e1'), testSite.event('e2'));
    await waitUntil(() => ['e1', 'e2'].every((id) => testSite.sender.accepted.includes(id)));
    expect(new Set(testSite.sender.deliveries.map(({ headers }) => headers['webhook-id'])).size).toBe(2);
  });

  it('pauses without a probe when the receiver wants no further requests, until an operator resumes it', async () => {
    const { consumer } = open(2_000);
    testSite.sender.answer = () => buildReply(410);
    await testSite.append(testSite.event('e1'));
    await waitUntil(async () => (await testSite.state()).pause !== null);
    expect((await testSite.state()).pause).toMatchObject({ cause: 'blocked', probeAt: null });
    testSite.sender.answer = () => buildReply(200);
    await consumer.resume();
    await waitUntil(() => testSite.sender.accepted.includes('e1'));
    expect(testSite.sender.requests.filter(isProbe)).toEqual([]);
  });

  it('stays paused without a probe after a restart and after a failed check, and tries again with new settings', async () => {
    const first = open(2_000);
    testSite.sender.answer = () => buildReply(410);
    await testSite.append(testSite.event('e1'));
    await waitUntil(async () => (await testSite.state()).pause !== null);
    await first.stop();
    const { consumer, stop } = testSite.connection({ destination: signedPlatform });
    expect((await consumer.probe()).says).toContain(sampleIssue.message);
    expect((await testSite.state()).pause).toMatchObject({ cause: 'blocked', probeAt: null });
    expect(testSite.sender.probes).toBe(1);
    await stop();
    testSite.sender.answer = () => buildReply(200);
    testSite.connection({ destination: signedPlatform, settingsDigest: 'other' });
    await waitUntil(() => testSite.sender.accepted.includes('e1'));
    expect(testSite.sender.probes).toBe(1);
  });

  it('signs the probe too', async () => {
    const { consumer } = open();
    await testSite.append(testSite.event('e1'));
    expect((await consumer.probe()).state).toBe('accepted');
    const [probe] = testSite.sender.requests.filter(isProbe);
    expect(probe && verify(probe, current)).toEqual([]);
  });
});

describe('signRequest', () => {
  const request: HttpRequest = {
    method: 'POST',
    url: 'https://r.example',
    headers: { 'content-type': 'application/json' },
    body: '{"a":"ü"}',
  };
  const sign = { scheme: 'standard-webhooks', secrets: [current], nameMessage: () => 'Purchase o-1' } as const;

  it("gives another connection's message another id, and ids and times without dots", () => {
    const one = signRequest(request, sign, 'shop/one', 1_795_770_000_999);
    const other = signRequest(request, sign, 'shop/other', 1_795_770_000_999);
    expect(one.headers['webhook-id']).not.toBe(other.headers['webhook-id']);
    expect(one.headers).toMatchObject({
      'content-type': 'application/json',
      'webhook-id': expect.stringMatching(/^msg_[\w-]{32}$/),
      'webhook-timestamp': '1795770000',
    });
    expect(one.headers['webhook-signature']).toBe(
      new Webhook(current).sign(one.headers['webhook-id'] ?? '', new Date(1_795_770_000_000), request.body),
    );
  });
});
