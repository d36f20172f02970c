import { describe, expect, it } from 'vitest';
import { type Clock, systemClock, WakeSignal } from './clock.ts';
import { createPacedClock } from './paced-clock.fixture.ts';

const real = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe('systemClock', () => {
  it("is the machine's clock", () => {
    const before = Date.now();
    const now = systemClock.now();
    expect(now).toBeGreaterThanOrEqual(before);
    expect(now).toBeLessThanOrEqual(Date.now());
  });

  it('does not ring at once for a wait longer than a timer allows', async () => {
    let rung = false;
    const cancel = systemClock.after(Number.POSITIVE_INFINITY, () => {
      rung = true;
    });
    await real(20);
    cancel();
    expect(rung).toBe(false);
  });
});

describe('a paced clock', () => {
  it('runs `factor` times as fast from its start', async () => {
    const fast = createPacedClock(1_000, 5_000_000);
    const before = Date.now();
    expect(fast.now() - 5_000_000).toBeLessThan(50_000);
    await real(50);
    const passed = fast.now() - 5_000_000;
    expect(passed).toBeGreaterThanOrEqual(49_000);
    expect(passed).toBeLessThanOrEqual((Date.now() - before + 1) * 1_000);
    expect(Number.isInteger(fast.now())).toBe(true);
  });

  it('rings after its own time, unless cancelled', async () => {
    const fast = createPacedClock(1_000);
    const rung: string[] = [];
    fast.after(20_000, () => rung.push('late'));
    fast.after(-5, () => rung.push('early'));
    fast.after(10_000, () => rung.push('never'))();
    await real(60);
    expect(rung).toEqual(['early', 'late']);
  });
});

describe('WakeSignal', () => {
  function handClock() {
    const waits: { ms: number; ring: () => void; cancelled: boolean }[] = [];
    const time: Clock = {
      now: () => 0,
      monotonic: () => 0,
      after(ms, ring) {
        const wait = { ms, ring, cancelled: false };
        waits.push(wait);
        return () => {
          wait.cancelled = true;
        };
      },
    };
    return { time, waits };
  }
  const isSettled = async (promise: Promise<void>) => {
    let done = false;
    void promise.then(() => {
      done = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    return done;
  };

  it('wait ends when its time is over', async () => {
    const { time, waits } = handClock();
    const wait = new WakeSignal(time).wait(500);
    expect(await isSettled(wait)).toBe(false);
    expect(waits[0]?.ms).toBe(500);
    waits[0]?.ring();
    expect(await isSettled(wait)).toBe(true);
  });

  it('notify ends a wait and its timer at once', async () => {
    const { time, waits } = handClock();
    const signal = new WakeSignal(time);
    const wait = signal.wait(500);
    signal.notify();
    expect(await isSettled(wait)).toBe(true);
    expect(waits[0]?.cancelled).toBe(true);
  });

  it('notify without a wait ends the next wait, and only that one', async () => {
    const { time } = handClock();
    const signal = new WakeSignal(time);
    signal.notify();
    signal.notify();
    expect(await isSettled(signal.wait(500))).toBe(true);
    expect(await isSettled(signal.wait(500))).toBe(false);
  });

  it('notify that ended a wait has no later effect', async () => {
    const { time } = handClock();
    const signal = new WakeSignal(time);
    const first = signal.wait(500);
    signal.notify();
    await first;
    expect(await isSettled(signal.wait(500))).toBe(false);
  });

  it('wait for no time needs no notification', async () => {
    expect(await isSettled(new WakeSignal(handClock().time).wait(0))).toBe(true);
    expect(await isSettled(new WakeSignal(handClock().time).wait(-1))).toBe(true);
  });
});
