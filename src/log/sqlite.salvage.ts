import { type Row, rowsOf } from '../sqlite/cells.ts';
import { type Layer, openImages, type Place } from '../sqlite/images.ts';
import { type Db, openWriter } from '../sqlite/open.ts';
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

/** Committed at once, so that the new file's write-ahead log stays short, in bytes. */
const commitBytes = 64 * 1024 * 1024;

/**
 * Writes what can be read of a damaged log into a new file, under the same offsets. It goes by the pages themselves, of the file and of its
 * write-ahead log, so neither a broken tree nor a broken head of the file costs more than the damaged pages; each record proves itself by
 * its checksum. A record that was removed since does not come back: of what a page held before, only what the index knows is taken.
 * What SQLite reads comes first: frames after damage may be of a commit that failed, so they only fill what is free, and redact.
 */
export function salvageLog(file: string, to: string): SalvagedLog {
  const images = openImages(file);
  const { known, doubtful, read } = images;
  const salvaged = new Salvaged(to);
  const rowsAt = (place: Place, layer: Layer) => rowsOf(read(place), (page) => layer.page(page));
  const recordsAt = (place: Place, layer: Layer) => ascending(rowsAt(place, layer).flatMap(toFound));
  const layers = [known, doubtful];
  try {
    for (const layer of layers) for (const place of layer.newest()) for (const row of rowsAt(place, layer)) salvaged.know(row);
    const unsound: [Place, Layer][] = [];
    const take = (layer: Layer, place: Place, isNewest: boolean) => {
      const found = recordsAt(place, layer);
      for (const record of found.filter(isSound)) {
        if (layer === doubtful && !salvaged.fits(record)) continue;
        if ((isNewest && record.crc32 !== null) || salvaged.knows(record)) salvaged.put(record);
      }
      if (isNewest && !found.every(isSound)) unsound.push([place, layer]);
    };
    for (const layer of layers) {
      for (const place of layer.newest()) take(layer, place, true);
      for (const place of layer.superseded()) take(layer, place, false);
    }
    let corrupt = 0;
    for (const [place, layer] of unsound)
      for (const record of recordsAt(place, layer))
        if (!isSound(record) && salvaged.knows(record) && salvaged.put(record)) corrupt += 1;
    return { ...salvaged.end(), corrupt };
  } finally {
    salvaged.close();
    images.close();
  }
}

/**
 * The new file, and what the two indexes of the old one tell of its records: by partition and offset, where each offset stands twice, and
 * by key. What is told first holds.
 */
class Salvaged {
  readonly #db: Db;
  readonly #sql;
  #uncommitted = 0;

  constructor(to: string) {
    const db = openWriter(to, migrations);
    db.exec(`CREATE TEMP TABLE known (seq INTEGER PRIMARY KEY);
      CREATE TEMP TABLE known_keys (seq INTEGER PRIMARY KEY, partition TEXT, key TEXT, UNIQUE (partition, key));
      BEGIN`);
    this.#db = db;
    this.#sql = {
      know: db.prepare('INSERT OR IGNORE INTO known (seq) VALUES (?)'),
      knowKey: db.prepare('INSERT OR IGNORE INTO known_keys (partition, key, seq) VALUES (?, ?, ?)'),
      knows: db.prepare('SELECT 1 FROM known WHERE seq = ?'),
      isOthers: db.prepare('SELECT 1 FROM known_keys WHERE seq = ? AND (partition, key) <> (?, ?)'),
      redact: db.prepare(
        'UPDATE records SET crc32 = NULL, bytes = ? WHERE seq = ? AND partition = ? AND key = ? AND at = ? AND crc32 IS NOT NULL',
      ),
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

  /** Whether its offset is not another record's. One that is redacted is redacted in the new file as well, where it stands there. */
  fits({ seq, partition, key, at, crc32, bytes }: Found): boolean {
    if (crc32 === null) this.#sql.redact.run(bytes, seq, partition, key, at);
    return this.#sql.isOthers.get(seq, partition, key) === undefined;
  }

  /** Whether its offset and its key were still free. */
  put({ seq, partition, key, at, crc32, bytes }: Found): boolean {
    if (this.#sql.put.run(seq, partition, key, at, crc32, bytes).changes !== 1) return false;
    this.#uncommitted += bytes?.byteLength ?? 0;
    if (this.#uncommitted >= commitBytes) this.#commit();
    return true;
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
    this.#commit();
    return { saved, lost };
  }

  #commit(): void {
    this.#db.exec('COMMIT');
    this.#db.pragma('wal_checkpoint(TRUNCATE)');
    this.#db.exec('BEGIN');
    this.#uncommitted = 0;
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
