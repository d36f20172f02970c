import { describe, expect, it } from 'vitest';
import { minuteMs, secondMs } from '../../event/units.ts';
import type { CircuitBreakerState } from '../../storage/ports/connection-state.ts';
import { start } from '../delivery.fixture.ts';
import { closedBreaker, isBreakerOpen, recordFailure, recordSuccess } from './circuit-breaker.ts';

const middle = () => 0.5;

function failTimes(times: number, from: CircuitBreakerState = closedBreaker, at = start): CircuitBreakerState {
  let breaker = from;
  for (let index = 0; index < times; index += 1) breaker = recordFailure(breaker, at, middle);
  return breaker;
}

describe('circuit breaker', () => {
  it('opens at the fifth failure in a row, not at the fourth', () => {
    expect(isBreakerOpen(failTimes(4))).toBe(false);
    expect(isBreakerOpen(failTimes(5))).toBe(true);
  });

  it('waits longer after each failure while it is closed', () => {
    expect([1, 2, 3, 4].map((times) => (failTimes(times).notBefore - start) / secondMs)).toEqual([1, 2, 4, 8]);
  });

  it('counts from zero after a success in between', () => {
    expect(isBreakerOpen(failTimes(4, recordSuccess(failTimes(4), start)))).toBe(false);
  });

  it('opens when half of the last minute failed, from 20 sends on', () => {
    const alternate = (sends: number, stepMs: number) => {
      let breaker: CircuitBreakerState = closedBreaker;
      for (let index = 1; index <= sends && !isBreakerOpen(breaker); index += 1)
        breaker =
          index % 2 === 0
            ? recordFailure(breaker, start + index * stepMs, middle)
            : recordSuccess(breaker, start + index * stepMs);
      return breaker;
    };
    expect(isBreakerOpen(alternate(19, 100))).toBe(false);
    expect(isBreakerOpen(alternate(20, 100))).toBe(true);
    // At an interval of four seconds, at most 15 sends are in one minute.
    expect(isBreakerOpen(alternate(200, 4 * secondMs))).toBe(false);
  });

  it('stays closed when fewer than half failed', () => {
    let breaker: CircuitBreakerState = closedBreaker;
    for (let index = 0; index < 90; index += 1)
      breaker = index % 3 === 2 ? recordFailure(breaker, start, middle) : recordSuccess(breaker, start);
    expect(isBreakerOpen(breaker)).toBe(false);
  });

  it('probes after 10 s, 30 s, 1, 2, 5 and 5 minutes', () => {
    const waits = Array.from({ length: 6 }, (_, probes) => (failTimes(5 + probes).notBefore - start) / secondMs);
    expect(waits).toEqual([10, 30, 60, 120, 300, 300]);
  });

  it('spreads each wait by ±20%', () => {
    expect(recordFailure(failTimes(4), start, () => 0).notBefore - start).toBe(8 * secondMs);
    expect(recordFailure(failTimes(4), start, () => 1).notBefore - start).toBe(12 * secondMs);
  });

  it.each([0, 1, 4, 5, 9])('never retries earlier than the platform asked, after %i failures', (failures) => {
    const state = recordFailure(failTimes(failures), start, middle, 20 * minuteMs);
    expect(state.notBefore).toBe(start + 20 * minuteMs);
    expect(recordFailure(failTimes(failures), start, middle, 1).notBefore).toBe(failTimes(failures + 1).notBefore);
  });

  it('closes after one success and forgets all failures', () => {
    expect(recordSuccess(failTimes(9), start)).toEqual(closedBreaker);
  });

  it('stores at most a hundred sends', () => {
    let breaker: CircuitBreakerState = closedBreaker;
    for (let index = 0; index < 300; index += 1) breaker = recordSuccess(breaker, start);
    expect(breaker.recent).toHaveLength(100);
  });
});
