import { randomFillSync } from 'node:crypto';
import { existsSync, rmSync } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { describeError, type Logger } from '../../logger.ts';
import { diskReserveBytes } from './disk-space.ts';

const mebibyte = 1024 * 1024;
const reserveMebibytes = 64;
/** The reserve is created only if events are still accepted afterwards. */
const createAboveMebibytes = diskReserveBytes / mebibyte + 2 * reserveMebibytes;
const everyMs = 10_000;

export interface DiskReserveDeps {
  readonly file: string;
  readonly freeBytes: () => number;
  readonly logger: Logger;
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
export function maintainDiskReserve({ file, freeBytes, logger }: DiskReserveDeps): DiskReserve {
  let checking: Promise<void> | undefined;
  const release = () => {
    if (freeBytes() / mebibyte >= reserveMebibytes || !existsSync(file)) return;
    rmSync(file);
    logger.warn({ file }, 'disk full: reserve released');
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
  const timer = setInterval(() => void check(), everyMs);
  return {
    check,
    async stop() {
      clearInterval(timer);
      await checking;
      release();
    },
  };
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
