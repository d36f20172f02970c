import { randomFillSync } from 'node:crypto';
import { existsSync, rmSync } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { systemClock } from '../../clock/clock.ts';
import { runPeriodically, type WatchClock } from '../../clock/run-periodically.ts';
import { describeError, type Logger } from '../../logger.ts';
import { diskReserveBytes } from './disk-space.ts';

const mebibyte = 1024 * 1024;
const reserveMebibytes = 64;
/** The reserve is created only if events are still accepted afterwards. */
const createAboveMebibytes = diskReserveBytes / mebibyte + 2 * reserveMebibytes;
/** A disk may fill up within seconds, and a process that is killed on a full disk shall be able to start again. */
const releaseEveryMs = 1_000;
/** Rounds between two tries to create the reserve, because each try that fails writes up to 64 MiB. */
const createEveryRounds = 10;

export interface DiskReserveDeps {
  readonly file: string;
  readonly freeBytes: () => number;
  readonly logger: Logger;
  readonly clock?: WatchClock;
}

export interface DiskReserve {
  /** Creates or releases the reserve, depending on the free space. */
  check(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Keeps a file of 64 MiB that is removed when the disk is full. The freed space lets the write-ahead logs be checkpointed at shutdown, and
 * lets the sweep remove old data, which needs space before it frees any.
 */
export function maintainDiskReserve({ file, freeBytes, logger, clock = systemClock }: DiskReserveDeps): DiskReserve {
  let checking: Promise<void> | undefined;
  let rounds = 0;
  const release = () => {
    if (releaseDiskReserve(file, freeBytes())) logger.warn({ file }, 'disk full: reserve released');
  };
  const decide = async () => {
    release();
    const free = freeBytes() / mebibyte;
    if (free >= createAboveMebibytes && !existsSync(file)) await createReserve(file);
  };
  const check = () => {
    checking ??= decide()
      .catch((error: unknown) => logger.error({ file, error: describeError(error) }, 'creating the disk reserve failed'))
      .finally(() => {
        checking = undefined;
      });
    return checking;
  };
  const checks = runPeriodically({
    clock,
    firstAfterMs: releaseEveryMs,
    everyMs: releaseEveryMs,
    async round() {
      rounds += 1;
      if (rounds % createEveryRounds === 0) await check();
      else release();
    },
    onFault(error, isRepeated) {
      if (!isRepeated) logger.error({ file, error: describeError(error) }, 'disk reserve not checked');
    },
  });
  return {
    check,
    async stop() {
      await checks.stop();
      await checking;
      release();
    },
  };
}

/** Removes the reserve if less free space is left than it has. Returns whether it did. */
export function releaseDiskReserve(file: string, freeBytes: number): boolean {
  if (freeBytes / mebibyte >= reserveMebibytes || !existsSync(file)) return false;
  rmSync(file);
  return true;
}

/** Writes random bytes, which no file system compresses. The file gets its name when it is complete. */
async function createReserve(file: string): Promise<void> {
  const part = `${file}.part`;
  const handle = await open(part, 'w', 0o600);
  try {
    for (let written = 0; written < reserveMebibytes; written += 1) await handle.write(randomFillSync(Buffer.alloc(mebibyte)));
    await handle.sync();
  } catch (error) {
    rmSync(part, { force: true });
    throw error;
  } finally {
    await handle.close();
  }
  await rename(part, file);
}
