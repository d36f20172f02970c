import type { UnixMs } from '../../event/units.ts';
import type { ConnectionState } from '../../storage/ports/connection-state.ts';
import { maxProbeIntervalMs } from '../sending/backoff.ts';
import { maxObeyedWaitMs } from '../sending/requested-wait.ts';

/**
 * Shortens waits after a clock correction, because timers that were set while the clock was ahead would end far too late. The circuit
 * breaker keeps the length of its wait, counted from `now`, and so any `Retry-After`. A blocked connection is probed at once.
 */
export function shortenWaits(state: ConnectionState, now: UnixMs): ConnectionState {
  const { breaker, pause, wait, unconfirmed, blockedSince } = state;
  const aheadMs = breakerAheadMs(state, now);
  const recent = breaker.recent.map(({ at, failed }) => ({ at: at - aheadMs, failed }));
  const probeAt = pause && isProbeAhead(pause, now) ? now : (pause?.probeAt ?? null);
  return {
    ...state,
    breaker: { ...breaker, recent, notBefore: Math.min(now + maxObeyedWaitMs, Math.max(0, breaker.notBefore - aheadMs)) },
    pause: pause && { ...pause, probeAt },
    ...(wait && { wait: { until: wait.until - aheadMs } }),
    ...(blockedSince !== undefined && { blockedSince: Math.min(blockedSince, now) }),
    ...(unconfirmed && { unconfirmed: { ...unconfirmed, since: Math.min(unconfirmed.since, now) } }),
  };
}

/** Returns whether the clock has been set back since the state was stored. No wait is longer than an hour, so a longer one was set before. */
export function isStateAhead(state: ConnectionState, now: UnixMs): boolean {
  if (state.breaker.notBefore > now + maxObeyedWaitMs) return true;
  return breakerAheadMs(state, now) > 0 || (state.pause !== null && isProbeAhead(state.pause, now));
}

/** Returns by how much the last send, which has set the breaker, is in the future. */
function breakerAheadMs({ breaker }: ConnectionState, now: UnixMs): number {
  return Math.max(0, (breaker.recent.at(-1)?.at ?? now) - now);
}

function isProbeAhead({ probeAt }: NonNullable<ConnectionState['pause']>, now: UnixMs): boolean {
  return probeAt !== null && probeAt > now + maxProbeIntervalMs;
}
