import { describe, expect, it } from 'vitest';
import type { BoundDestination } from '../../destinations/kit/destination.ts';
import { microsoft } from '../../destinations/microsoft/microsoft.ts';
import { hourMs, minuteMs } from '../../event/units.ts';
import { waitUntil } from '../delivery.fixture.ts';
import { type TestSite, useTestStorage } from '../test-site.fixture.ts';
import { buildReply, getIds, isProbe, sampleIssue, tinyPlatform } from '../tiny-platform.fixture.ts';
import { createBench } from './consumer-bench.fixture.ts';

let testSite: TestSite;
const storage = useTestStorage();
const openBench = (factor: number) => {
  testSite = storage.createSite(factor);
};
const { drained, many } = createBench(() => testSite);

/** The tiny platform, whose 204 neither confirms nor refuses events. */
const createPlatform = (unconfirmed: 'platform' | 'own-endpoint'): BoundDestination => ({
  ...tinyPlatform,
  decode: (response, count) =>
    response.status === 204 ? { retry: 'An unknown form.', unconfirmed } : tinyPlatform.decode(response, count),
  probe: {
    ...tinyPlatform.probe,
    decode: (response) =>
      response.status === 204 ? { ...sampleIssue, code: 'answer-unknown' } : tinyPlatform.probe.decode(response),
  },
});

const count = () => testSite.store.countByOutcome(testSite.consumerId);

describe('a success in an unknown form', () => {
  it('is sent three times over 15 minutes under the same ids, and is then unverified', async () => {
    openBench(3_000);
    const times: number[] = [];
    testSite.sender.answer = () => {
      times.push(testSite.clock.now());
      return buildReply(204);
    };
    testSite.identity();
    testSite.connection({ destination: createPlatform('platform') });
    const offsets = await testSite.append(...many(3));
    await waitUntil(() => testSite.sender.requests.length > 0);
    const late = await testSite.append(testSite.event('late'));
    await drained([...offsets, ...late]);
    const [first = '', ...others] = testSite.sender.requests.map(({ body }) => body);
    expect(others.slice(0, 2)).toEqual([first, first]);
    expect((times[2] ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(15 * minuteMs);
    expect(testSite.sender.requests.slice(3).map(getIds)).toEqual([['late']]);
    expect(await count()).toMatchObject({ unverified: 4, waiting: 0 });
    expect(await testSite.state()).toMatchObject({
      pause: null,
      breaker: { failures: 0 },
      unconfirmed: { isSettled: true },
      unverified: { events: 4 },
    });
  });

  it('counts on after a restart and a take-over by another process', async () => {
    openBench(3_000);
    testSite.sender.answer = () => buildReply(204);
    testSite.identity();
    const first = testSite.connection({ destination: createPlatform('platform') });
    const offsets = await testSite.append(testSite.event('a'));
    await waitUntil(async () => (await testSite.state()).unconfirmed?.tries === 1);
    await first.stop();
    const second = testSite.connection({ destination: createPlatform('platform'), owner: 'two' });
    await waitUntil(async () => (await testSite.state()).unconfirmed?.tries === 2);
    await second.stop();
    testSite.connection({ destination: createPlatform('platform'), owner: 'three' });
    await drained(offsets);
    expect(testSite.sender.requests.map(getIds)).toEqual([['a'], ['a'], ['a']]);
    expect(await count()).toMatchObject({ unverified: 1 });
  });

  it('ends with the first confirmed answer, and a replay then sends the unverified events alone', async () => {
    openBench(3_000);
    testSite.sender.answer = (_, index) => buildReply(index < 4 ? 204 : 200);
    testSite.identity();
    const { consumer } = testSite.connection({ destination: createPlatform('platform') });
    await drained(await testSite.append(testSite.event('a')));
    await drained(await testSite.append(testSite.event('b')));
    await drained(await testSite.append(testSite.event('c')));
    const { unconfirmed, unverified } = await testSite.state();
    expect([unconfirmed, unverified?.events]).toEqual([undefined, 2]);
    await consumer.replays.replay({ since: unverified?.from ?? 0, until: testSite.clock.now(), again: false });
    await waitUntil(() => testSite.sender.requests.length >= 6);
    await waitUntil(async () => (await count()).delivered === 3);
    expect(testSite.sender.requests.slice(5).flatMap(getIds)).toEqual(['a', 'b']);
    expect((await testSite.state()).unverified).toBeUndefined();
  });

  it('begins to count again if a new request follows a confirmed one', async () => {
    openBench(3_000);
    testSite.sender.answer = (_, index) => buildReply(index === 1 ? 200 : 204);
    testSite.identity();
    testSite.connection({ destination: createPlatform('platform') });
    await drained(await testSite.append(testSite.event('a')));
    await drained(await testSite.append(testSite.event('b')));
    expect(testSite.sender.requests.map(getIds)).toEqual([['a'], ['a'], ['b'], ['b'], ['b']]);
  });

  it('of an endpoint of the operator delivers nothing, and pauses the connection after 6 hours', async () => {
    openBench(20_000);
    testSite.sender.answer = () => buildReply(204);
    const from = testSite.clock.now();
    testSite.identity();
    const { consumer } = testSite.connection({ destination: createPlatform('own-endpoint') });
    const offsets = await testSite.append(...many(3));
    await waitUntil(async () => (await testSite.state()).pause !== null);
    expect((await testSite.state()).pause).toMatchObject({ cause: 'blocked', issue: { code: 'answer-unknown' } });
    expect(testSite.clock.now() - from).toBeGreaterThanOrEqual(6 * hourMs);
    expect(await count()).toEqual({ waiting: 0 });
    expect((await consumer.probe()).state).toBe('unverified');
    expect((await testSite.state()).pause).not.toBeNull();
    testSite.sender.answer = () => buildReply(200);
    await drained(offsets);
    expect(await count()).toMatchObject({ delivered: 3 });
    expect((await testSite.state()).unconfirmed).toBeUndefined();
  });

  it('pauses the connection until the endpoint confirms events, whatever it answers to probes', async () => {
    openBench(20_000);
    let isTested = false;
    testSite.sender.answer = (request, index) => {
      if (isProbe(request)) return buildReply(index % 2 === 0 ? 200 : 503);
      isTested = testSite.clock.now() - from > 8 * hourMs;
      return buildReply(204);
    };
    const from = testSite.clock.now();
    testSite.identity();
    const { consumer } = testSite.connection({ destination: createPlatform('own-endpoint') });
    const offsets = await testSite.append(...many(3));
    await waitUntil(async () => (await testSite.state()).pause !== null);
    const { pause } = await testSite.state();
    for (const _ of [1, 2, 3]) await consumer.probe();
    await waitUntil(() => isTested);
    expect((await testSite.state()).pause).toMatchObject({ since: pause?.since, issue: pause?.issue });
    testSite.sender.answer = (request) => buildReply(isProbe(request) ? 503 : 200);
    await drained(offsets);
    expect(await testSite.state()).toMatchObject({ pause: null, breaker: { failures: 0 } });
  });

  it.each([
    ['refused', buildReply(401)],
    ['down', buildReply(503)],
    ['not reached', { notSent: 'ECONNREFUSED' } as const],
    ['silent', { unknown: 'TIMEOUT' } as const],
  ])('leaves the pause for such answers as it is if the test is %s', async (_, tested) => {
    openBench(20_000);
    testSite.sender.answer = () => buildReply(204);
    testSite.identity();
    testSite.connection({ destination: createPlatform('own-endpoint') });
    await testSite.append(testSite.event('a'));
    await waitUntil(async () => (await testSite.state()).pause !== null);
    const { pause } = await testSite.state();
    testSite.sender.answer = (request) => (isProbe(request) ? buildReply(200) : tested);
    const before = testSite.sender.deliveries.length;
    await waitUntil(() => testSite.sender.deliveries.length >= before + 2);
    expect((await testSite.state()).pause).toMatchObject({ since: pause?.since, issue: pause?.issue });
  });

  it.each(['an operator resumes it', 'its settings change'])('no longer pauses the connection once %s', async (end) => {
    openBench(2_000);
    await testSite.prepare({
      pause: { cause: 'blocked', issue: { ...sampleIssue, code: 'answer-unknown' }, since: 1, probeAt: 1 },
      unconfirmed: { since: 1, tries: 9 },
    });
    testSite.sender.answer = () => buildReply(204);
    testSite.identity();
    const changed = end === 'its settings change' ? { settingsDigest: 'other' } : {};
    const { consumer } = testSite.connection({ destination: createPlatform('own-endpoint'), ...changed });
    if (end === 'an operator resumes it') await consumer.resume();
    await waitUntil(async () => (await testSite.state()).pause === null);
  });

  it('is forgotten once its events are erased', async () => {
    openBench(3_000);
    testSite.sender.answer = () => buildReply(204);
    testSite.identity();
    testSite.connection({ destination: createPlatform('platform') });
    const [offset = ''] = await testSite.append(testSite.event('a'));
    await waitUntil(async () => (await testSite.state()).unconfirmed !== undefined);
    const erasure = { site: testSite.site, offsets: [offset], visitors: [], now: testSite.clock.now() };
    await testSite.store.beginErasure(erasure);
    await testSite.log.redact(testSite.site, [offset]);
    await drained([offset]);
    expect(await testSite.state()).not.toHaveProperty('unconfirmed');
  });

  it("of Microsoft's own address is bounded, and its next count is a confirmation", async () => {
    openBench(3_000);
    const connected = microsoft.connect({ tagId: '187012345', token: 'token-1' });
    if (!('platform' in connected)) throw new Error('The settings do not fit.');
    testSite.sender.answer = (_, index) => (index < 3 ? buildReply(204) : buildReply(202, '{"EventsReceived":"1"}'));
    testSite.identity();
    testSite.connection({ destination: connected.platform });
    const lead = (id: string) =>
      testSite.event(id, {
        name: 'Lead',
        identity: { forms: {}, clickIds: {}, anonymousId: 'decade001234abcd8def001122334455' },
      });
    await drained(await testSite.append(lead('a')));
    await drained(await testSite.append(lead('b')));
    expect(testSite.sender.requests.slice(0, 3).every(({ url }) => url.startsWith('https://capi.uet.microsoft.com/'))).toBe(true);
    expect(await count()).toMatchObject({ unverified: 1, delivered: 1 });
    expect((await testSite.state()).unconfirmed).toBeUndefined();
  });

  it('to a probe ends a pause for a refused credential once, and the next refusal continues it', async () => {
    openBench(6_000);
    const refusedAt: number[] = [];
    testSite.sender.answer = (request) => {
      if (isProbe(request)) return buildReply(204);
      refusedAt.push(testSite.clock.now());
      return buildReply(401);
    };
    await testSite.prepare({});
    testSite.identity();
    testSite.connection({ destination: createPlatform('platform') });
    const offsets = await testSite.append(testSite.event('a'));
    await waitUntil(() => testSite.sender.probes >= 4);
    expect(testSite.sender.deliveries).toHaveLength(2);
    const { pause } = await testSite.state();
    expect(pause).toMatchObject({ cause: 'blocked', issue: sampleIssue });
    expect(pause?.since).toBeLessThan(refusedAt[1] ?? 0);
    testSite.sender.answer = () => buildReply(200);
    await drained(offsets);
    expect((await testSite.state()).pause).toBeNull();
  });

  it('to a probe ends a pause for a refused credential', async () => {
    openBench(2_000);
    testSite.sender.answer = (request, index) => buildReply(index === 0 ? 401 : isProbe(request) ? 204 : 200);
    testSite.identity();
    testSite.connection({ destination: createPlatform('platform') });
    await drained(await testSite.append(testSite.event('a')));
    expect(await count()).toMatchObject({ delivered: 1 });
  });
});
