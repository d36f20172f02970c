import { describe, expect, it } from 'vitest';
import { createLoginThrottle } from './login-throttle.ts';

const start = 1_795_514_400_000;

function setUp() {
  let at = start;
  const attempt = createLoginThrottle(() => at);
  return {
    attempt,
    pass: (seconds: number) => {
      at += seconds * 1_000;
    },
    /** Fails again and again as soon as it may; the waits in seconds between. */
    fail(times: number, address: string, account?: string): number[] {
      const waits: number[] = [];
      while (waits.length < times) {
        const { waitSeconds } = attempt(address, account);
        if (waitSeconds === undefined) waits.push(0);
        else {
          at += waitSeconds * 1_000;
          attempt(address, account);
          waits.push(waitSeconds);
        }
      }
      return waits;
    },
  };
}

describe('guessing a password', () => {
  it('waits longer after each failure of one account from one address, up to a minute', () => {
    const { fail } = setUp();
    expect(fail(13, 'a', 'ada')).toEqual([0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60]);
  });

  it('waits for one account from many addresses', () => {
    const { attempt } = setUp();
    for (let index = 0; index < 5; index += 1) expect(attempt(`a${index}`, 'ada').waitSeconds).toBeUndefined();
    expect(attempt('a9', 'ada').waitSeconds).toBe(1);
    expect(attempt('a9', 'vic').waitSeconds).toBeUndefined();
  });

  it('waits for one address with many accounts, up to 15 minutes', () => {
    const { attempt, fail } = setUp();
    for (let index = 0; index < 10; index += 1) expect(attempt('a', `n${index}`).waitSeconds).toBeUndefined();
    expect(fail(12, 'a')).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]);
    expect(attempt('b', 'n1').waitSeconds).toBeUndefined();
  });

  it('waits for a /48 that uses many of its /64 networks', () => {
    const { attempt, pass } = setUp();
    const from = (index: number) => `2001:db8:1:${(index * 256).toString(16)}`;
    for (let index = 0; index < 160; index += 1) expect(attempt(from(index), `n${index}`).waitSeconds).toBeUndefined();
    expect(attempt(from(200), 'n200').waitSeconds).toBe(1);
    expect(attempt('2001:db8:2:0', 'n200').waitSeconds).toBeUndefined();
    pass(60);
    expect(attempt(from(201), 'n201').waitSeconds).toBeUndefined();
  });

  it('counts concurrent attempts, and ignores those that must wait', () => {
    const { attempt, pass } = setUp();
    const waits = Array.from({ length: 50 }, () => attempt('a', 'ada').waitSeconds);
    expect(waits.filter((wait) => wait === undefined)).toHaveLength(5);
    pass(1);
    expect(attempt('a', 'ada').waitSeconds).toBeUndefined();
  });

  it('resets the account after a right password, but not the address', () => {
    const { attempt, fail, pass } = setUp();
    fail(4, 'a', 'ada');
    attempt('a', 'ada').succeeded();
    for (let index = 0; index < 5; index += 1) expect(attempt('a', 'ada').waitSeconds).toBeUndefined();
    expect(attempt('a', 'ada').waitSeconds).toBe(1);
    pass(1);
    attempt('a', 'vic').succeeded(); // by a person with an account of their own
    expect(attempt('a', 'eve').waitSeconds).toBeUndefined();
    expect(attempt('a', 'eve').waitSeconds).toBe(1);
  });

  it('forgets failures after a day, and does not wait longer after a clock rollback', () => {
    const { attempt, fail, pass } = setUp();
    fail(12, 'a', 'ada');
    pass(-100_000);
    expect(attempt('a', 'ada').waitSeconds).toBeLessThanOrEqual(60);
    pass(100_000 + 86_400);
    expect(attempt('a', 'ada').waitSeconds).toBeUndefined();
    expect(attempt('a', 'ada').waitSeconds).toBeUndefined();
  });

  it('does not delay an address with occasional attempts', () => {
    const { attempt, pass } = setUp();
    for (let index = 0; index < 50; index += 1) {
      expect(attempt('a', `n${index % 3}`).waitSeconds).toBeUndefined();
      attempt('a', `n${index % 3}`).succeeded();
      pass(4 * 3_600);
    }
  });

  it('ignores withdrawn attempts', () => {
    const { attempt } = setUp();
    for (let index = 0; index < 50; index += 1) attempt('a', 'ada').withdrawn();
    expect(attempt('a', 'ada').waitSeconds).toBeUndefined();
  });

  it('bounds its memory, and does not confuse keys', () => {
    const { attempt } = setUp();
    for (let index = 0; index < 5; index += 1) attempt(`x${index}`, '__proto__');
    expect(attempt('y', '__proto__').waitSeconds).toBe(1);
    for (let index = 0; index < 10_000; index += 1) attempt(`z${index}`, `name-${index}`);
    expect(attempt('y', '__proto__').waitSeconds).toBeUndefined();
    expect(attempt('q', '["a","b"]').waitSeconds).toBeUndefined();
  });
});
