import { deadline } from '../../destinations/kit/deadline.ts';
import { hourMs, minuteMs, secondMs, type UnixMs } from '../../event/units.ts';

/** The moments at which something is tried again. All of them are spread by ±20 %, so that many do not come as one. */
type Random = () => number;

export function withJitter(ms: number, random: Random): number {
  return Math.round(ms * (0.8 + 0.4 * random()));
}

const stragglerDelaysMs = [
  10 * secondMs,
  30 * secondMs,
  2 * minuteMs,
  5 * minuteMs,
  15 * minuteMs,
  30 * minuteMs,
  hourMs,
  2 * hourMs,
  4 * hourMs,
];
const lastStragglerDelayMs = 6 * hourMs;

/** How long one event waits after its send number `tries` (1 for the first). */
export function deferralDelayMs(tries: number, random: Random): number {
  return withJitter(stragglerDelaysMs[tries - 1] ?? lastStragglerDelayMs, random);
}

const breakerDelaysMs = [10 * secondMs, 30 * secondMs, minuteMs, 2 * minuteMs, 5 * minuteMs];

/** How long an open breaker waits before its next probe; `failedProbes` so far. */
export function breakerDelayMs(failedProbes: number, random: Random): number {
  return withJitter(breakerDelaysMs[Math.min(failedProbes, breakerDelaysMs.length - 1)] ?? 0, random);
}

/** How long a closed breaker waits after its `failures`th failure in a row: 1, 2, 4, 8 s. */
export function failureDelayMs(failures: number, random: Random): number {
  return withJitter(2 ** (failures - 1) * secondMs, random);
}

/** Events of a batch that could not be split to the end go one at a time, this far apart. */
export const singleSendIntervalMs = secondMs;

const freshCredentialMs = 15 * minuteMs;
/** No probe of a blocked connection is further away. */
export const maxProbeIntervalMs = 15 * minuteMs;

/** When a blocked connection is probed next: every minute while its credential is fresh, else every 15 minutes. */
export function nextProbeAt(now: UnixMs, settingsChangedAt: UnixMs): UnixMs {
  return now + (now - settingsChangedAt < freshCredentialMs ? minuteMs : maxProbeIntervalMs);
}

/**
 * `Retry-After` in both of its forms, as milliseconds from `now`; `undefined` when it is neither. Bounded by the time that an
 * event which happens now has left: a platform cannot ask for more than its own age limit.
 * @source https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
 */
export function retryAfterMs(header: string | undefined, now: UnixMs, maxAgeMs: number): number | undefined {
  const asked = readRetryAfter(header, now);
  return asked && Math.min(asked, deadline(0, maxAgeMs));
}

function readRetryAfter(header: string | undefined, now: UnixMs): number | undefined {
  const text = header?.trim() ?? '';
  if (/^\d{1,9}$/.test(text)) return Number(text) * secondMs;
  if (!/^[A-Za-z]{3,9}, ?\d/.test(text)) return undefined;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}
