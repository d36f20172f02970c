import { type Row, rowsOf } from '../sqlite/cells.ts';
import { type Db, openWriter } from '../sqlite/open.ts';
import { openPages, type PageImage, readWal } from '../sqlite/pages.ts';
import { checksum } from './checksum.ts';
import { migrations } from './sqlite.schema.ts';

/** What became of a damaged log, in records. */
export interface SalvagedLog {
  readonly saved: number;
  /** Of these, those whose bytes are not as they were: they read as corrupt. */
  readonly corrupt: number;
  /** The index of the log knows of them, and nothing else is left. */
  readonly lost: number;
}

interface Found {
  readonly seq: number;
  readonly partition: string;
  readonly key: string;
  readonly at: number;
  readonly crc32: number | null;
  readonly bytes: Buffer | null;
}

const partitionForm = /^[a-z0-9][a-z0-9-]{0,62}(?:!rejected)?$/;

/**
 * Writes what can be read of a damaged log into a new file, under the same offsets. It goes by the pages themselves, of the file and of its
 * write-ahead log, so neither a broken tree nor a broken head of the file costs more than the damaged pages; each record proves itself by
 * its checksum. A record that was removed since does not come back: of what a page held before, only what the index knows is taken.
 */
export function salvageLog(file: string, to: string): SalvagedLog {
  const main = openPages(file);
  const wal = readWal(`${file}-wal`).images;
  const newest = new Map([...main.images, ...wal].map((image) => [image.page, image]));
  const before = [...main.images, ...wal].filter((image) => newest.get(image.page) !== image).toReversed();
  const overflow = (page: number) => newest.get(page)?.read();
  const recordsOf = (image: PageImage) => ascending(rowsOf(image.read(), overflow).flatMap(toFound));
  const salvaged = new Salvaged(to);
  try {
    for (const image of newest.values()) for (const row of rowsOf(image.read(), overflow)) salvaged.know(row);
    const unsound: PageImage[] = [];
    for (const image of newest.values()) {
      const found = recordsOf(image);
      for (const record of found.filter(isSound)) if (record.crc32 !== null || salvaged.knows(record)) salvaged.put(record);
      if (!found.every(isSound)) unsound.push(image);
    }
    for (const image of before)
      for (const record of recordsOf(image)) if (isSound(record) && salvaged.knows(record)) salvaged.put(record);
    let corrupt = 0;
    for (const record of unsound.flatMap(recordsOf))
      if (!isSound(record) && salvaged.knows(record) && salvaged.put(record)) corrupt += 1;
    return { ...salvaged.end(), corrupt };
  } finally {
    salvaged.close();
    main.close();
  }
}

/** The new file, and what the two indexes of the old one tell of its records: by partition and offset, where each offset stands twice, and by key. */
class Salvaged {
  readonly #db: Db;
  readonly #sql;

  constructor(to: string) {
    const db = openWriter(to, migrations);
    db.exec(`CREATE TEMP TABLE known (seq INTEGER PRIMARY KEY);
      CREATE TEMP TABLE known_keys (partition TEXT, key TEXT, seq INTEGER, PRIMARY KEY (partition, key)) WITHOUT ROWID;
      BEGIN`);
    this.#db = db;
    this.#sql = {
      know: db.prepare('INSERT OR IGNORE INTO known (seq) VALUES (?)'),
      knowKey: db.prepare('INSERT OR IGNORE INTO known_keys (partition, key, seq) VALUES (?, ?, ?)'),
      knows: db.prepare('SELECT 1 FROM known WHERE seq = ?'),
      put: db.prepare('INSERT OR IGNORE INTO records (seq, partition, key, at, crc32, bytes) VALUES (?, ?, ?, ?, ?, ?)'),
    };
  }

  know({ rowid, values }: Row): void {
    const [partition, what, seq] = values;
    if (rowid !== undefined || values.length !== 3 || typeof partition !== 'string' || !partitionForm.test(partition)) return;
    if (typeof seq !== 'number' || seq <= 0) return;
    if (what === seq) this.#sql.know.run(seq);
    else if (typeof what === 'string') this.#sql.knowKey.run(partition, what, seq);
  }

  knows({ seq }: Found): boolean {
    return this.#sql.knows.get(seq) !== undefined;
  }

  /** Whether its offset and its key were still free. */
  put({ seq, partition, key, at, crc32, bytes }: Found): boolean {
    return this.#sql.put.run(seq, partition, key, at, crc32, bytes).changes === 1;
  }

  end(): Pick<SalvagedLog, 'saved' | 'lost'> {
    const db = this.#db;
    const count = (sql: string) => db.prepare<[], number>(sql).pluck().get() ?? 0;
    const saved = count('SELECT count(*) FROM records');
    const lost = count(`SELECT count(*) FROM (
      SELECT seq FROM known WHERE seq NOT IN (SELECT seq FROM records)
      UNION
      SELECT k.seq FROM known_keys k WHERE k.seq NOT IN (SELECT seq FROM records)
        AND NOT EXISTS (SELECT 1 FROM records r WHERE r.partition = k.partition AND r.key = k.key))`);
    // No offset is given out twice, whether its record was saved or not.
    const last = count('SELECT max(coalesce((SELECT max(seq) FROM records), 0), coalesce((SELECT max(seq) FROM known), 0))');
    db.exec('DELETE FROM sqlite_sequence');
    db.prepare("INSERT INTO sqlite_sequence (name, seq) VALUES ('records', ?)").run(last);
    db.exec('COMMIT');
    db.pragma('wal_checkpoint(TRUNCATE)');
    return { saved, lost };
  }

  close(): void {
    this.#db.close();
  }
}

function toFound({ rowid: seq, values }: Row): Found[] {
  const [, partition, key, at, crc32 = null, bytes = null] = values;
  if (seq === undefined || values.length !== 6 || typeof partition !== 'string' || typeof key !== 'string') return [];
  if (typeof at !== 'number' || !partitionForm.test(partition) || seq <= 0) return [];
  if (crc32 !== null && typeof crc32 !== 'number') return [];
  if (bytes !== null && !Buffer.isBuffer(bytes)) return [];
  // Redacted bytes are zeros, whatever the disk made of them.
  return [{ seq, partition, key, at, crc32, bytes: crc32 === null && bytes ? Buffer.alloc(bytes.byteLength) : bytes }];
}

function isSound({ partition, key, at, crc32, bytes }: Found): boolean {
  if (crc32 === null) return true; // redacted
  return bytes !== null && checksum(partition, key, at, bytes) === crc32;
}

/** The checksum does not cover the offset, but the offsets on a page ascend: those that do not fit the most of them are left out. */
function ascending(found: readonly Found[]): readonly Found[] {
  if (found.every(({ seq }, index) => index === 0 || (found[index - 1]?.seq ?? 0) < seq)) return found;
  const runs: { readonly length: number; readonly before: number }[] = [];
  for (const [index, { seq }] of found.entries()) {
    let best = { length: 1, before: -1 };
    for (const [earlier, run] of runs.entries())
      if ((found[earlier]?.seq ?? 0) < seq && run.length >= best.length) best = { length: run.length + 1, before: earlier };
    runs[index] = best;
  }
  const longest = Math.max(...runs.map(({ length }) => length));
  const kept = new Set<number>();
  for (let at = runs.findIndex(({ length }) => length === longest); at >= 0; at = runs[at]?.before ?? -1) kept.add(at);
  return found.filter((_, index) => kept.has(index));
}
