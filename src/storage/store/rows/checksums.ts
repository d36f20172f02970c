import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { Offset } from '../../log/event-log.ts';
import type { ConnectionState } from '../../ports/connection-state.ts';
import type { Receipt } from '../../ports/receipts.ts';

/**
 * Returns the checksum of an attempt. It covers the offsets and `through` as well: a changed value would settle or skip the wrong
 * events.
 */
export function attemptChecksum(offsets: readonly Offset[], through: Offset | null, body: string): number {
  return crc32(JSON.stringify([offsets, through, body]));
}

/** Returns the hash of a request's body, which stays when the body is removed. */
export function hashBody(body: string): string {
  return createHash('sha256').update(body).digest('hex');
}

/** Returns a connection's state as stored text, with its checksum. */
export function formatState(state: ConnectionState): string {
  return JSON.stringify({ ...state, sum: crc32(JSON.stringify(state)) });
}

/** Returns a receipt as stored text, with its checksum and its lowest offset. */
export function formatReceipt({ attempt: _, askAt: __, ...content }: Receipt) {
  const text = JSON.stringify(content);
  const firstOffset = content.members.map(({ offset }) => offset).toSorted()[0] ?? '';
  return { text, checksum: crc32(text), firstOffset };
}
