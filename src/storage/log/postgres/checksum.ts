import { crc32 } from 'node:zlib';

/** Returns the checksum of a record. It covers the key, and leaves out the time, which the database sets. */
export function checksumUndated(partition: string, key: string, bytes: Uint8Array): number {
  return crc32(bytes, crc32(`${partition}\u001f${key}\u001f`));
}
