import { ConveyError, errorMessage } from '../../errors.ts';

/**
 * Opens a file or a folder of the data folder.
 *
 * @throws ConveyError naming the file.
 */
export async function openFile<T>(file: string, opening: () => Promise<T>): Promise<T> {
  try {
    return await opening();
  } catch (error) {
    throw new ConveyError(
      `${file} cannot be opened: ${errorMessage(error)}`,
      'Check the disk and the permissions. If it is damaged, `convey start` saves what can be read of it, and a backup can be restored',
    );
  }
}
