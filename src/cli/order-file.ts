import { ConveyError } from '../errors.ts';
import { findTime } from '../event/time-zone.ts';
import type { UnixMs } from '../event/units.ts';
import { listTitles, readCsvRows } from './csv-rows.ts';
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

const remedy = "Set the path of the shop's export with --csv FILE";

/** Reads a CSV file row by row. Several rows with the same order id (one per item) are one order. @throws ConveyError */
export async function readOrderFile(
  path: string,
  { timeZone, ...columns }: Columns & { readonly timeZone: string },
): Promise<readonly FileOrder[]> {
  const orders = new Map<string, FileOrder>();
  let at: { readonly order: number; readonly time: number; readonly timeName: string } | undefined;
  for await (const { line, cells } of readCsvRows(path, { remedy })) {
    if (!at) {
      at = findColumns(cells, columns);
      continue;
    }
    const orderId = normalizeOrderId(cells[at.order] ?? '');
    if (orderId === '' || orders.has(orderId)) continue;
    const time = readTime(cells[at.time] ?? '', timeZone);
    if (time === undefined)
      throw new ConveyError(
        `Line ${line} of the file has no valid time in the column ${at.timeName}`,
        'Use times such as 2026-11-24 10:00:00 +0100 or 2026-11-24, or select another column with --time-column',
      );
    orders.set(orderId, { orderId, at: time });
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
  const problem =
    named === undefined ? `no column that looks like the order ${what === 'order' ? 'id' : 'time'}` : 'no such column';
  throw new ConveyError(`The file has ${problem}. Its columns are ${listTitles(header)}`, `Select one with --${what}-column`);
}
