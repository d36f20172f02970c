import { crc32 } from 'node:zlib';

/** Returns the checksum of a record. It covers all members, so that a flipped bit in a key or time is found like one in the body. */
export function checksum(partition: string, key: string, at: number, bytes: Uint8Array): number {
  return crc32(bytes, crc32(`${partition}\u001f${key}\u001f${at}\u001f`));
}
