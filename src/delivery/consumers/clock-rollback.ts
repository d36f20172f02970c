import type { UnixMs } from '../../event/units.ts';
import type { ConnectionState } from '../../storage/store/connection-state.ts';
import { maxProbeIntervalMs } from '../sending/backoff.ts';

/**
 * A clock that was ahead and is put right leaves waits behind that would last as long as it was wrong. Pure: the breaker waits as long from now
 * on as it was to wait when it began to, which keeps a `Retry-After`; a blocked connection is probed at once.
 */
export function shortenWaits(state: ConnectionState, now: UnixMs): ConnectionState {
  const { breaker, pause } = state;
  const byMs = breakerAheadMs(state, now);
  const recent = breaker.recent.map(({ at, failed }) => ({ at: at - byMs, failed }));
  const probeAt = pause && isProbeAhead(pause, now) ? now : (pause?.probeAt ?? null);
  return {
    ...state,
    breaker: { ...breaker, recent, notBefore: Math.max(0, breaker.notBefore - byMs) },
    pause: pause && { ...pause, probeAt },
  };
}

/** Whether the clock was ahead of what it says now when the state was left. */
export function isStateAhead(state: ConnectionState, now: UnixMs): boolean {
  return breakerAheadMs(state, now) > 0 || (state.pause !== null && isProbeAhead(state.pause, now));
}

/** The breaker was set when the last send ended. */
function breakerAheadMs({ breaker }: ConnectionState, now: UnixMs): number {
  return Math.max(0, (breaker.recent.at(-1)?.at ?? now) - now);
}

function isProbeAhead({ probeAt }: NonNullable<ConnectionState['pause']>, now: UnixMs): boolean {
  return probeAt !== null && probeAt > now + maxProbeIntervalMs;
}
