import { closeSync, fsync, openSync } from 'node:fs';
import { promisify } from 'node:util';
import type { Db } from './open.ts';

/** Pages copied in one step. No commit waits for more than a few milliseconds. */
const pagesAtOnce = 256;
/** Pages between two syncs during the copy. A single sync at the end would delay the commits. */
const pagesPerSync = 4_096;

const sync = promisify(fsync);

export interface OnlineCopy {
  readonly done: Promise<void>;
  /** Cancels the copy. Resolves when nothing writes it any more. */
  stop(): Promise<void>;
}

/**
 * Copies the database to a new file with SQLite's online backup. The backup runs on the writing connection, so that a page that changes
 * meanwhile is copied again, and the copy holds the state at the end of the copying.
 */
export function startOnlineCopy(db: Db, file: string): OnlineCopy {
  let isStopping = false;
  let handle: number | undefined;
  let synced = 0;
  let syncing: Promise<unknown> | undefined;
  const backup = db.backup(file, {
    progress: ({ totalPages, remainingPages }) => {
      if (isStopping) throw new Error('the copy was cancelled');
      const copied = totalPages - remainingPages;
      if (copied - synced >= pagesPerSync && syncing === undefined) {
        synced = copied;
        handle ??= openSync(file, 'r');
        // The backup's own sync reports a failing disk.
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
