import { checksum } from '../log/checksum.ts';
import { getPartitionSite } from '../log/event-log.ts';
import { logMigrations, logPageBytes, logSchema, recordKeys, toIndexedKey } from '../log/sqlite-log.schema.ts';
import { entryBytes, type Fingerprint, fingerprint, readEntries } from '../sqlite/keys/key-entries.ts';
import { getKeyIndex } from '../sqlite/keys/key-index.ts';
import { type Db, openWriter } from '../sqlite/open.ts';
import { type Row, readRows } from './btree-cells.ts';
import { keepAscending } from './keep-ascending.ts';
import { openPageVersions, type PageLayer, type PageLocation } from './page-versions.ts';

/** Numbers of records. */
export interface LogSalvageResult {
  readonly saved: number;
  /** Saved records with damaged bytes. They read as corrupt. */
  readonly corrupt: number;
  /** Records that only the indexes still name. */
  readonly lost: number;
}

interface FoundRecord {
  readonly seq: number;
  readonly partition: string;
  readonly key: string;
  readonly at: number;
  readonly crc32: number | null;
  readonly bytes: Buffer | null;
}

/** An entry of one of the two indexes of SQLite. The index by partition and offset has no keys; the one by key is of the first schema. */
interface IndexEntry {
  readonly partition: string;
  readonly key?: string;
  readonly seq: number;
}

const siteForm = /^[a-z0-9][a-z0-9-]{0,62}$/;

/** Bytes per commit. They bound the size of the new file's write-ahead log. */
const commitBytes = 64 * 1024 * 1024;

/**
 * Copies the readable records of a damaged log to a new file, with the same offsets. Reads every page of the file and of its write-ahead
 * log independently of the b-trees, so that a broken tree or header costs no more than the damaged pages. A record is accepted by its checksum.
 * - Earlier contents of a page only add records that the indexes name, so that removed records do not return.
 * - The checksum does not cover the offset, and a redacted record has none. There the order on the page and the indexes decide.
 * - The contents that SQLite reads come first. Frames behind damage may be of a failed commit, so they only fill free offsets, and redact.
 */
export function salvageLog(file: string, to: string): LogSalvageResult {
  const versions = openPageVersions(file);
  const { known, doubtful, read } = versions;
  const target = new SalvageTarget(to);
  const readPageRows = (location: PageLocation, layer: PageLayer) => readRows(read(location), (page) => layer.page(page));
  const readPageRecords = (location: PageLocation, layer: PageLayer) => {
    const found = keepAscending(readPageRows(location, layer).flatMap(toRecords), (one, other) => one.seq < other.seq);
    return found.flatMap((record) =>
      record.crc32 !== null && isSound(record) ? target.relocate(record) : target.restore(record),
    );
  };
  const layers = [known, doubtful];
  try {
    for (const layer of layers)
      for (const location of layer.newest()) {
        const rows = readPageRows(location, layer);
        for (const entry of keepAscending(rows.flatMap(toEntries), isEntryBefore)) target.addEntry(entry);
        for (const row of rows) {
          target.addLastOffset(row);
          target.addConsentCount(row);
          target.addFingerprints(row);
        }
      }
    target.forgetTrimmed();
    const unsound: [PageLocation, PageLayer][] = [];
    const salvagePage = (layer: PageLayer, location: PageLocation, isNewest: boolean) => {
      const found = readPageRecords(location, layer);
      for (const record of found.filter(isSound)) {
        if (layer === doubtful && !target.isOffsetFree(record)) continue;
        if ((isNewest && record.crc32 !== null) || target.isKnown(record)) target.add(record);
      }
      if (isNewest && !found.every(isSound)) unsound.push([location, layer]);
    };
    for (const layer of layers) {
      for (const location of layer.newest()) salvagePage(layer, location, true);
      for (const location of layer.superseded()) salvagePage(layer, location, false);
    }
    for (const [location, layer] of unsound)
      for (const record of readPageRecords(location, layer))
        if (!isSound(record) && target.isKnown(record)) target.addUnsound(record);
    return target.finish();
  } finally {
    target.close();
    versions.close();
  }
}

/**
 * The new file, with the entries of the old file's two indexes: `known` by partition and offset (an entry holds the offset twice), and
 * `known_keys` by key. The first entry for an offset or key counts. `known_prints` has the entries of the key index, without those of records
 * that may have been removed.
 */
class SalvageTarget {
  readonly #db: Db;
  readonly #sql;
  readonly #keys;
  readonly #unsound = new Set<number>();
  #last = 0;
  #trimmed = 0;
  #uncommitted = 0;

  constructor(to: string) {
    const db = openWriter(to, logMigrations, { schema: logSchema, pageBytes: logPageBytes });
    db.exec(`CREATE TEMP TABLE known_prints (hi INTEGER, lo INTEGER, seq INTEGER, PRIMARY KEY (seq, hi, lo)) WITHOUT ROWID;
      CREATE INDEX temp.prints_by_key ON known_prints (hi, lo);
      CREATE TEMP TABLE known (seq INTEGER PRIMARY KEY, partition TEXT);
      CREATE TEMP TABLE known_keys (seq INTEGER PRIMARY KEY, partition TEXT, key TEXT, UNIQUE (partition, key));
      BEGIN`);
    this.#db = db;
    this.#keys = getKeyIndex(db, recordKeys);
    this.#sql = {
      addOffset: db.prepare('INSERT OR IGNORE INTO known (seq, partition) VALUES (?, ?)'),
      addConsent: db.prepare(
        `INSERT INTO consent_counts (site, bucket, source, version, country, choice, events) VALUES (?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET events = max(events, excluded.events)`,
      ),
      addKey: db.prepare('INSERT OR IGNORE INTO known_keys (partition, key, seq) VALUES (?, ?, ?)'),
      findPartition: db.prepare<[number], string>('SELECT partition FROM known WHERE seq = ?').pluck(),
      findKey: db.prepare<[number], Pick<FoundRecord, 'partition' | 'key'>>(
        'SELECT partition, key FROM known_keys WHERE seq = ?',
      ),
      findSeq: db.prepare<[string, string], number>('SELECT seq FROM known_keys WHERE partition = ? AND key = ?').pluck(),
      addPrint: db.prepare('INSERT OR IGNORE INTO known_prints (hi, lo, seq) VALUES (?, ?, ?)'),
      forgetPrints: db.prepare('DELETE FROM known_prints WHERE seq <= ?'),
      findPrints: db.prepare<[number], Fingerprint>('SELECT hi, lo FROM known_prints WHERE seq = ?'),
      findSeqByPrint: db
        .prepare<[number, number], number>('SELECT seq FROM known_prints WHERE hi = ? AND lo = ? ORDER BY seq DESC')
        .pluck(),
      findOther: db.prepare('SELECT 1 FROM known_keys WHERE seq = ? AND (partition, key) <> (?, ?)'),
      redact: db.prepare(
        'UPDATE records SET crc32 = NULL, bytes = ? WHERE seq = ? AND partition = ? AND key = ? AND crc32 IS NOT NULL',
      ),
      add: db.prepare('INSERT OR IGNORE INTO records (seq, partition, key, at, crc32, bytes) VALUES (?, ?, ?, ?, ?, ?)'),
    };
  }

  addEntry({ partition, key, seq }: IndexEntry): void {
    if (key === undefined) this.#sql.addOffset.run(seq, partition);
    else this.#sql.addKey.run(partition, key, seq);
  }

  /** Reads the bounds of offsets from their rows in `last_seq`, and in `sqlite_sequence` of the first schema. */
  addLastOffset({ rowid, values: [name, seq, ...rest] }: Row): void {
    if (rowid === undefined || typeof seq !== 'number' || rest.length > 0) return;
    if (name === 'records' || name === 'earlier_records') this.#last = Math.max(this.#last, seq);
    else if (name === 'trimmed') this.#trimmed = Math.max(this.#trimmed, seq);
  }

  /**
   * Copies a count of consent. A page may be superseded in part, so the larger number counts. Counts of lost pages stay lost, so counting is
   * whole from the next hour on.
   */
  addConsentCount({ rowid, values }: Row): void {
    const [site, bucket, source, version, country, choice, events] = values;
    if (rowid !== undefined || values.length !== 7 || typeof site !== 'string' || !siteForm.test(site)) return;
    if (typeof bucket !== 'number' || typeof events !== 'number' || events <= 0) return;
    const parts = [source, version, country, choice];
    if (parts.every((part) => typeof part === 'string')) this.#sql.addConsent.run(site, bucket, ...parts, events);
  }

  /** Reads the entries of the key index. */
  addFingerprints({ rowid, values: [id, entries, ...rest] }: Row): void {
    if (rowid === undefined || id !== null || !Buffer.isBuffer(entries) || rest.length > 0) return;
    if (entries.byteLength % entryBytes === 0) readEntries(entries, (hi, lo, seq) => this.#sql.addPrint.run(hi, lo, seq));
  }

  /** Leaves out the entries of records that may have been removed: the key index keeps them. */
  forgetTrimmed(): void {
    this.#sql.forgetPrints.run(this.#trimmed);
  }

  #hasPrint({ seq, partition, key }: FoundRecord): boolean | undefined {
    const prints = this.#sql.findPrints.all(seq);
    if (prints.length === 0) return undefined;
    const { hi, lo } = fingerprint(toIndexedKey({ partition, key }));
    return prints.some((print) => print.hi === hi && print.lo === lo);
  }

  /** Corrects the damaged offset of a record by its key, if both indexes name the other offset and neither names this one. */
  relocate(record: FoundRecord): FoundRecord {
    const { hi, lo } = fingerprint(toIndexedKey(record));
    const seq = this.#sql.findSeq.get(record.partition, record.key) ?? this.#sql.findSeqByPrint.get(hi, lo);
    if (seq === undefined || seq === record.seq || this.isKnown(record)) return record;
    return this.#sql.findPartition.get(seq) === record.partition ? { ...record, seq } : record;
  }

  /**
   * Replaces partition and key of a record without a matching checksum by those of the indexes. Leaves out a redacted record whose key is
   * damaged and has no other copy.
   */
  restore(record: FoundRecord): readonly FoundRecord[] {
    const { partition, key } = this.#sql.findKey.get(record.seq) ?? {
      key: record.key,
      partition: this.#sql.findPartition.get(record.seq) ?? record.partition,
    };
    const restored = { ...record, partition, key };
    return record.crc32 === null && this.#hasPrint(restored) === false ? [] : [restored];
  }

  isKnown(record: FoundRecord): boolean {
    return this.#sql.findPartition.get(record.seq) !== undefined || this.#hasPrint(record) === true;
  }

  /** Returns whether the offset belongs to no other record. Redacts the record in the new file if it is redacted here. */
  isOffsetFree(record: FoundRecord): boolean {
    const { seq, partition, key, crc32, bytes } = record;
    if (crc32 === null) this.#sql.redact.run(bytes, seq, partition, key);
    return this.#sql.findOther.get(seq, partition, key) === undefined && this.#hasPrint(record) !== false;
  }

  /** Adds a record unless its offset or key is taken. Returns whether it was added. */
  add({ seq, partition, key, at, crc32, bytes }: FoundRecord): boolean {
    if (this.#sql.add.run(seq, partition, key, at, crc32, bytes).changes !== 1) return false;
    this.#keys.add(fingerprint(toIndexedKey({ partition, key })), seq);
    this.#uncommitted += bytes?.byteLength ?? 0;
    if (this.#uncommitted >= commitBytes) this.#commit();
    return true;
  }

  addUnsound(record: FoundRecord): void {
    if (this.add(record)) this.#unsound.add(record.seq);
  }

  /**
   * Limits times without a matching checksum to those of the records before and after. Time never decreases along the event log, because it
   * is searched by bisection.
   */
  #boundTimes(): void {
    const update = this.#db.prepare('UPDATE records SET at = ? WHERE seq = ?');
    for (const order of ['ASC', 'DESC']) {
      const rows = this.#db.prepare<[], Pick<FoundRecord, 'seq' | 'at' | 'crc32'>>(
        `SELECT seq, at, crc32 FROM records ORDER BY seq ${order}`,
      );
      const changes: [at: number, seq: number][] = [];
      let bound: number | undefined;
      for (const { seq, at, crc32 } of rows.iterate())
        if (crc32 !== null && !this.#unsound.has(seq)) bound = at;
        else if (bound !== undefined && (order === 'ASC' ? at < bound : at > bound)) changes.push([bound, seq]);
      for (const change of changes) update.run(change);
    }
  }

  finish(): LogSalvageResult {
    const db = this.#db;
    this.#boundTimes();
    const found = db.prepare<[number], FoundRecord>('SELECT seq, partition, key, at, crc32, bytes FROM records WHERE seq = ?');
    const corrupt = [...this.#unsound].flatMap((seq) => found.get(seq) ?? []).filter((record) => !isSound(record)).length;
    const saved = db.prepare<[], number>('SELECT count(*) FROM records').pluck().get() ?? 0;
    // No offset is used twice, also if its record was not saved. A later offset that only one index names is damage.
    const last = db
      .prepare<[number], number>(
        `SELECT max(?, coalesce((SELECT max(seq) FROM records), 0),
          coalesce((SELECT max(seq) FROM known JOIN known_keys USING (seq, partition)), 0),
          coalesce((SELECT max(seq) FROM known JOIN known_prints USING (seq)), 0))`,
      )
      .pluck()
      .get(this.#last);
    const lost = db
      .prepare<[number], number>(
        `SELECT count(*) FROM (
          SELECT seq FROM known WHERE seq NOT IN (SELECT seq FROM records)
          UNION
          SELECT seq FROM known_prints WHERE seq NOT IN (SELECT seq FROM records)
          UNION
          SELECT k.seq FROM known_keys k WHERE k.seq NOT IN (SELECT seq FROM records)
            AND NOT EXISTS (SELECT 1 FROM records r WHERE r.partition = k.partition AND r.key = k.key)
        ) WHERE seq <= ?`,
      )
      .pluck()
      .get(last ?? 0);
    const putLast = db.prepare<[number, string]>('UPDATE last_seq SET seq = ? WHERE name = ?');
    putLast.run(last ?? 0, 'records');
    putLast.run(this.#trimmed, 'trimmed');
    db.exec('UPDATE consent_counting SET since = (unixepoch() / 3600 + 1) * 3600000');
    this.#commit();
    return { saved, corrupt, lost: lost ?? 0 };
  }

  #commit(): void {
    this.#keys.save();
    this.#db.exec('COMMIT');
    this.#db.pragma('wal_checkpoint(TRUNCATE)');
    this.#db.exec('BEGIN');
    this.#uncommitted = 0;
  }

  close(): void {
    this.#db.close();
  }
}

function toRecords({ rowid: seq, values }: Row): FoundRecord[] {
  const [, partition, key, at, crc32 = null, bytes = null] = values;
  if (seq === undefined || values.length !== 6 || typeof partition !== 'string' || typeof key !== 'string') return [];
  if (typeof at !== 'number' || !isPartition(partition) || seq <= 0) return [];
  if (crc32 !== null && typeof crc32 !== 'number') return [];
  if (bytes !== null && !Buffer.isBuffer(bytes)) return [];
  // Redacted bytes are zeros, also if the disk has damaged them.
  return [{ seq, partition, key, at, crc32, bytes: crc32 === null && bytes ? Buffer.alloc(bytes.byteLength) : bytes }];
}

function toEntries({ rowid, values }: Row): IndexEntry[] {
  const [partition, what, seq] = values;
  if (rowid !== undefined || values.length !== 3 || typeof partition !== 'string' || !isPartition(partition)) return [];
  if (typeof seq !== 'number' || seq <= 0) return [];
  if (typeof what === 'string') return [{ partition, key: what, seq }];
  return what === seq ? [{ partition, seq }] : [];
}

function isPartition(name: string): boolean {
  return siteForm.test(getPartitionSite(name));
}

function isEntryBefore(one: IndexEntry, other: IndexEntry): boolean {
  if (one.partition !== other.partition) return isTextBefore(one.partition, other.partition);
  if (one.key === undefined || other.key === undefined) return one.key === other.key && one.seq < other.seq;
  return isTextBefore(one.key, other.key);
}

/** Compares by bytes, like SQLite. */
function isTextBefore(one: string, other: string): boolean {
  return Buffer.compare(Buffer.from(one), Buffer.from(other)) < 0;
}

function isSound({ partition, key, at, crc32, bytes }: FoundRecord): boolean {
  if (crc32 === null) return true; // redacted
  return bytes !== null && checksum(partition, key, at, bytes) === crc32;
}
