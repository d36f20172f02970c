import { crc32 } from 'node:zlib';

/** Covers all that a record is, so that a flipped bit in a key or a time is found as surely as one in the body. */
export function checksum(partition: string, key: string, at: number, bytes: Uint8Array): number {
  return crc32(bytes, crc32(`${partition}\u001f${key}\u001f${at}\u001f`));
}
