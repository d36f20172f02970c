import { randomFillSync } from 'node:crypto';
import { existsSync, rmSync } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { describeError, type Logger } from '../../logger.ts';
import { diskReserveBytes } from './disk-space.ts';

const mebibyte = 1024 * 1024;
const reserveMebibytes = 64;
/** It is laid by only where events would be taken all the same. */
const layByAboveMebibytes = diskReserveBytes / mebibyte + 2 * reserveMebibytes;
const everyMs = 10_000;

export interface DiskReserveDeps {
  /** Where it is kept. */
  readonly file: string;
  readonly freeBytes: () => number;
  readonly logger: Logger;
}

export interface DiskReserve {
  /** Lays it by, or gives it up, whichever the disk asks for. */
  check(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * 64 MiB that are kept for the moment in which the disk is full: given up, they let the write-ahead logs be written back at the stop and
 * old data be removed, which needs some room before it makes any.
 */
export function maintainDiskReserve({ file, freeBytes, logger }: DiskReserveDeps): DiskReserve {
  let looking: Promise<void> | undefined;
  const giveUp = () => {
    if (freeBytes() / mebibyte >= reserveMebibytes || !existsSync(file)) return;
    rmSync(file);
    logger.warn({ file }, 'the disk is full: the reserve was given up');
  };
  const decide = async () => {
    giveUp();
    const free = freeBytes() / mebibyte;
    if (free >= layByAboveMebibytes && !existsSync(file)) await layBy(file);
  };
  const look = () => {
    looking ??= decide()
      .catch((error: unknown) => logger.error({ file, error: describeError(error) }, 'the reserve could not be laid by'))
      .finally(() => {
        looking = undefined;
      });
    return looking;
  };
  const timer = setInterval(() => void look(), everyMs);
  return {
    check: look,
    async stop() {
      clearInterval(timer);
      await looking;
      giveUp();
    },
  };
}

/** Of random bytes, which no file system makes smaller. It has its name once it is whole. */
async function layBy(file: string): Promise<void> {
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
