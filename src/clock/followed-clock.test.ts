import { describe, expect, it } from 'vitest';
import { dayMs, hourMs } from '../event/units.ts';
import type { Clock } from './clock.ts';
import { createFollowedClock } from './followed-clock.ts';

describe('a clock that follows another one', () => {
  const start = (errorMs: number) => {
    const machine = { passedMs: 0, errorMs };
    const base: Clock = {
      now: () => 1_000_000 + machine.passedMs + machine.errorMs,
      monotonic: () => machine.passedMs,
      after: () => () => {},
    };
    const clock = createFollowedClock(base);
    const follow = (theirErrorMs = 0, tripMs = 0) =>
      clock.follow(async () => {
        const theirs = 1_000_000 + machine.passedMs + theirErrorMs + tripMs / 2;
        machine.passedMs += tripMs;
        return theirs;
      });
    return { machine, clock, follow };
  };

  it("has the machine's time until it follows the other one, and that one's then", async () => {
    const { machine, clock, follow } = start(8 * dayMs);
    expect(clock.now()).toBe(1_000_000 + 8 * dayMs);
    expect(await follow()).toBe(8 * dayMs);
    machine.passedMs += 500;
    expect(clock.now()).toBe(1_000_500);
  });

  it("ignores jumps of the machine's clock between two reads", async () => {
    const { machine, clock, follow } = start(0);
    await follow();
    machine.errorMs = -hourMs;
    machine.passedMs += 2_000;
    expect(clock.now()).toBe(1_002_000);
  });

  it('never goes back for a small difference, or for one that a slow answer explains', async () => {
    const { clock, follow } = start(0);
    await follow();
    await follow(-900);
    expect(clock.now()).toBe(1_000_000);
    await follow(-1_900, 2_000);
    expect(clock.now()).toBe(1_002_000);
    await follow(-1_100);
    expect(clock.now()).toBe(1_000_900);
  });
});
