import { ConveyError } from '../../errors.ts';
import { isDamageRecorded } from './damage-record.ts';
import { readWal } from './page-reader.ts';

/**
 * Protects damaged files from every command except a start. SQLite removes a write-ahead log after it has read the part before the damage,
 * so that a later start could not salvage the rest.
 * @throws ConveyError if a start must salvage one of the files first.
 */
export function assertUndamaged(...files: readonly string[]): void {
  for (const file of files) {
    if (isDamageRecorded(file) || readWal(`${file}-wal`).lostCommits > 0)
      throw new ConveyError(`${file} is damaged`, 'Run `convey start` first: it salvages the readable part');
  }
}
