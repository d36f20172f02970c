import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { CsvError, parse } from 'csv-parse';
import { ConveyError, errorMessage } from '../errors.ts';
import { sanitizeForTerminal } from './terminal-output.ts';

/** A row of a CSV file, with the line on which it ends. */
export interface CsvRow {
  readonly line: number;
  readonly cells: readonly string[];
}

const headBytes = 64 * 1024;
const longestRow = 1024 * 1024;

export interface CsvOptions {
  /** The remedy if the file cannot be read. */
  readonly remedy: string;
  /** Whether a line stands before the header, and has other delimiters. */
  readonly isPreamble?: (line: string) => boolean;
}

/**
 * Reads the rows of a CSV file as a stream, the header among them. The delimiter is a comma, semicolon or tab: the most frequent one of the
 * header. A byte order mark is skipped. @throws ConveyError
 */
export async function* readCsvRows(path: string, { remedy, isPreamble = () => false }: CsvOptions): AsyncGenerator<CsvRow> {
  const rows = parse({
    bom: true,
    delimiter: detectDelimiter(await readHead(path, remedy), isPreamble),
    // A file with several endings, which the parser would not detect, would lose rows.
    record_delimiter: ['\r\n', '\n', '\r'],
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    max_record_size: longestRow,
    info: true,
  });
  const file = createReadStream(path);
  file.on('error', (error) => rows.destroy(error));
  file.pipe(rows);
  try {
    for await (const row of rows) {
      const { record, info }: { readonly record: readonly string[]; readonly info: { readonly lines: number } } = row;
      yield { line: info.lines, cells: record };
    }
  } catch (error) {
    if (error instanceof CsvError)
      throw new ConveyError(
        `The file is not a valid CSV file: ${describeCsvError(error)}`,
        'Export it as CSV in UTF-8 with a header line, and close every quotation mark',
      );
    throw createUnreadableError(error, remedy);
  } finally {
    file.destroy();
  }
}

function describeCsvError({ code, lines }: CsvError): string {
  const problem = code === 'CSV_MAX_RECORD_SIZE' ? 'a row is longer than 1 MiB' : 'a quotation mark is not closed';
  return typeof lines === 'number' ? `${problem} at line ${lines}` : problem;
}

function detectDelimiter(head: string, isPreamble: (line: string) => boolean): string {
  const header = head.split(/\r?\n/).find((line) => !isPreamble(line)) ?? '';
  const count = (mark: string) => header.split(mark).length;
  return [',', ';', '\t'].reduce((best, mark) => (count(mark) > count(best) ? mark : best));
}

/** Reads the first 64 KiB of a file, without a byte order mark. @throws ConveyError */
export async function readHead(path: string, remedy: string): Promise<string> {
  try {
    const file = await open(path);
    try {
      // A pipe can be read only once.
      const stats = await file.stat();
      if (!stats.isFile() && !stats.isDirectory())
        throw new ConveyError('The file is a pipe or a device', 'Write it to a file first');
      const { buffer, bytesRead } = await file.read(Buffer.alloc(headBytes), 0, headBytes, 0);
      return buffer.toString('utf8', 0, bytesRead).replace(/^\ufeff/, '');
    } finally {
      await file.close();
    }
  } catch (error) {
    throw error instanceof ConveyError ? error : createUnreadableError(error, remedy);
  }
}

/** Lists titles of columns for a message. The first row of a file without a header may hold personal data. */
export function listTitles(titles: readonly string[]): string {
  return titles
    .slice(0, 40)
    .map((title) => `\`${isPersonal(title) ? '[removed]' : sanitizeForTerminal(title.trim(), 40)}\``)
    .join(', ');
}

function isPersonal(title: string): boolean {
  return title.includes('@') || (title.match(/\d/g)?.length ?? 0) >= 7;
}

export function createUnreadableError(error: unknown, remedy: string): ConveyError {
  return new ConveyError(`The file cannot be read: ${errorMessage(error)}`, remedy);
}
