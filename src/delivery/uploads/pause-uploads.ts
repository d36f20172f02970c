import type { UploadFailure, UploadPauseReason } from '../../event/conversion-change.ts';
import { dayMs, hourMs, minuteMs, type UnixMs } from '../../event/units.ts';
import type { StoredUploadState, UploadPause } from '../../storage/ports/upload-state.ts';

const leastBackoffMs = 5 * minuteMs;
const mostBackoffMs = 6 * hourMs;

/** The time until the next call. After a failure that may pass: the time since the first one, within bounds. */
const waits: Readonly<Record<UploadPauseReason, (passedMs: number) => number | undefined>> = {
  minute: () => minuteMs,
  backoff: (passedMs) => Math.min(Math.max(passedMs, leastBackoffMs), mostBackoffMs),
  week: () => 7 * dayMs,
  access: () => mostBackoffMs,
  stop: () => undefined,
};

/** Returns the pause after a failure. */
export function pauseUploads(
  before: StoredUploadState,
  { pause: reason, ...failure }: UploadFailure,
  by: string,
  now: UnixMs,
): UploadPause {
  const isSame = before.pause?.reason === reason && before.pause.by === by;
  const since = isSame && before.pause ? Math.min(before.pause.since, now) : now;
  const waitMs = waits[reason](now - since);
  return { ...failure, reason, since, until: waitMs === undefined ? null : now + waitMs, by };
}

/** Returns whether no call may be made. A wait that is longer than any was set while the clock was ahead. */
export function isPaused({ pause }: StoredUploadState, by: string, now: UnixMs): boolean {
  if (!pause || pause.by !== by) return false;
  return pause.until === null || (pause.until > now && pause.until <= now + 7 * dayMs);
}
