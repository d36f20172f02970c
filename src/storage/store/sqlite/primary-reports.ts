import type { Offset } from '../../log/event-log.ts';
import { type Fingerprint, fingerprint } from '../../sqlite/keys/key-entries.ts';
import { getKeyIndex, keyIndexTables } from '../../sqlite/keys/key-index.ts';
import { type Db, hasTable } from '../../sqlite/open.ts';

/** The index from an event to its row in `primary_reports`: by id and name, and by id. */
export const reportKeys = 'report_keys';

/** The table of primary reports: part of a migration step, so it never changes. */
export const primaryReportTables = `
  CREATE TABLE primary_reports (row INTEGER PRIMARY KEY, site TEXT NOT NULL, id TEXT NOT NULL, name TEXT NOT NULL, offset TEXT NOT NULL,
    keep_until INTEGER NOT NULL, released INTEGER NOT NULL DEFAULT 0) STRICT;
  CREATE INDEX primary_reports_by_site ON primary_reports (site);
  ${keyIndexTables(reportKeys)}`;

interface Identified {
  readonly site: string;
  readonly id: string;
  readonly name: string;
}

interface PrimaryReport extends Identified {
  readonly offset: Offset;
  readonly keep_until: number;
  readonly released: number;
}

type StoredReport = PrimaryReport & { readonly row: number };

export function fingerprintEvent({ site, id, name }: Identified): Fingerprint {
  return fingerprint(`event\u001f${site}\u001f${id}\u001f${name}`);
}

export function fingerprintId(site: string, id: string): Fingerprint {
  return fingerprint(`id\u001f${site}\u001f${id}`);
}

const columns = 'row, site, id, name, offset, keep_until, released';

/** Prepares the search for the report that an event has. */
function prepareFind(db: Db): (event: Identified) => StoredReport | undefined {
  const index = getKeyIndex(db, reportKeys);
  const get = db.prepare<[number], StoredReport>(`SELECT ${columns} FROM primary_reports WHERE row = ?`);
  return (event) => {
    for (const row of index.find(fingerprintEvent(event))) {
      const found = get.get(row);
      if (found?.id === event.id && found.name === event.name && found.site === event.site) return found;
    }
    return undefined;
  };
}

/** A report that may become the primary one of its event. */
export interface Claim extends Identified {
  readonly offset: Offset;
  readonly keepUntil: number;
  /** The least value of `released` at which the report is a new event. */
  readonly neededRelease: number;
}

/** Prepares the writes of primary reports. Runs in the writer's thread. */
export function preparePrimaryReports(db: Db) {
  const index = getKeyIndex(db, reportKeys);
  const find = prepareFind(db);
  const takeEarlier = hasTable(db, 'earlier_primary_reports')
    ? db.prepare<[string, string, string], PrimaryReport>(
        'DELETE FROM earlier_primary_reports WHERE site = ? AND id = ? AND name = ? RETURNING *',
      )
    : undefined;
  const firstEarlier = takeEarlier && db.prepare<[], Identified>('SELECT site, id, name FROM earlier_primary_reports LIMIT 1');
  const insert = db.prepare(
    'INSERT INTO primary_reports (site, id, name, offset, keep_until, released) VALUES (@site, @id, @name, @offset, @keep_until, @released)',
  );
  const replace = db.prepare('UPDATE primary_reports SET offset = ?, keep_until = ?, released = 0 WHERE row = ?');
  const release = db.prepare('UPDATE primary_reports SET released = ? WHERE row = ?');
  const removeExpired = db.prepare<[string, number, number, number, string], StoredReport>(
    `DELETE FROM primary_reports WHERE site = ? AND row > ? AND row <= ? AND keep_until < ? AND offset <= ? RETURNING ${columns}`,
  );

  const add = ({ site, id, name, offset, keep_until, released }: PrimaryReport) => {
    const row = Number(insert.run({ site, id, name, offset, keep_until, released }).lastInsertRowid);
    index.add(fingerprintEvent({ site, id, name }), row);
    index.add(fingerprintId(site, id), row);
  };
  /** Finds the report of an event, which it first moves from the table of an earlier schema. */
  const findOrMove = (event: Identified) => {
    const earlier = takeEarlier?.get(event.site, event.id, event.name);
    if (earlier) add(earlier);
    return find(event);
  };
  return {
    /**
     * Makes a report the primary one, unless its event has one that neither expired nor was released. Returns the primary one's offset, and
     * that of the one that it replaced.
     */
    claim(
      { site, id, name, offset, keepUntil, neededRelease }: Claim,
      now: number,
    ): { readonly primary: Offset; readonly replaced?: Offset } {
      const known = findOrMove({ site, id, name });
      if (!known) {
        add({ site, id, name, offset, keep_until: keepUntil, released: 0 });
        return { primary: offset };
      }
      if (known.keep_until >= now && known.released < neededRelease) return { primary: known.offset };
      replace.run(offset, keepUntil, known.row);
      return { primary: offset, replaced: known.offset };
    },
    /** Lets later reports of the shop be a new event. Returns whether the event still has this primary report. */
    release(event: Identified, offset: Offset, released: number): boolean {
      const known = findOrMove(event);
      return known?.offset === offset && release.run(released, known.row).changes > 0;
    },
    /** Removes the reports of a page whose time is over and whose records are removed. Returns their number. */
    removeExpired(site: string, page: { readonly from: number; readonly to: number }, now: number, through: Offset): number {
      const removed = removeExpired.all(site, page.from, page.to, now, through);
      for (const report of removed) {
        index.remove(fingerprintEvent(report), report.row);
        index.remove(fingerprintId(report.site, report.id), report.row);
      }
      return removed.length;
    },
    /** Moves a report of an earlier schema. Returns the number of moved reports. */
    moveOne(): number {
      const event = firstEarlier?.get();
      if (!event) return 0;
      findOrMove(event);
      return 1;
    },
  };
}

/** The most events of one id that a search returns. */
const maxEventsPerId = 1_000;

/** Creates the reads of primary reports. Reports of an earlier schema are read first, because the writer moves them meanwhile. */
export function createPrimaryReportReads(db: Db) {
  const index = getKeyIndex(db, reportKeys);
  const find = prepareFind(db);
  const get = db.prepare<[number], StoredReport>(`SELECT ${columns} FROM primary_reports WHERE row = ?`);
  const earlier = hasTable(db, 'earlier_primary_reports')
    ? {
        byId: db
          .prepare<[string, string], Offset>('SELECT offset FROM earlier_primary_reports WHERE site = ? AND id = ?')
          .pluck(),
        ofEvent: db.prepare<[string, string, string], PrimaryReport>(
          'SELECT * FROM earlier_primary_reports WHERE site = ? AND id = ? AND name = ?',
        ),
      }
    : undefined;
  const pageEnd = db
    .prepare<[string, number, number], number>(
      'SELECT row FROM primary_reports WHERE site = ? AND row > ? ORDER BY row LIMIT 1 OFFSET ?',
    )
    .pluck();
  return {
    /** Returns the offsets of an id's primary reports, under any name. */
    findOffsets(site: string, id: string): readonly Offset[] {
      const offsets = new Set(earlier?.byId.all(site, id) ?? []);
      for (const row of index.find(fingerprintId(site, id), maxEventsPerId)) {
        const report = get.get(row);
        if (report?.site === site && report.id === id) offsets.add(report.offset);
      }
      return [...offsets].sort();
    },
    /** Runs several reads faster than one by one. */
    readTogether: <T>(read: () => T): T => index.readTogether(read),
    /** Returns the primary report of an event, until its time is over. */
    find(event: Identified, now: number): Offset | undefined {
      const report = earlier?.ofEvent.get(event.site, event.id, event.name) ?? find(event);
      return report && report.keep_until >= now ? report.offset : undefined;
    },
    /** Returns the last row of a page after a row: `undefined` if the page is the last one. */
    findPageEnd: (site: string, from: number, reports: number): number | undefined => pageEnd.get(site, from, reports),
  };
}
