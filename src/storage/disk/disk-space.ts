import { statfsSync } from 'node:fs';

const mebibyte = 1024 * 1024;

/** Below this much free disk no events are accepted, so that shutdown and the removal of old data have room. */
export const diskReserveBytes = 512 * mebibyte;

/** Events of browsers are refused earlier: anyone can send as a browser, and a full disk must not shut out the shop's own server. */
const browserReserve = { mostBytes: 2_048 * mebibyte, diskShare: 0.1, leastAboveBytes: 256 * mebibyte } as const;

/**
 * Returns the free space below which events of browsers are refused: 2 GiB, or a tenth of a disk under 20 GiB, and at least 256 MiB above
 * `reserve`.
 */
export function browserReserveBytes(diskBytes: number, reserve: number): number {
  const { mostBytes, diskShare, leastAboveBytes } = browserReserve;
  return Math.max(reserve + leastAboveBytes, Math.min(mostBytes, Math.floor(diskBytes * diskShare)));
}

/** Free bytes below which events are refused. The defaults are the functions and constants above. */
export interface DiskReserves {
  readonly diskReserveBytes?: number;
  readonly browserReserveBytes?: number;
}

/** `low`: events of browsers are refused. `full`: all events are. The problem is one sentence or two with the remedy. */
export type DiskSpace = { readonly state: 'ok' } | { readonly state: 'low' | 'full'; readonly problem: string };

/** Compares the free space on the disk of a folder with the reserves. */
export function checkDiskSpace(dir: string, reserves: DiskReserves): DiskSpace {
  const { bavail, blocks, bsize } = statfsSync(dir);
  const free = bavail * bsize;
  const reserve = reserves.diskReserveBytes ?? diskReserveBytes;
  const forBrowsers = reserves.browserReserveBytes ?? browserReserveBytes(blocks * bsize, reserve);
  const freeSpace = `Only ${toMebibytes(free)} MiB of disk are free`;
  if (free < reserve) {
    const problem = `${freeSpace} and ${toMebibytes(reserve)} MiB are kept in reserve, so all events are refused. Free some space`;
    return { state: 'full', problem };
  }
  if (free >= forBrowsers) return { state: 'ok' };
  const problem = `${freeSpace} and under ${toMebibytes(forBrowsers)} MiB only servers and webhooks are accepted, so events of browsers are refused. Free some space`;
  return { state: 'low', problem };
}

/** Returns why no file can be written on the disk of a folder; `undefined` if that is possible. */
export function explainFullDisk(dir: string): string | undefined {
  const { bavail, bsize, files, ffree } = statfsSync(dir);
  if (bavail * bsize < mebibyte) return 'the disk has no free space';
  // Some file systems have no number of inodes.
  return files > 0 && ffree === 0 ? 'the disk has no free inodes, so no file can be created' : undefined;
}

function toMebibytes(bytes: number): number {
  return Math.floor(bytes / mebibyte);
}
