import { ConveyError } from '../../errors.ts';
import { isDamageRecorded } from './damage-record.ts';
import { readWal } from './page-reader.ts';

/**
 * For whoever opens the files other than a start. SQLite takes a write-ahead log for what it can read of it and then removes it, so that a
 * start could no longer save the rest.
 * @throws ConveyError where a start has to salvage one of the files first.
 */
export function assertUndamaged(...files: readonly string[]): void {
  for (const file of files) {
    if (isDamageRecorded(file) || readWal(`${file}-wal`).lostCommits > 0)
      throw new ConveyError(`${file} is damaged`, 'Run `convey start` first: it saves what can be read');
  }
}
