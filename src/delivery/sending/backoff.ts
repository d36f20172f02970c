import { getDeliveryDeadline } from '../../destinations/kit/delivery-deadline.ts';
import { hourMs, minuteMs, secondMs, type UnixMs } from '../../event/units.ts';

/** The source of jitter. All delays are spread by ±20%, so that many retries do not coincide. */
type Random = () => number;

export function withJitter(ms: number, random: Random): number {
  return Math.round(ms * (0.8 + 0.4 * random()));
}

/** The waits of one event, listed in `docs/operations/running.md`. Messages of alerts have those of `src/alerts/outbox.ts`. */
const deferralDelaysMs = [
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
const lastDeferralDelayMs = 6 * hourMs;

/** Returns how long an event waits after its send number `tries` (1 for the first). */
export function deferralDelayMs(tries: number, random: Random): number {
  return withJitter(deferralDelaysMs[tries - 1] ?? lastDeferralDelayMs, random);
}

const breakerDelaysMs = [10 * secondMs, 30 * secondMs, minuteMs, 2 * minuteMs, 5 * minuteMs];

/** Returns how long an open breaker waits before its next probe, after `failedProbes` failed ones. */
export function breakerDelayMs(failedProbes: number, random: Random): number {
  return withJitter(breakerDelaysMs[Math.min(failedProbes, breakerDelaysMs.length - 1)] ?? 0, random);
}

/** Returns how long a closed breaker waits after its `failures`th failure in a row: 1, 2, 4, 8 s. */
export function failureDelayMs(failures: number, random: Random): number {
  return withJitter(2 ** (failures - 1) * secondMs, random);
}

/** Interval between the individual sends of an exhausted bisection. */
export const singleSendIntervalMs = secondMs;

const freshCredentialMs = 15 * minuteMs;
/** Maximum time to the next probe of a blocked connection. */
export const maxProbeIntervalMs = 15 * minuteMs;

/**
 * Returns the time of a blocked connection's next probe: every minute for 15 minutes after a change of settings, then every 15
 * minutes.
 */
export function getNextProbeTime(now: UnixMs, settingsChangedAt: UnixMs): UnixMs {
  return now + (now - settingsChangedAt < freshCredentialMs ? minuteMs : maxProbeIntervalMs);
}

/**
 * Parses `Retry-After` in both of its forms, in milliseconds from `now`. Returns `undefined` for any other text. The result is
 * limited to the platform's age limit, because an event that happens now could not be sent later.
 * @source https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
 */
export function retryAfterMs(header: string | undefined, now: UnixMs, maxAgeMs: number): number | undefined {
  const waitMs = readRetryAfter(header, now);
  return waitMs && Math.min(waitMs, getDeliveryDeadline(0, maxAgeMs));
}

function readRetryAfter(header: string | undefined, now: UnixMs): number | undefined {
  const text = header?.trim() ?? '';
  if (/^\d{1,9}$/.test(text)) return Number(text) * secondMs;
  if (!/^[A-Za-z]{3,9}, ?\d/.test(text)) return undefined;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}
