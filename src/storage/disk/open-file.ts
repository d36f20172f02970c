import { ConveyError, errorMessage } from '../../errors.ts';

/** Opens a file or folder in the data folder. @throws ConveyError with the file's name. */
export async function openFile<T>(file: string, open: () => Promise<T>): Promise<T> {
  try {
    return await open();
  } catch (error) {
    throw new ConveyError(
      `${file} cannot be opened: ${errorMessage(error)}`,
      'Check the disk and the permissions. If the file is damaged, call `convey start` to salvage it, or restore a backup',
    );
  }
}
