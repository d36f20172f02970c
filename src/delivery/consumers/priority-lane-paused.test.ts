import { describe, expect, it } from 'vitest';
import { dayMs, minuteMs } from '../../event/units.ts';
import { waitUntil } from '../delivery.fixture.ts';
import { type TestSite, useTestStorage } from '../test-site.fixture.ts';
import { buildReply, getIds, isProbe } from '../tiny-platform.fixture.ts';
import { createLane } from './priority-lane.fixture.ts';

let testSite: TestSite;
const storage = useTestStorage();
const openLane = (factor: number) => {
  testSite = storage.createSite(factor);
};
const { backlog, browsers, server, waitUntilSettled } = createLane(() => testSite);

describe('a connection that paused for too many rejections', () => {
  const paused = { cause: 'schema', issue: { field: '', code: 'schema', message: '' }, since: 0, probeAt: null } as const;
  const isRejected = (id: string) => id.startsWith('bad');
  const rejecting = (request: Parameters<typeof getIds>[0]) => {
    const bad = getIds(request).flatMap((id, index) => (isRejected(id) ? [index] : []));
    return bad.length > 0 ? buildReply(400, JSON.stringify({ bad })) : buildReply(200);
  };

  it('tests a few trusted events after 15 minutes, and resumes when they are delivered', async () => {
    openLane(1_000);
    await testSite.prepare({ pause: paused, verdicts: '1'.repeat(51) });
    const offsets = await backlog(...browsers(200), ...Array.from({ length: 8 }, (_, index) => server(`s${index}`)));
    const from = testSite.clock.now();
    testSite.connection();
    await waitUntil(() => testSite.sender.requests.length > 0);
    expect(testSite.clock.now() - from).toBeGreaterThanOrEqual(15 * minuteMs);
    expect(getIds(testSite.sender.requests[0] ?? { method: 'GET', url: '', headers: {}, body: '[]' })).toEqual([
      's0',
      's1',
      's2',
      's3',
      's4',
    ]);
    await waitUntilSettled(offsets);
    expect((await testSite.state()).pause).toBeNull();
    expect(testSite.sender.accepted).toHaveLength(208);
    expect(new Set(testSite.sender.accepted).size).toBe(208);
    expect(await testSite.countUnaccounted()).toBe(0);
  });

  it('stays paused without failed events while they are rejected, and tests others the next time', async () => {
    openLane(20_000);
    await testSite.prepare({ pause: paused });
    testSite.sender.answer = rejecting;
    const bad = Array.from({ length: 15 }, (_, index) => server(`bad${index}`));
    const offsets = await backlog(...browsers(50), ...bad);
    testSite.connection();
    await waitUntil(() => testSite.sender.requests.length >= 3);
    const tried = testSite.sender.requests.flatMap(getIds);
    expect(testSite.sender.requests.every((request) => getIds(request).length <= 5 && !isProbe(request))).toBe(true);
    expect(new Set(tried).size).toBeGreaterThan(5);
    expect((await testSite.state()).pause?.cause).toBe('schema');
    expect(await testSite.store.listDeadLetters(testSite.consumerId, 10)).toEqual([]);
    testSite.sender.answer = () => buildReply(200);
    await waitUntilSettled(offsets);
    expect((await testSite.state()).pause).toBeNull();
    expect(testSite.sender.accepted).toHaveLength(65);
    expect(new Set(testSite.sender.accepted).size).toBe(65);
    expect(await testSite.countUnaccounted()).toBe(0);
  });

  it('is not resumed by events that only browsers reported', async () => {
    openLane(20_000);
    await testSite.prepare({ pause: paused });
    await backlog(...browsers(50));
    testSite.connection();
    await testSite.pass(dayMs / 8);
    expect(testSite.sender.requests).toEqual([]);
    expect((await testSite.state()).pause?.cause).toBe('schema');
  });
});
