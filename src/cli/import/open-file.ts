import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { extname } from 'node:path';
import { ConveyError } from '../../errors.ts';
import type { Issue } from '../../event/issue.ts';
import { createUnreadableError, readCsvRows, readHead } from '../csv-rows.ts';
import { buildEvent, checkEvent, fixMembers, getMembers, type RowEvent } from './build-event.ts';
import { longestLine, readLines } from './json-lines.ts';
import { createRowIssue } from './row-problems.ts';
import { type FileZone, parseZone } from './row-time.ts';
import { type OwnColumns, type RecognizedColumns, recognizeColumns } from './templates.ts';

const remedy = 'Set the path of a CSV or JSON Lines file';

/** A row of the file: its event, or why it is refused. */
export type FileRow = { readonly line: number } & ({ readonly event: RowEvent } | { readonly issues: readonly Issue[] });

/** The operator's own mapping of columns. */
export interface FileMapping {
  /** The title of the column by field. */
  readonly columns: OwnColumns;
  /** The value by field, for every row. */
  readonly fixed: Readonly<Record<string, string>>;
  /** The zone of times without an offset, unless the file states one. */
  readonly timeZone?: FileZone;
}

export interface ImportFile {
  readonly isCsv: boolean;
  /** Called with the columns of a CSV file, once they are read. */
  rows(onColumns?: (columns: RecognizedColumns) => void): AsyncGenerator<FileRow>;
  /** Returns the SHA-256 over the file and a text, in hexadecimal digits. */
  digest(text: string): Promise<string>;
}

/** Opens a file of events: JSON Lines if it begins with a brace or is named so, else CSV. @throws ConveyError */
export async function openImportFile(path: string, mapping: FileMapping): Promise<ImportFile> {
  const head = await readHead(path, remedy);
  const isCsv = !(['.jsonl', '.ndjson'].includes(extname(path).toLowerCase()) || /^\s*\{/.test(head));
  if (!isCsv && Object.keys(mapping.columns).length > 0)
    throw new ConveyError('A mapping of columns needs a CSV file', 'Remove the columns from the file of --map');
  return {
    isCsv,
    rows: (onColumns) => (isCsv ? readCsvEvents(path, mapping, onColumns) : readJsonEvents(path, mapping)),
    async digest(text) {
      const hash = createHash('sha256');
      try {
        for await (const chunk of createReadStream(path)) hash.update(chunk);
      } catch (error) {
        throw createUnreadableError(error, remedy);
      }
      return hash.update(`\0${text}`).digest('hex');
    },
  };
}

const noteForm = /^"?#/;
const parametersForm = /^"?parameters:/i;
const zoneForm = /timezone=([^;,"]*)/i;

async function* readCsvEvents(
  path: string,
  { columns, fixed, timeZone }: FileMapping,
  onColumns?: (columns: RecognizedColumns) => void,
): AsyncGenerator<FileRow> {
  let zone = timeZone;
  let recognized: RecognizedColumns | undefined;
  const isPreamble = (line: string) => line.trim() === '' || noteForm.test(line) || parametersForm.test(line);
  for await (const { line, cells } of readCsvRows(path, { remedy, isPreamble })) {
    const [first = '', ...others] = cells;
    if (parametersForm.test(first)) {
      zone = readFileZone(cells.join(';'), line) ?? zone;
      continue;
    }
    // Templates pad their notes with empty cells.
    if (first.startsWith('#') && (!recognized || others.every((cell) => cell.trim() === ''))) continue;
    if (cells.every((cell) => cell.trim() === '')) continue;
    if (!recognized) {
      recognized = recognizeColumns(cells, columns);
      onColumns?.(recognized);
      continue;
    }
    yield { line, ...checkTexts(buildEvent(cells, recognized.fields, fixed), zone) };
  }
  if (!recognized) throw new ConveyError('The file is empty', 'Export it with a header line');
}

/** Reads the zone of a line `Parameters:TimeZone=+0000;`. @throws ConveyError */
function readFileZone(text: string, line: number): FileZone | undefined {
  const [, name] = zoneForm.exec(text) ?? [];
  if (name === undefined || name.trim() === '') return undefined;
  const zone = parseZone(name);
  if (zone !== undefined) return zone;
  throw new ConveyError(
    `Line ${line} of the file has no valid time zone`,
    'Write `Parameters:TimeZone=Europe/Berlin`, or an offset such as +0100',
  );
}

async function* readJsonEvents(path: string, { fixed, timeZone }: FileMapping): AsyncGenerator<FileRow> {
  for await (const { line, bytes } of readLines(path, remedy)) {
    if (bytes === undefined) {
      yield { line, issues: [createRowIssue('row', 'row-too-long')] };
      continue;
    }
    const text = readText(bytes);
    if (text?.trim() === '') continue;
    const event = text === undefined ? undefined : parseObject(text);
    if (!event) yield { line, issues: [createRowIssue('row', 'row-unreadable')] };
    else yield { line, ...checkTexts(fixMembers(event, fixed), timeZone) };
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

function readText(bytes: Buffer): string | undefined {
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}

function parseObject(text: string): RowEvent | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return getMembers(value);
  } catch {
    return undefined;
  }
}

/** The API accepts 32 levels, with those of the request. */
const maxDepth = 29;

function checkTexts(event: RowEvent, zone: FileZone | undefined): ReturnType<typeof checkEvent> {
  if (isTooDeep(event, maxDepth)) return { issues: [createRowIssue('row', 'row-too-deep')] };
  const json = JSON.stringify(event);
  if (Buffer.byteLength(json) > longestLine) return { issues: [createRowIssue('row', 'row-too-long')] };
  if (json.includes('\\u0000')) return { issues: [createRowIssue('row', 'text-has-nul')] };
  return checkEvent(event, zone);
}

function isTooDeep(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((member) => isTooDeep(member, levels - 1));
}
