import { closeSync, fsyncSync, openSync, statfsSync } from 'node:fs';

/** Returns the bytes that a user without privileges can still write to the disk of a folder. */
export function freeDiskBytes(dir: string): number {
  const { bavail, bsize } = statfsSync(dir);
  return bavail * bsize;
}

/** Makes the creation, renaming and removal of files in a folder survive a power failure. */
export function fsyncDirectory(dir: string): void {
  const handle = openSync(dir, 'r');
  fsyncSync(handle);
  closeSync(handle);
}
