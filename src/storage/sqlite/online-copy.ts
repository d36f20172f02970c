import { closeSync, fsync, openSync } from 'node:fs';
import { promisify } from 'node:util';
import type { Db } from './open.ts';

/** Copied at once, so that no commit waits for more than a few milliseconds. */
const pagesAtOnce = 256;
/** Handed to the disk as it goes: the one sync at the end would keep the commits waiting. */
const pagesPerSync = 4_096;

const sync = promisify(fsync);

export interface OnlineCopy {
  readonly done: Promise<void>;
  /** Gives the copy up; resolves once nothing writes it any more. */
  stop(): Promise<void>;
}

/**
 * Copies the database into a new file by SQLite's online backup. It runs on the connection that writes, so that a page that
 * changes meanwhile is copied again and the copy is the file as it stands at the end, whole.
 */
export function startOnlineCopy(db: Db, file: string): OnlineCopy {
  let isStopping = false;
  let handle: number | undefined;
  let synced = 0;
  let syncing: Promise<unknown> | undefined;
  const backup = db.backup(file, {
    progress: ({ totalPages, remainingPages }) => {
      if (isStopping) throw new Error('the copy was given up');
      const copied = totalPages - remainingPages;
      if (copied - synced >= pagesPerSync && syncing === undefined) {
        synced = copied;
        handle ??= openSync(file, 'r');
        // A disk that refuses says so to the backup's own sync as well.
        syncing = Promise.allSettled([sync(handle)]).then(() => {
          syncing = undefined;
        });
      }
      return pagesAtOnce;
    },
  });
  const done = backup
    .then(() => undefined)
    .finally(async () => {
      await syncing;
      if (handle !== undefined) closeSync(handle);
    });
  return {
    done,
    async stop() {
      isStopping = true;
      await Promise.allSettled([done]);
    },
  };
}
