import type { ConsentTally } from '../../event/consent-tally.ts';
import type { UnixMs } from '../../event/units.ts';
import { type Db, hasTable } from '../sqlite/open.ts';
import { isCorruptionError, isSchemaDamageError } from '../sqlite/sqlite-errors.ts';
import {
  type ConsentCount,
  type ConsentCountLog,
  consentBucketMs,
  consentBucketStart,
  consentSitesQuery,
  maxBannerVersions,
  sumConsentCounts,
  writeCountQuery,
} from './consent-counts.ts';
import type { NewRecord } from './event-log.ts';

const tables = {
  consent_counts: `
   CREATE TABLE consent_counts (site TEXT NOT NULL, bucket INTEGER NOT NULL, source TEXT NOT NULL, version TEXT NOT NULL,
     country TEXT NOT NULL, choice TEXT NOT NULL, events INTEGER NOT NULL,
     PRIMARY KEY (site, bucket, source, version, country, choice)) STRICT, WITHOUT ROWID;`,
  consent_counting: `
   CREATE TABLE consent_counting (since INTEGER NOT NULL) STRICT;`,
} as const;

/** `consent_counting.since` is the first bucket that is counted; 0 in a new file. Each bucket that is not whole adds the one after it. */
export const consentCountSchema = Object.values(tables).join('');

/** Creates the tables that a file of the current schema has lost. Counts are then whole from the next bucket on. */
function replaceLostTables(db: Db): void {
  const lost = Object.entries(tables).filter(([name]) => !hasTable(db, name));
  if (lost.length === 0) return;
  db.transaction(() => {
    for (const [, statement] of lost) db.exec(statement);
    db.exec('INSERT INTO consent_counting VALUES ((unixepoch() / 3600 + 1) * 3600000)');
  })();
}

/** The number of new records of one site and bucket with one tally. */
interface AddedCount {
  readonly site: string;
  readonly bucket: UnixMs;
  readonly tally: ConsentTally;
  events: number;
}

/**
 * Counts the records of a transaction in memory, and writes the sums once, before its commit. Runs on the writer's thread. Faulty tables fail
 * no append: its transaction is run again without the counts. SQLite commits nothing in which it met a damaged page.
 */
export class ConsentCounter {
  readonly #added = new Map<string, AddedCount>();
  /** The versions of each site and source in the newest bucket, at most `maxBannerVersions`. */
  readonly #versions = new Map<string, Set<string>>();
  #versionBucket = 0;
  /** The newest bucket of an append. */
  #bucket = 0;
  /** The newest bucket with a fault, in which nothing more is counted, and whether it cannot be noted either. */
  #fault: { readonly bucket: UnixMs; readonly isUnnoted: boolean } | undefined;
  /** A bucket whose counts are not whole, until that is noted. */
  #missed: UnixMs | undefined;
  #sql: ReturnType<typeof prepareStatements> | undefined;

  prepare(db: Db): void {
    replaceLostTables(db);
    this.#sql = prepareStatements(db);
  }

  /** Notes the records that an operation has stored. `seqs` has a null for a duplicate. */
  note(records: readonly NewRecord[], seqs: readonly (number | null)[], at: UnixMs): void {
    const bucket = consentBucketStart(at);
    this.#bucket = bucket;
    for (const [index, { partition: site, tally }] of records.entries()) {
      if (!tally || seqs[index] == null) continue;
      const key = `${site}\n${bucket}\n${tally.source}\n${tally.version}\n${tally.country}\n${tally.choice}`;
      const added = this.#added.get(key);
      if (added) added.events += 1;
      else this.#added.set(key, { site, bucket, tally, events: 1 });
    }
  }

  /** Writes the counts in the open transaction. */
  readonly save = (): void => {
    const fault = this.#fault?.bucket === this.#bucket ? this.#fault : undefined;
    if (!fault) for (const added of this.#added.values()) this.#count(added);
    if (this.#missed !== undefined && !fault?.isUnnoted) this.#sql?.putMissed.run({ next: this.#missed + consentBucketMs });
  };

  /** Returns whether the counts failed the transaction, so that it succeeds without them. */
  readonly recover = (error: unknown): boolean => {
    if (!isCorruptionError(error) && !isSchemaDamageError(error)) return false;
    if (this.#added.size === 0 && this.#missed === undefined) return false;
    const isKnown = this.#fault?.bucket === this.#bucket;
    if (isKnown && this.#fault?.isUnnoted) return false;
    this.#fault = { bucket: this.#bucket, isUnnoted: isKnown };
    this.#missed = this.#bucket;
    return true;
  };

  /** Forgets the counts of the transaction that has ended. */
  end(isCommitted: boolean): void {
    this.#added.clear();
    const isUnnoted = this.#fault?.bucket === this.#bucket && this.#fault.isUnnoted;
    if (isCommitted && !isUnnoted) this.#missed = undefined;
  }

  #count({ site, bucket, tally, events }: AddedCount): void {
    const version = this.#isKept(site, bucket, tally) ? tally.version : '';
    this.#sql?.add.run(site, bucket, tally.source, version, tally.country, tally.choice, events);
  }

  #isKept(site: string, bucket: UnixMs, { source, version }: ConsentTally): boolean {
    if (version === '') return true;
    if (bucket !== this.#versionBucket) this.#versions.clear();
    this.#versionBucket = bucket;
    const key = `${site}\n${source}`;
    const versions = this.#versions.get(key) ?? new Set(this.#sql?.listVersions.all(site, bucket, source));
    this.#versions.set(key, versions);
    // A transaction that fails leaves its versions here, which only makes the bound smaller.
    if (versions.size < maxBannerVersions) versions.add(version);
    return versions.has(version);
  }
}

function prepareStatements(db: Db) {
  return {
    putMissed: db.prepare(
      'INSERT INTO consent_counting SELECT @next WHERE NOT EXISTS (SELECT 1 FROM consent_counting WHERE since >= @next)',
    ),
    add: db.prepare(
      `INSERT INTO consent_counts (site, bucket, source, version, country, choice, events) VALUES (?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET events = events + excluded.events`,
    ),
    listVersions: db
      .prepare<[string, number, string], string>(
        "SELECT DISTINCT version FROM consent_counts WHERE site = ? AND bucket = ? AND source = ? AND version <> ''",
      )
      .pluck(),
  };
}

/** Prepares the removal of rows of a site. Returns their number. */
export function prepareConsentCountRemoval(db: Db): (site: string, before: UnixMs, limit: number) => number {
  const remove = db.prepare(
    `DELETE FROM consent_counts WHERE (site, bucket, source, version, country, choice) IN (
       SELECT site, bucket, source, version, country, choice FROM consent_counts WHERE site = ? AND bucket < ? LIMIT ?)`,
  );
  return (site, before, limit) => remove.run(site, before, limit).changes;
}

/** Creates the reads of the counts. They are prepared when they are first used: a faulty table must not keep the event log from opening. */
export function createConsentCountReads(
  db: Db,
): Pick<ConsentCountLog, 'getConsentCounts' | 'getConsentCountingStart' | 'listConsentSites'> {
  const query = writeCountQuery({ site: '@site', since: '@from', until: '@to' });
  const prepare = () => ({
    select: db.prepare<{ site: string; from: number; to: number }, ConsentCount>(query),
    selectStart: db.prepare<[], number | null>('SELECT max(since) FROM consent_counting').pluck(),
    selectSites: db.prepare<[], string>(consentSitesQuery).pluck(),
  });
  let prepared: ReturnType<typeof prepare> | undefined;
  const sql = () => (prepared ??= prepare());
  return {
    getConsentCounts: (site, since, until) => sumConsentCounts(since, until, (from, to) => sql().select.all({ site, from, to })),
    async getConsentCountingStart() {
      return sql().selectStart.get() ?? 0;
    },
    async listConsentSites() {
      return sql().selectSites.all();
    },
  };
}
