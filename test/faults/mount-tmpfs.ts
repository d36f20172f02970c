import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Mounts a tmpfs. Returns undefined if this user may not mount one. */
export function mountTmpfs(
  mebibytes: number,
): { dir: string; resize: (mebibytes: number) => void; fill: () => void; unmount: () => void } | undefined {
  const base = mkdtempSync(join(tmpdir(), 'convey-disk-'));
  const dir = join(base, 'disk');
  mkdirSync(dir);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m`, 'tmpfs', dir], { stdio: 'ignore' });
  } catch {
    rmSync(base, { recursive: true });
    return undefined;
  }
  return {
    dir,
    resize: (size) => execFileSync('mount', ['-o', `remount,size=${size}m`, dir]),
    /** Makes the disk as small as its files. */
    fill: () => {
      const { blocks, bfree, bsize } = statfsSync(dir);
      execFileSync('mount', ['-o', `remount,size=${(blocks - bfree) * bsize}`, dir]);
    },
    unmount: () => {
      execFileSync('umount', [dir]);
      rmSync(base, { recursive: true });
    },
  };
}
