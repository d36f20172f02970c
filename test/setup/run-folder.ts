import { chmodSync, mkdtempSync, readFileSync, rmSync, statfsSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const mountPoint = '/dev/shm';
const neededBytes = 8 * 1_024 ** 3;

/** Makes a folder for a run's temporary files, and removes it when the process exits. */
export function makeRunFolder(parent: string): string {
  const folder = mkdtempSync(join(parent, 'convey-tests-'));
  // PostgreSQL runs as another user, and has a folder in this one.
  chmodSync(folder, 0o711);
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  // Chromium is unpacked into the folder for temporary files, once for all runs.
  symlinkSync(join(tmpdir(), 'chromium'), join(folder, 'chromium'));
  return folder;
}

/**
 * Returns a folder in memory: a sync costs nothing there, and a new file a tenth. Returns `undefined` if the machine has no such file system,
 * if it is small, or if programs in it cannot run.
 */
export function findMemory(): string | undefined {
  try {
    const mounts = readFileSync('/proc/mounts', 'utf8').split('\n');
    const [, , type, options = ''] = mounts.find((line) => line.split(' ')[1] === mountPoint)?.split(' ') ?? [];
    const { bavail, bsize } = statfsSync(mountPoint);
    return type === 'tmpfs' && !options.split(',').includes('noexec') && bavail * bsize >= neededBytes ? mountPoint : undefined;
  } catch {
    return undefined;
  }
}
