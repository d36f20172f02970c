import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { CsvError, parse } from 'csv-parse';
import { ConveyError, errorMessage } from '../errors.ts';
import { findTime } from '../event/time-zone.ts';
import type { UnixMs } from '../event/units.ts';
import { sanitizeForTerminal } from './terminal-output.ts';

/** An order of a shop's export. No other column of the file is kept. */
export interface FileOrder {
  readonly orderId: string;
  readonly at: UnixMs;
}

/** The names of the columns, if they differ from the usual ones. */
export interface Columns {
  readonly order?: string | undefined;
  readonly time?: string | undefined;
}

/**
 * Usual headers, compared by letters and digits only, the most specific first. Shopify's export has `Id` and `Created at`, WooCommerce's report `Order #` and
 * `Date`; plugins write `order_id`, `Order Number`, `order_date`.
 * @source https://github.com/woocommerce/woocommerce plugins/woocommerce/src/Admin/API/Reports/Orders/Controller.php (2026-11): get_export_columns
 */
const usual = {
  order: ['orderid', 'id', 'ordernumber', 'orderno', 'order'],
  time: ['createdat', 'orderdate', 'datecreated', 'datecreatedgmt', 'date', 'time', 'processedat', 'paidat'],
} as const;

const headBytes = 64 * 1024;
const longestRow = 1024 * 1024;

/** Reads a CSV file row by row. Several rows with the same order id (one per item) are one order. @throws ConveyError */
export async function readOrderFile(
  path: string,
  { timeZone, ...columns }: Columns & { readonly timeZone: string },
): Promise<readonly FileOrder[]> {
  const rows = parse({
    bom: true,
    delimiter: await detectDelimiter(path),
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: longestRow,
    info: true,
  });
  const file = createReadStream(path);
  file.on('error', (error) => rows.destroy(error));
  file.pipe(rows);
  const orders = new Map<string, FileOrder>();
  let at: { readonly order: number; readonly time: number; readonly timeName: string } | undefined;
  try {
    for await (const row of rows) {
      const { record, info }: { readonly record: readonly string[]; readonly info: { readonly lines: number } } = row;
      if (!at) {
        at = findColumns(record, columns);
        continue;
      }
      const orderId = normalizeOrderId(record[at.order] ?? '');
      if (orderId === '' || orders.has(orderId)) continue;
      const time = readTime(record[at.time] ?? '', timeZone);
      if (time === undefined)
        throw new ConveyError(
          `Line ${info.lines} of the file has no valid time in the column ${at.timeName}`,
          'Use times such as 2026-11-24 10:00:00 +0100 or 2026-11-24, or select another column with --time-column',
        );
      orders.set(orderId, { orderId, at: time });
    }
  } catch (error) {
    if (error instanceof ConveyError) throw error;
    if (error instanceof CsvError)
      throw new ConveyError('The file is not a valid CSV file', 'Export it as CSV in UTF-8 with a header line');
    throw unreadable(error);
  }
  if (!at) throw new ConveyError('The file is empty', 'Export it with a header line');
  return [...orders.values()];
}

/** Normalizes an order id: removes the `#` that shops display, and the `'` that spreadsheets add before text. */
export function normalizeOrderId(text: string): string {
  return text.trim().replace(/^'?#?/, '');
}

const timeForm = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?) ?(Z|UTC|[+-]\d{2}:?\d{2})?)?$/;

/** Parses a time. Assumes UTC if it has no zone, and noon in the time zone if it is only a day. */
export function readTime(text: string, timeZone: string): UnixMs | undefined {
  const [, day, clock, zone = 'Z'] = timeForm.exec(text.trim()) ?? [];
  if (day === undefined) return undefined;
  const offset = zone === 'UTC' ? 'Z' : zone.replace(/^(.\d{2}):?(\d{2})$/, '$1:$2');
  const at =
    clock !== undefined
      ? Date.parse(`${day}T${clock}${offset}`)
      : Number.isNaN(Date.parse(day))
        ? Number.NaN
        : findTime(day, 12 * 60, timeZone);
  return Number.isNaN(at) ? undefined : at;
}

function findColumns(header: readonly string[], { order, time }: Columns) {
  const timeAt = findColumn(header, time, 'time');
  return {
    order: findColumn(header, order, 'order'),
    time: timeAt,
    timeName: `\`${sanitizeForTerminal(header[timeAt] ?? '', 60)}\``,
  };
}

function findColumn(header: readonly string[], named: string | undefined, what: keyof typeof usual): number {
  const bare = header.map((title) => title.toLowerCase().replace(/[^\p{L}\p{N}]/gu, ''));
  const found =
    named === undefined
      ? (usual[what].map((name) => bare.indexOf(name)).find((index) => index >= 0) ?? -1)
      : header.findIndex((title) => title.trim() === named.trim());
  if (found >= 0) return found;
  const titles = header.slice(0, 40).map((title) => `\`${sanitizeForTerminal(title.trim(), 40)}\``);
  const problem =
    named === undefined ? `no column that looks like the order ${what === 'order' ? 'id' : 'time'}` : 'no such column';
  throw new ConveyError(`The file has ${problem}. Its columns are ${titles.join(', ')}`, `Select one with --${what}-column`);
}

async function detectDelimiter(path: string): Promise<string> {
  try {
    const file = await open(path);
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(headBytes), 0, headBytes, 0);
      const [header = ''] = buffer.toString('utf8', 0, bytesRead).split(/\r?\n/, 1);
      const count = (mark: string) => header.split(mark).length;
      return [',', ';', '\t'].reduce((best, mark) => (count(mark) > count(best) ? mark : best));
    } finally {
      await file.close();
    }
  } catch (error) {
    throw unreadable(error);
  }
}

function unreadable(error: unknown): ConveyError {
  return new ConveyError(`The file cannot be read: ${errorMessage(error)}`, "Set the path of the shop's export with --csv FILE");
}
