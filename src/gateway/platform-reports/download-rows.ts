import { Readable } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import type { HttpSender } from '../../delivery/sending/http-sender.ts';
import type { DownloadRows } from '../../platform-accounts/clicks/paid-clicks.ts';
import { readZipEntry } from './read-zip-entry.ts';

const maxFileBytes = 8 * 1024 * 1024;
const maxTableBytes = 32 * 1024 * 1024;
const maxRows = 300_000;
const maxRowBytes = 64 * 1024;
/** Other work runs between two parts. */
const partBytes = 64 * 1024;

/** Creates the download of zipped CSV tables. A failure is its code: `too-long`, `not-a-zip`, `not-a-table`, or that of the request. */
export function createRowDownload(sender: Pick<HttpSender, 'download'>): DownloadRows {
  return async (url, onRow) => {
    const file = await sender.download(url, maxFileBytes);
    if ('failure' in file) return file;
    const table = await readZipEntry(file.bytes, maxTableBytes);
    if (!table) return { failure: 'not-a-zip' };
    const rows = Readable.from(splitParts(table)).pipe(
      parse({ bom: true, relax_column_count: true, skip_empty_lines: true, max_record_size: maxRowBytes }),
    );
    let count = 0;
    try {
      for await (const row of rows) {
        count += 1;
        if (count > maxRows) return { failure: 'too-long' };
        onRow(row);
      }
    } catch (error) {
      if (error instanceof CsvError) return { failure: 'not-a-table' };
      throw error;
    }
    return undefined;
  };
}

function* splitParts(table: Buffer): Generator<Buffer> {
  for (let at = 0; at < table.length; at += partBytes) yield table.subarray(at, at + partBytes);
}
