import { encodeProfile } from '../../../visitors/profile-encoding.ts';
import { getNextExpiry } from '../../../visitors/profile-expiry.ts';
import type { Erasure } from '../../ports/erasure.ts';
import type { Store } from '../../ports/store.ts';
import type { Sql } from '../../sql/change.ts';
import type { Db } from '../../sqlite/open.ts';
import { prepareStatements, sqliteDialect } from '../../sqlite/sqlite-sql.ts';
import { defineErasure, erasureChanges, removeUnfinished } from '../erasure-store.ts';
import { addErasedReports } from '../rows/erasure.ts';
import { prepareIndex } from './event-index.ts';
import { prepareLinkWrites } from './links/link-writes.ts';
import { preparePurchaseErasure } from './money.ts';
import { createPrimaryReportReads } from './primary-reports.ts';

export interface ErasureOp {
  readonly kind: 'erase';
  readonly erasure: Erasure;
}

/** Prepares the writes of an erasure. Each is idempotent. Runs in the writer's thread. */
export function prepareErasure(db: Db): (op: ErasureOp) => null {
  const runStatement = prepareStatements(db);
  const toStatements = defineErasure(sqliteDialect);
  const erasePurchase = preparePurchaseErasure(db);
  const putIndex = prepareIndex(db);
  const putProfile = db.prepare('UPDATE visitor_profiles SET profile = ?, expires_at = ? WHERE site = ? AND visitor = ?');
  const removeProfile = db.prepare('DELETE FROM visitor_profiles WHERE site = ? AND visitor = ?');
  const linkWrites = prepareLinkWrites(db);
  return ({ erasure }) => {
    const { site, offsets, reportsAlone, index = [], visitors } = erasure;
    for (const statement of toStatements(erasure)) runStatement(statement);
    for (const offset of offsets) if (!reportsAlone?.has(offset)) erasePurchase(site, offset);
    putIndex({ site, index });
    for (const { visitor, profile, links } of visitors) {
      if (profile) putProfile.run(encodeProfile(profile), getNextExpiry(profile), site, visitor);
      else removeProfile.run(site, visitor);
      linkWrites.remove(site, visitor, links && ((key) => links.includes(key)));
    }
    return null;
  };
}

export function createErasureReads(db: Db): Pick<Store, 'findErasedRecords'> {
  const ofErased = db
    .prepare<[string, string], string>(
      `SELECT offset FROM absent WHERE site = ? AND reason = 'erased' AND offset IN (SELECT value ->> 'offset' FROM json_each(?))`,
    )
    .pluck();
  const isErased = db.prepare("SELECT 1 FROM absent WHERE site = ? AND offset = ? AND reason = 'erased'");
  const primaries = createPrimaryReportReads(db);
  const erasedAlone = db
    .prepare<[string, string], string>(
      `SELECT offset FROM absent
       WHERE site = ? AND reason = 'erased-report' AND offset IN (SELECT value ->> 'offset' FROM json_each(?))`,
    )
    .pluck();
  return {
    async findErasedRecords(site, records, now) {
      const reports = records.map(({ offset, name, id }) => ({ offset, name, id }));
      const text = JSON.stringify(reports);
      const erased = new Set(records.length === 0 ? [] : ofErased.all(site, text));
      primaries.readTogether(() => {
        for (const { offset, name, id } of reports) {
          const primary = primaries.find({ site, id, name }, now);
          if (primary !== undefined && isErased.get(site, primary) !== undefined) erased.add(offset);
        }
      });
      const soleReports = new Set(records.length === 0 ? [] : erasedAlone.all(site, text));
      return addErasedReports(records, erased, soleReports);
    },
  };
}

type ErasureWrites = Pick<Store, 'beginErasure' | 'eraseAttempts' | 'endErasure'>;

/** Creates the writes of an erasure. @param purge removes the copies of removed rows from the files. */
export function createErasureWrites(
  write: (op: ErasureOp) => Promise<unknown>,
  sql: Sql,
  purge: () => Promise<void>,
): ErasureWrites {
  return {
    async beginErasure(erasure) {
      await write({ kind: 'erase', erasure });
    },
    eraseAttempts: (attempts, now) => sql.change(erasureChanges.eraseAttempts, attempts, now),
    async endErasure(site) {
      await purge();
      await sql.write(removeUnfinished(site));
      return 'ended';
    },
  };
}
