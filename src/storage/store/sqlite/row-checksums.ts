import { crc32 } from 'node:zlib';
import type { Offset } from '../../log/event-log.ts';
import type { ConnectionState } from '../connection-state.ts';

/**
 * Returns the checksum of an attempt. It covers the offsets and `through` as well: a changed value would settle or skip the wrong
 * events.
 */
export function attemptChecksum(offsets: readonly Offset[], through: Offset | null, body: string): number {
  return crc32(JSON.stringify([offsets, through, body]));
}

/** Returns a connection's state as stored text, with its checksum. */
export function formatState(state: ConnectionState): string {
  return JSON.stringify({ ...state, sum: crc32(JSON.stringify(state)) });
}
