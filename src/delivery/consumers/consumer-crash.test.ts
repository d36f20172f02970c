import { describe, expect, it } from 'vitest';
import { errorMessage } from '../../errors.ts';
import { secondMs } from '../../event/units.ts';
import { waitUntil } from '../delivery.fixture.ts';
import { type TestSite, useTestStorage } from '../test-site.fixture.ts';
import { buildReply, tinyPlatform } from '../tiny-platform.fixture.ts';
import { createBench } from './consumer-bench.fixture.ts';

let testSite: TestSite;
const storage = useTestStorage();
const openBench = (factor: number) => {
  testSite = storage.createSite(factor);
};
const { drained } = createBench(() => testSite);

describe('a crash', () => {
  it('is shown by consumer and store until a step succeeds, and counts no request in doubt when no byte was sent', async () => {
    openBench(1_000);
    testSite.identity();
    let isBroken = true;
    testSite.sender.answer = () => {
      if (isBroken) throw new Error('too many open files');
      return buildReply(200);
    };
    const { consumer } = testSite.connection();
    const offsets = await testSite.append(testSite.event('a'));
    await waitUntil(() => testSite.sender.requests.length > 2);
    const crash = { error: 'too many open files', since: expect.any(Number) };
    expect(consumer.crash).toEqual(crash);
    expect((await testSite.state()).crash).toEqual(crash);
    isBroken = false;
    await drained(offsets);
    await waitUntil(() => consumer.crash === undefined);
    await waitUntil(async () => !('crash' in (await testSite.state())));
    expect(testSite.sender.accepted).toEqual(['a']);
    expect((await testSite.state()).inDoubt).toBe(0);
  });

  it('counts a request in doubt once when its repetition fails before the first byte', async () => {
    openBench(1_000);
    testSite.identity();
    testSite.sender.answer = (_, index) => {
      if (index === 0) return { unknown: 'TIMEOUT' };
      if (index < 4) throw new Error('too many open files');
      return buildReply(200);
    };
    testSite.connection();
    await drained(await testSite.append(testSite.event('a')));
    expect((await testSite.state()).inDoubt).toBe(1);
  });

  it('is shown by the consumer if the store cannot be written', async () => {
    openBench(1_000);
    const { store } = testSite;
    let isFull = false;
    const { consumer } = testSite.connection({
      store: {
        ...store,
        commitDelivery: (...params) =>
          isFull ? Promise.reject(new Error('database or disk is full')) : store.commitDelivery(...params),
      },
    });
    testSite.identity();
    await waitUntil(() => consumer.crash === undefined);
    isFull = true;
    await testSite.append(testSite.event('a'));
    await waitUntil(() => consumer.crash?.error === 'database or disk is full');
  });

  it('is stored when each batch crashes after its wait for more events, with the time of the first', async () => {
    openBench(1_000);
    testSite.identity();
    let encoded = 0;
    const encode = () => {
      encoded += 1;
      throw new Error('cannot encode');
    };
    const { consumer } = testSite.connection({ destination: { ...tinyPlatform, encode } });
    await testSite.append(testSite.event('a'));
    await waitUntil(() => consumer.crash !== undefined);
    const first = consumer.crash;
    await waitUntil(() => encoded > 4);
    expect(consumer.crash).toEqual(first);
    expect((await testSite.state()).crash).toEqual(first);
  });

  it('is followed by waits that a pending command does not end', async () => {
    openBench(100);
    let leases = 0;
    const acquireLease = async () => {
      leases += 1;
      await new Promise((resolve) => setImmediate(resolve));
      throw new Error('unable to open database file');
    };
    const { consumer } = testSite.connection({ store: { ...testSite.store, acquireLease } });
    await waitUntil(() => leases > 0);
    const paused = consumer.pause().catch(errorMessage);
    await testSite.pass(20 * secondMs);
    expect(leases).toBeLessThan(8);
    consumer.stop();
    expect(await paused).toMatch(/has ended/);
  });

  it('is followed by a wait that new records do not end', async () => {
    openBench(1);
    testSite.identity();
    testSite.sender.answer = () => {
      throw new Error('too many open files');
    };
    const { consumer } = testSite.connection();
    await testSite.append(testSite.event('a'));
    testSite.clock.pace(1_000);
    await waitUntil(() => consumer.crash !== undefined);
    testSite.clock.pace(0.001);
    const { length } = testSite.sender.requests;
    for (let wakes = 0; wakes < 50; wakes += 1) {
      consumer.wake();
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(testSite.sender.requests.length).toBe(length);
    // An operator's command is not delayed.
    await consumer.pause();
  });
});
