import { minuteMs, type UnixMs } from '../../event/units.ts';
import type { CircuitBreakerState } from '../../storage/ports/connection-state.ts';
import { breakerDelayMs, failureDelayMs } from './backoff.ts';

/**
 * The circuit breaker of one connection. It opens after 5 failures in a row, or when half of at least 20 sends in the last
 * minute failed. Single small requests then probe until one succeeds.
 */

const failuresInARow = 5;
const windowMs = minuteMs;
const windowSends = 20;
/** Events in the request that probes an open breaker. */
export const probeBatchSize = 10;

export const closedBreaker: CircuitBreakerState = { failures: 0, recent: [], failedProbes: null, notBefore: 0 };

export function isBreakerOpen(breaker: CircuitBreakerState): boolean {
  return breaker.failedProbes !== null;
}

export function recordSuccess(breaker: CircuitBreakerState, now: UnixMs): CircuitBreakerState {
  return { ...closedBreaker, recent: isBreakerOpen(breaker) ? [] : remember(breaker, now, false) };
}

/** Records a failed request. The wait is never shorter than `askedMs`, the platform's `Retry-After`. */
export function recordFailure(breaker: CircuitBreakerState, now: UnixMs, random: () => number, askedMs = 0): CircuitBreakerState {
  const failures = breaker.failures + 1;
  const recent = remember(breaker, now, true);
  const failedRecently = recent.filter(({ failed }) => failed).length;
  const opens =
    isBreakerOpen(breaker) || failures >= failuresInARow || (recent.length >= windowSends && failedRecently * 2 >= recent.length);
  if (!opens)
    return { failures, recent, failedProbes: null, notBefore: now + Math.max(askedMs, failureDelayMs(failures, random)) };
  const failedProbes = breaker.failedProbes === null ? 0 : breaker.failedProbes + 1;
  return { failures, recent, failedProbes, notBefore: now + Math.max(askedMs, breakerDelayMs(failedProbes, random)) };
}

function remember({ recent }: CircuitBreakerState, now: UnixMs, failed: boolean): CircuitBreakerState['recent'] {
  return [...recent.filter(({ at }) => at > now - windowMs), { at: now, failed }].slice(-100);
}
