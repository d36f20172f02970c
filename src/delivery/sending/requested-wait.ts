import type { BoundDestination } from '../../destinations/kit/destination.ts';
import type { Issue } from '../../event/issue.ts';
import { hourMs, type UnixMs } from '../../event/units.ts';
import type { ConnectionState } from '../../storage/ports/connection-state.ts';
import type { RequestOutcome } from './attempt-result.ts';
import type { AuthorizedResult } from './authorized-sender.ts';
import { retryAfterMs } from './backoff.ts';
import { recordFailure } from './circuit-breaker.ts';

/** The longest `Retry-After` that is obeyed exactly. Within a longer one, the platform is probed without an event each hour. */
export const maxObeyedWaitMs = hourMs;

/** Records a failed request. `askedMs`: the platform's `Retry-After`. `answer`: its status, or the code of a request without a response. */
export function recordFailedRequest(
  state: ConnectionState,
  now: UnixMs,
  random: () => number,
  askedMs = 0,
  answer: Pick<ConnectionState['breaker'], 'status' | 'code'> = {},
): ConnectionState {
  const breaker = recordFailure(state.breaker, now, random, Math.min(askedMs, maxObeyedWaitMs));
  return { ...endWait(state), breaker: { ...breaker, ...answer }, ...toWait(now, askedMs) };
}

/** Returns the state after a probe within a wait. `askedMs`: the wait that the probe's answer asks for; undefined if it ends the wait. */
export function continueWait(state: ConnectionState, now: UnixMs, askedMs: number | undefined): ConnectionState {
  if (askedMs === undefined) return endWait(state);
  return obeyRequestedWait(endWait(state), now, askedMs);
}

/** Returns the state after an answer that asks for a wait, whatever became of its events. */
export function obeyRequestedWait(state: ConnectionState, now: UnixMs, askedMs: number): ConnectionState {
  if (askedMs === 0) return state;
  const notBefore = Math.max(state.breaker.notBefore, now + Math.min(askedMs, maxObeyedWaitMs));
  return { ...endWait(state), breaker: { ...state.breaker, notBefore }, ...toWait(now, askedMs) };
}

function toWait(now: UnixMs, askedMs: number): Pick<ConnectionState, 'wait'> {
  return askedMs > maxObeyedWaitMs ? { wait: { until: now + askedMs } } : {};
}

function endWait({ wait: _, ...state }: ConnectionState): ConnectionState {
  return state;
}

/** Returns the wait that the answer to a probe asks for; undefined if it asks for none, so that the next request may be sent. */
export function readRequestedWait(
  probed: AuthorizedResult<'ok' | Issue>,
  { decode, limits }: Pick<BoundDestination, 'decode' | 'limits'>,
  now: UnixMs,
): number | undefined {
  if (!('verdict' in probed) || probed.verdict === 'ok') return undefined;
  const verdict = probed.response ? decode(probed.response, 1) : probed.verdict;
  if (!('retry' in verdict)) return undefined;
  return retryAfterMs(verdict.retryAfter, getPlatformTime(probed.response?.headers, now), limits.maxAgeMs) || undefined;
}

/** Returns the wait that the answer to a request asks for; 0 if it asks for none. */
export function readAskedMs(requestOutcome: RequestOutcome, now: UnixMs, maxAgeMs: number): number {
  if (!('verdict' in requestOutcome) || !('retry' in requestOutcome.verdict)) return 0;
  const { verdict, response } = requestOutcome;
  return retryAfterMs(verdict.retryAfter, getPlatformTime(response?.headers, now), maxAgeMs) ?? 0;
}

/** Returns the time of the platform's clock, to which a date in `Retry-After` refers. */
function getPlatformTime(headers: Readonly<Record<string, string>> | undefined, now: UnixMs): UnixMs {
  const at = Date.parse(headers?.date ?? '');
  return Number.isNaN(at) ? now : at;
}
