/**
 * Parses the readable rows of a b-tree page.
 * @source https://www.sqlite.org/fileformat2.html (2026-11-25)
 */

export type Value = null | number | string | Buffer;

/** A row of a table, or an entry of an index, which has no rowid. */
export interface Row {
  readonly rowid?: number;
  readonly values: readonly Value[];
}

const kinds = { tableLeaf: 0x0d, indexLeaf: 0x0a, indexInterior: 0x02 } as const;

/** Returns the rows on a leaf or index page; none for other page types. `overflow` returns the content of an overflow page. */
export function readRows(page: Buffer, overflow: (page: number) => Buffer | undefined): readonly Row[] {
  const kind = page[0];
  const isTable = kind === kinds.tableLeaf;
  if (!isTable && kind !== kinds.indexLeaf && kind !== kinds.indexInterior) return [];
  const isInterior = kind === kinds.indexInterior;
  const pointers = isInterior ? 12 : 8;
  const pageBytes = page.byteLength;
  const count = Math.min(page.readUInt16BE(3), (pageBytes - pointers) / 2);
  const rows: Row[] = [];
  for (let index = 0; index < count; index += 1) {
    const at = page.readUInt16BE(pointers + index * 2) + (isInterior ? 4 : 0);
    const row = at <= pageBytes - 4 ? readCell(page, at, isTable, overflow) : undefined;
    if (row) rows.push(row);
  }
  return rows;
}

function readCell(page: Buffer, at: number, isTable: boolean, overflow: (page: number) => Buffer | undefined): Row | undefined {
  const length = readVarint(page, at);
  const rowid = isTable && length ? readVarint(page, length.next) : undefined;
  const start = isTable ? rowid?.next : length?.next;
  if (!length || start === undefined) return undefined;
  const payload = readPayload(page, start, length.value, isTable, overflow);
  const values = payload && readRecord(payload);
  return values && { values, ...(rowid && { rowid: rowid.value }) };
}

/** Reads a payload from its page and its chain of overflow pages. Each of them begins with the number of the next one. */
function readPayload(
  page: Buffer,
  start: number,
  length: number,
  isTable: boolean,
  overflow: (page: number) => Buffer | undefined,
): Buffer | undefined {
  const pageBytes = page.byteLength;
  const most = isTable ? pageBytes - 35 : Math.floor(((pageBytes - 12) * 64) / 255) - 23;
  if (length <= most) return start + length <= pageBytes ? page.subarray(start, start + length) : undefined;
  const least = Math.floor(((pageBytes - 12) * 32) / 255) - 23;
  const fitting = least + ((length - least) % (pageBytes - 4));
  const local = fitting <= most ? fitting : least;
  if (start + local + 4 > pageBytes || length > 64 * 1024 * 1024) return undefined;
  const parts = [page.subarray(start, start + local)];
  let left = length - local;
  for (let next = page.readUInt32BE(start + local); left > 0; ) {
    const more = next === 0 ? undefined : overflow(next);
    if (!more) return undefined;
    parts.push(more.subarray(4, 4 + Math.min(left, pageBytes - 4)));
    left -= pageBytes - 4;
    next = more.readUInt32BE(0);
  }
  return Buffer.concat(parts);
}

function readRecord(payload: Buffer): readonly Value[] | undefined {
  const head = readVarint(payload, 0);
  if (!head || head.value > payload.byteLength) return undefined;
  const values: Value[] = [];
  let at = head.value;
  for (let next = head.next; next < head.value; ) {
    const type = readVarint(payload, next);
    if (!type) return undefined;
    const bytes = getLength(type.value);
    if (bytes === undefined || at + bytes > payload.byteLength) return undefined;
    values.push(readValue(type.value, payload.subarray(at, at + bytes)));
    at += bytes;
    next = type.next;
  }
  return at === payload.byteLength ? values : undefined;
}

function getLength(type: number): number | undefined {
  if (type >= 12) return Math.floor((type - 12) / 2);
  return [0, 1, 2, 3, 4, 6, 8, 8, 0, 0][type];
}

function readValue(type: number, bytes: Buffer): Value {
  if (type >= 12) return type % 2 === 0 ? bytes : bytes.toString();
  if (type === 0) return null;
  if (type === 7) return bytes.readDoubleBE(0);
  if (type >= 8) return type - 8;
  return type === 6 ? Number(bytes.readBigInt64BE(0)) : bytes.readIntBE(0, bytes.byteLength);
}

function readVarint(bytes: Buffer, from: number): { readonly value: number; readonly next: number } | undefined {
  let value = 0;
  for (let index = 0; index < 8; index += 1) {
    const byte = bytes[from + index];
    if (byte === undefined) return undefined;
    value = value * 128 + (byte & 0x7f);
    if (byte < 0x80) return Number.isSafeInteger(value) ? { value, next: from + index + 1 } : undefined;
  }
  return undefined; // Convey writes no numbers of 9 bytes
}
