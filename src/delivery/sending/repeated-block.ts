import type { UnixMs } from '../../event/units.ts';
import type { ConnectionState } from '../../storage/ports/connection-state.ts';

/**
 * Returns when the platform's refusal began, if a probe has ended a pause for it and the platform has accepted no request since. The next
 * refusal is then the same one: the probe's answer said nothing about it.
 */
export function getRepeatedBlock({
  blockedSince,
  takenAt = Number.NEGATIVE_INFINITY,
}: Pick<ConnectionState, 'blockedSince' | 'takenAt'>): UnixMs | undefined {
  return blockedSince !== undefined && takenAt <= blockedSince ? blockedSince : undefined;
}
