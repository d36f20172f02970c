import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { basename } from 'node:path';
import { ConveyError, errorMessage } from '../errors.ts';
import { type CountryTable, openCountryTable } from './country-table.ts';

/** No table of countries is larger. A table of cities has 130 MB. */
const maxFileBytes = 536_870_912;

/** Reads the operator's own tables. @throws ConveyError that names the file, the rule and the remedy. */
export function readCountryTables(files: readonly string[]): readonly CountryTable[] {
  return files.map((file) => {
    const opened = openCountryTable(basename(file), readFile(file));
    if ('rule' in opened) throw refuse(file, opened.rule, opened.remedy);
    return opened;
  });
}

function refuse(file: string, rule: string, remedy: string): ConveyError {
  return new ConveyError(`The country table ${file} ${rule}`, `${remedy}. The setting is \`country.files\``);
}

/** Reads a file into memory that threads share. */
function readFile(file: string): SharedArrayBuffer {
  let handle: number | undefined;
  try {
    // Does not wait for the writer of a named pipe.
    handle = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
    const { size } = inspect(file, handle);
    const bytes = new SharedArrayBuffer(size);
    const view = new Uint8Array(bytes);
    for (let at = 0; at < size; ) {
      const read = readSync(handle, view, at, size - at, at);
      if (read === 0) throw new Error('the file became shorter');
      at += read;
    }
    return bytes;
  } catch (error) {
    if (error instanceof ConveyError) throw error;
    throw refuse(file, `cannot be read: ${errorMessage(error)}`, 'Name a file that Convey may read');
  } finally {
    if (handle !== undefined) closeSync(handle);
  }
}

function inspect(file: string, handle: number): { readonly size: number } {
  const stats = fstatSync(handle);
  if (!stats.isFile()) throw refuse(file, 'is no file', 'Name a file that ends in `.mmdb`');
  if (stats.size > maxFileBytes) throw refuse(file, 'is larger than 512 MB', 'Use a table of countries');
  return stats;
}
