import { describe, expect, it } from 'vitest';
import { hourMs, minuteMs, secondMs } from '../../event/units.ts';
import { waitUntil } from '../delivery.fixture.ts';
import { type TestSite, useTestStorage } from '../test-site.fixture.ts';
import { buildReply, getIds, isExchange, isProbe, tokenPlatform } from '../tiny-platform.fixture.ts';
import { createBench } from './consumer-bench.fixture.ts';

let testSite: TestSite;
const storage = useTestStorage();
const openBench = (factor: number) => {
  testSite = storage.createSite(factor);
};
const { drained } = createBench(() => testSite);

const endless = ['Fri, 31 Dec 9999 23:59:59 GMT', '999999999'];
const later = (retryAfter: string) => buildReply(429, '', { 'retry-after': retryAfter });

/** Records the times of the requests. */
function recordTimes(answer: (isEvent: boolean, index: number) => ReturnType<typeof buildReply>): number[] {
  const times: number[] = [];
  testSite.sender.answer = (request) => {
    times.push(testSite.clock.now());
    return answer(!isProbe(request), times.length - 1);
  };
  return times;
}

describe('a Retry-After of more than an hour', () => {
  it.each(endless)('is probed without an event after an hour, and ends if the probe is accepted: %s', async (retryAfter) => {
    openBench(100);
    const times = recordTimes((_, index) => (index === 0 ? later(retryAfter) : buildReply(200)));
    testSite.identity();
    testSite.connection();
    const offsets = await testSite.append(testSite.event('a'));
    await waitUntil(async () => (await testSite.state()).wait !== undefined);
    // The last seconds pass slowly, so that a busy machine is not late by minutes.
    testSite.clock.jump(hourMs - 30 * secondMs);
    await drained(offsets);
    expect(testSite.sender.requests.map(isProbe)).toEqual([false, true, false]);
    const waitedMs = (times[1] ?? 0) - (times[0] ?? 0);
    expect(waitedMs).toBeGreaterThanOrEqual(hourMs);
    expect(waitedMs).toBeLessThan(hourMs + 20 * minuteMs);
    expect((await testSite.state()).wait).toBeUndefined();
  });

  it('goes on while the answer to the probe repeats it, one probe an hour, also after a restart', async () => {
    openBench(20_000);
    const times = recordTimes((_, index) => (index < 4 ? later('999999999') : buildReply(200)));
    testSite.identity();
    const first = testSite.connection();
    const offsets = await testSite.append(testSite.event('a'));
    await waitUntil(() => times.length >= 2);
    await first.stop();
    expect((await testSite.state()).wait).toBeDefined();
    testSite.connection({ owner: 'two' });
    await drained(offsets);
    expect(testSite.sender.requests.map(isProbe)).toEqual([false, true, true, true, true, false]);
    const waits = times.slice(1, 5).map((at, index) => at - (times[index] ?? 0));
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(hourMs);
  });

  it.each([
    ['fails without one', buildReply(503)],
    ['asks for less than an hour', later('60')],
    ['cannot be sent', { notSent: 'ECONNREFUSED' } as const],
  ])('ends if the probe %s, and the next request decides', async (_, probed) => {
    openBench(10_000);
    testSite.sender.answer = (request, index) => (index === 0 ? later('999999999') : isProbe(request) ? probed : buildReply(200));
    testSite.identity();
    testSite.connection();
    await drained(await testSite.append(testSite.event('a')));
    expect(testSite.sender.requests.map(isProbe)).toEqual([false, true, false]);
  });

  it('ends with its time', async () => {
    openBench(10_000);
    const times = recordTimes((isEvent, index) => (index === 0 ? later('5400') : isEvent ? buildReply(200) : later('1800')));
    testSite.identity();
    testSite.connection();
    await drained(await testSite.append(testSite.event('a')));
    expect(testSite.sender.deliveries.map(getIds)).toEqual([['a'], ['a']]);
    expect((times.at(-1) ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(90 * minuteMs);
  });

  it('of the token endpoint is probed too', async () => {
    openBench(10_000);
    const times: number[] = [];
    testSite.sender.answer = (request) => {
      if (!isExchange(request)) return buildReply(200);
      times.push(testSite.clock.now());
      return times.length === 1 ? later('999999999') : buildReply(200, '{"token":"t","livesMs":3600000}');
    };
    testSite.identity();
    testSite.connection({ destination: tokenPlatform });
    await drained(await testSite.append(testSite.event('a')));
    expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(hourMs);
    expect(testSite.sender.requests.filter(isProbe)).toHaveLength(1);
  });

  it.each(['an operator resumes', 'an operator probes'])('ends if %s', async (who) => {
    openBench(1_000);
    testSite.sender.answer = (_, index) => (index === 0 ? later('999999999') : buildReply(200));
    testSite.identity();
    const { consumer } = testSite.connection();
    const offsets = await testSite.append(testSite.event('a'));
    await waitUntil(async () => (await testSite.state()).wait !== undefined);
    await (who === 'an operator resumes' ? consumer.resume() : consumer.probe());
    await drained(offsets);
    expect(await testSite.state()).not.toHaveProperty('wait');
  });
});
