import { describe, expect, it } from 'vitest';
import { QueueFullError } from '../http/task-queue.ts';
import { createFailureMemory, createLoginThrottle } from './login-throttle.ts';

const start = 1_795_514_400_000;

function setUp() {
  let at = start;
  const attempt = createLoginThrottle(createFailureMemory(() => at));
  return {
    attempt,
    pass: (seconds: number) => {
      at += seconds * 1_000;
    },
    /** Fails again and again as soon as it may; the waits in seconds between. */
    async fail(times: number, address: string, account?: string): Promise<number[]> {
      const waits: number[] = [];
      while (waits.length < times) {
        const { waitSeconds } = await attempt(address, account);
        if (waitSeconds === undefined) waits.push(0);
        else {
          at += waitSeconds * 1_000;
          await attempt(address, account);
          waits.push(waitSeconds);
        }
      }
      return waits;
    },
  };
}

describe('guessing a password', () => {
  it('is refused while 64 attempts wait for the store, which runs one at a time', async () => {
    let running = 0;
    const attempt = createLoginThrottle({
      update() {
        running += 1;
        return new Promise(() => {});
      },
    });
    for (let index = 0; index < 64; index += 1) void attempt(`a${index}`, 'ada');
    await expect(attempt('b', 'ada')).rejects.toThrow(QueueFullError);
    expect(running).toBe(1);
  });

  it('waits longer after each failure of one account from one address, up to a minute', async () => {
    const { fail } = setUp();
    expect(await fail(13, 'a', 'ada')).toEqual([0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60]);
  });

  it('waits for one account from many addresses', async () => {
    const { attempt } = setUp();
    for (let index = 0; index < 5; index += 1) expect((await attempt(`a${index}`, 'ada')).waitSeconds).toBeUndefined();
    expect((await attempt('a9', 'ada')).waitSeconds).toBe(1);
    expect((await attempt('a9', 'vic')).waitSeconds).toBeUndefined();
  });

  it('waits for one address with many accounts, up to 15 minutes', async () => {
    const { attempt, fail } = setUp();
    for (let index = 0; index < 10; index += 1) expect((await attempt('a', `n${index}`)).waitSeconds).toBeUndefined();
    expect(await fail(12, 'a')).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]);
    expect((await attempt('b', 'n1')).waitSeconds).toBeUndefined();
  });

  it('waits for a /48 that uses many of its /64 networks', async () => {
    const { attempt, pass } = setUp();
    const from = (index: number) => `2001:db8:1:${(index * 256).toString(16)}`;
    for (let index = 0; index < 160; index += 1) expect((await attempt(from(index), `n${index}`)).waitSeconds).toBeUndefined();
    expect((await attempt(from(200), 'n200')).waitSeconds).toBe(1);
    expect((await attempt('2001:db8:2:0', 'n200')).waitSeconds).toBeUndefined();
    pass(60);
    expect((await attempt(from(201), 'n201')).waitSeconds).toBeUndefined();
  });

  it('counts concurrent attempts, and ignores those that must wait', async () => {
    const { attempt, pass } = setUp();
    const attempts = await Promise.all(Array.from({ length: 50 }, () => attempt('a', 'ada')));
    expect(attempts.filter(({ waitSeconds }) => waitSeconds === undefined)).toHaveLength(5);
    pass(1);
    expect((await attempt('a', 'ada')).waitSeconds).toBeUndefined();
  });

  it('resets the account after a right password, but not the address', async () => {
    const { attempt, fail, pass } = setUp();
    await fail(4, 'a', 'ada');
    await (await attempt('a', 'ada')).succeeded();
    for (let index = 0; index < 5; index += 1) expect((await attempt('a', 'ada')).waitSeconds).toBeUndefined();
    expect((await attempt('a', 'ada')).waitSeconds).toBe(1);
    pass(1);
    await (await attempt('a', 'vic')).succeeded(); // by a person with an account of their own
    expect((await attempt('a', 'eve')).waitSeconds).toBeUndefined();
    expect((await attempt('a', 'eve')).waitSeconds).toBe(1);
  });

  it('forgets failures after a day, and does not wait longer after a clock rollback', async () => {
    const { attempt, fail, pass } = setUp();
    await fail(12, 'a', 'ada');
    pass(-100_000);
    expect((await attempt('a', 'ada')).waitSeconds).toBeLessThanOrEqual(60);
    pass(100_000 + 86_400);
    expect((await attempt('a', 'ada')).waitSeconds).toBeUndefined();
    expect((await attempt('a', 'ada')).waitSeconds).toBeUndefined();
  });

  it('does not delay an address with occasional attempts', async () => {
    const { attempt, pass } = setUp();
    for (let index = 0; index < 50; index += 1) {
      expect((await attempt('a', `n${index % 3}`)).waitSeconds).toBeUndefined();
      await (await attempt('a', `n${index % 3}`)).succeeded();
      pass(4 * 3_600);
    }
  });

  it('ignores withdrawn attempts', async () => {
    const { attempt } = setUp();
    for (let index = 0; index < 50; index += 1) await (await attempt('a', 'ada')).withdrawn();
    expect((await attempt('a', 'ada')).waitSeconds).toBeUndefined();
  });

  it('bounds its memory, and does not confuse keys', async () => {
    const { attempt } = setUp();
    for (let index = 0; index < 5; index += 1) await attempt(`x${index}`, '__proto__');
    expect((await attempt('y', '__proto__')).waitSeconds).toBe(1);
    for (let index = 0; index < 10_000; index += 1) await attempt(`z${index}`, `name-${index}`);
    expect((await attempt('y', '__proto__')).waitSeconds).toBeUndefined();
    expect((await attempt('q', '["a","b"]')).waitSeconds).toBeUndefined();
  });
});
