import { describe, expect, it } from 'vitest';
import { dayMs, hourMs } from '../../event/units.ts';
import { decideSweep } from '../../retention/decide-sweep.ts';
import { waitUntil } from '../delivery.fixture.ts';
import { type TestSite, useTestStorage } from '../test-site.fixture.ts';
import { buildReply, getIds, tinyPlatform } from '../tiny-platform.fixture.ts';

const storage = useTestStorage();

/** A platform that takes events for two days. */
const destination = { ...tinyPlatform, limits: { ...tinyPlatform.limits, maxAgeMs: 2 * dayMs } };

/** Sweeps the site as retention does. */
async function sweep({ store, clock, site }: TestSite): Promise<void> {
  const now = clock.now();
  await store.saveLastSweep(site, decideSweep(now, (await store.getLastSweep(site)) ?? { at: now }));
}

/** Starts a connection whose first request fails, and returns once its answer is settled. The clock then stands still until it jumps. */
async function failOnce(answer: Parameters<typeof buildReply>[0] | 'none'): Promise<{ testSite: TestSite; offset: string }> {
  const testSite = storage.createSite(100);
  await sweep(testSite);
  testSite.sender.answer = (_, index) => {
    if (index === 0) testSite.clock.pace(0);
    return answer === 'none' ? { unknown: 'TIMEOUT' } : buildReply(answer);
  };
  testSite.identity();
  testSite.connection({ destination });
  const [offset = ''] = await testSite.append(testSite.event('late'));
  await waitUntil(async () => (await testSite.state()).breaker.failures > 0);
  return { testSite, offset };
}

/** Lets the clock jump, and run on. */
function jump({ clock }: TestSite, ms: number): void {
  clock.jump(ms);
  clock.pace(100);
}

const readOutcome = async (testSite: TestSite, offset: string) => (await testSite.getOutcomes([offset]))[0];

describe.each([
  ['was refused', 502],
  ['is in doubt', 'none'],
] as const)('an event whose request %s', (_, answer) => {
  it('is dead after its deadline by a clock that retention trusts', async () => {
    const { testSite, offset } = await failOnce(answer);
    jump(testSite, dayMs);
    await sweep(testSite);
    jump(testSite, dayMs);
    await waitUntil(async () => (await readOutcome(testSite, offset)) === 'dead');
  });

  it('waits after its deadline by a clock that jumped over two days, is not sent, and is dead once the clock is trusted', async () => {
    const { testSite, offset } = await failOnce(answer);
    const sent = () => testSite.sender.requests.filter((request) => getIds(request).includes('late')).length;
    const before = sent();
    jump(testSite, 2 * dayMs + hourMs);
    await sweep(testSite);
    await waitUntil(async () => (await readOutcome(testSite, offset)) === 'waiting');
    testSite.sender.answer = () => buildReply(200);
    const next = await testSite.deliver(testSite.event('next'));
    expect(await testSite.getOutcomes(next)).toEqual(['delivered']);
    jump(testSite, dayMs);
    await waitUntil(async () => ((await testSite.store.getNextDueTime(testSite.consumerId)) ?? 0) > testSite.clock.now());
    expect(await readOutcome(testSite, offset)).toBe('waiting');
    await sweep(testSite);
    jump(testSite, hourMs);
    await waitUntil(async () => (await readOutcome(testSite, offset)) === 'dead');
    expect(sent()).toBe(before);
  });

  it('is sent when the clock that had jumped is corrected', async () => {
    const { testSite, offset } = await failOnce(answer);
    jump(testSite, 8 * dayMs);
    await sweep(testSite);
    await waitUntil(async () => (await readOutcome(testSite, offset)) === 'waiting');
    testSite.sender.answer = () => buildReply(200);
    jump(testSite, -8 * dayMs);
    await testSite.deliver(testSite.event('next'));
    await waitUntil(async () => (await readOutcome(testSite, offset)) === 'delivered');
  });
});

it('an event is not dead by a clock that jumps while the event is decided', async () => {
  const testSite = storage.createSite(100);
  await sweep(testSite);
  const { store, clock } = testSite;
  let hasJumped = false;
  const getLastSweep: typeof store.getLastSweep = async (site) => {
    const last = await store.getLastSweep(site);
    if (!hasJumped) clock.jump(8 * dayMs);
    hasJumped = true;
    return last;
  };
  testSite.identity();
  testSite.connection({ destination, store: { ...store, getLastSweep } });
  const [offset = ''] = await testSite.append(testSite.event('late'));
  await waitUntil(async () => (await readOutcome(testSite, offset)) !== undefined);
  expect(await readOutcome(testSite, offset)).toBe('waiting');
});
