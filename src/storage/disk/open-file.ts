import { dirname } from 'node:path';
import { ConveyError, errorMessage } from '../../errors.ts';
import { explainFullDisk } from './disk-space.ts';

/** Opens a file or folder in the data folder. @throws ConveyError with the file's name. */
export async function openFile<T>(file: string, open: () => Promise<T>): Promise<T> {
  try {
    return await open();
  } catch (error) {
    const fullDisk = findFullDisk(file, error);
    throw fullDisk === undefined
      ? new ConveyError(
          `${file} cannot be opened: ${errorMessage(error)}`,
          'Check the disk and the permissions. If the file is damaged, call `convey start` to salvage it, or restore a backup',
        )
      : new ConveyError(
          `${file} cannot be opened: ${fullDisk}, and the 64 MiB of Convey's \`reserve\` are used up`,
          'Free some space on the disk of `dataDir`, and start again',
        );
  }
}

/** Returns the reason if a full disk caused the error. The disk may have some space again, because SQLite has undone what it wrote. */
function findFullDisk(file: string, error: unknown): string | undefined {
  const isFull = /database or disk is full|ENOSPC/.test(errorMessage(error));
  return explainFullDisk(dirname(file)) ?? (isFull ? 'the disk has too little free space' : undefined);
}
