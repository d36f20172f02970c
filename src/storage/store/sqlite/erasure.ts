import { encodeProfile } from '../../../visitors/profile-encoding.ts';
import { getNextExpiry } from '../../../visitors/profile-expiry.ts';
import type { AttemptErasure, Erasure } from '../../ports/erasure.ts';
import type { Store } from '../../ports/store.ts';
import type { Sql } from '../../sql/change.ts';
import type { Db } from '../../sqlite/open.ts';
import { removeUnfinished } from '../erasure-store.ts';
import { attemptChecksum, hashBody } from '../rows/checksums.ts';
import { addErasedReports, keepRules, type StoredAttempt, unfinished } from '../rows/erasure.ts';
import { pack } from '../rows/packed.ts';
import { prepareConsumerList } from './consumer-list.ts';
import { prepareIndex } from './event-index.ts';
import { prepareLinkWrites } from './links/link-writes.ts';
import { preparePurchaseErasure } from './money.ts';
import { prepareOrderErasure } from './order-ledger.ts';
import { createPrimaryReportReads } from './primary-reports.ts';

export type ErasureOp =
  | { readonly kind: 'erase'; readonly erasure: Erasure }
  | { readonly kind: 'erase-attempts'; readonly attempts: readonly AttemptErasure[]; readonly now: number };

/** Prepares the writes of an erasure. Each is idempotent. Runs in the writer's thread. */
export function prepareErasure(db: Db): (op: ErasureOp) => null {
  const erase = prepareErase(db);
  const putRemainder = db.prepare(
    `UPDATE attempts SET offsets = ?, first_offset = coalesce(?, first_offset), last_offset = coalesce(?, last_offset), body = ?, response = NULL,
       rules = ?, body_sha256 = iif(settled_at IS NULL, ?, body_sha256), checksum = ? WHERE id = ?`,
  );
  const select = db.prepare<[string], StoredAttempt>('SELECT cursor_after AS through, offsets, rules FROM attempts WHERE id = ?');
  const replace = db.prepare(
    "UPDATE attempts SET settled_at = ?, result = 'replaced', issues = '[]' WHERE id = ? AND settled_at IS NULL",
  );
  return (op) => {
    switch (op.kind) {
      case 'erase':
        erase(op.erasure);
        return null;
      case 'erase-attempts':
        for (const { id, offsets, body } of op.attempts) {
          const inOrder = offsets.toSorted();
          const [first, last] = [inOrder[0] ?? null, inOrder.at(-1) ?? null];
          const stored = select.get(id);
          const rules = stored ? keepRules(stored, offsets) : null;
          const sum = attemptChecksum(offsets, stored?.through ?? null, body);
          putRemainder.run(pack(JSON.stringify(offsets)), first, last, pack(body), rules, hashBody(body), sum, id);
          if (body === '') replace.run(op.now, id);
        }
        return null;
    }
  };
}

function prepareErase(db: Db) {
  const note = db.prepare('INSERT OR IGNORE INTO unfinished_erasures (site, offset) VALUES (?, ?)');
  const putAbsent = db.prepare(
    `INSERT INTO absent (site, offset, reason) VALUES (?, ?, 'erased')
     ON CONFLICT (site, offset) DO UPDATE SET reason = 'erased' WHERE reason = 'erased-report'`,
  );
  const putReportAbsent = db.prepare("INSERT OR IGNORE INTO absent (site, offset, reason) VALUES (?, ?, 'erased-report')");
  const removePending = db.prepare('DELETE FROM pending WHERE site = ? AND offset = ?');
  const removeFromIndex = db.prepare('DELETE FROM event_index WHERE site = ? AND offset = ?');
  const removeEvent = db.prepare(
    `DELETE FROM event_index WHERE site = @site
     AND offset = coalesce((SELECT primary_offset FROM duplicate_reports WHERE site = @site AND offset = @offset), @offset)`,
  );
  const erasePurchase = preparePurchaseErasure(db);
  const eraseOrders = prepareOrderErasure(db);
  const putIndex = prepareIndex(db);
  const listConsumers = prepareConsumerList(db);
  const removeDeadLetter = db.prepare('DELETE FROM dead_letters WHERE consumer = ? AND offset = ?');
  /** Makes deferred deliveries due, so that their consumers find no record and settle them as erased. */
  const wake = db.prepare('UPDATE deferred_deliveries SET due_at = min(due_at, ?) WHERE consumer = ? AND offset = ?');
  const putProfile = db.prepare('UPDATE visitor_profiles SET profile = ?, expires_at = ? WHERE site = ? AND visitor = ?');
  const removeProfile = db.prepare('DELETE FROM visitor_profiles WHERE site = ? AND visitor = ?');
  const linkWrites = prepareLinkWrites(db);

  return ({ site, offsets, reportsAlone, index = [], orderIds = [], deadLetters, visitors, now }: Erasure) => {
    const consumers = listConsumers(site);
    const whole = offsets.filter((offset) => !reportsAlone?.has(offset));
    eraseOrders(site, consumers, orderIds, whole);
    for (const { consumer, offset } of deadLetters ?? []) removeDeadLetter.run(consumer, offset);
    note.run(site, unfinished);
    for (const offset of offsets) {
      note.run(site, offset);
      removePending.run(site, offset);
      if (!reportsAlone?.has(offset)) {
        putAbsent.run(site, offset);
        removeFromIndex.run(site, offset);
        erasePurchase(site, offset);
      } else if (putReportAbsent.run(site, offset).changes > 0) removeEvent.run({ site, offset });
      for (const consumer of consumers) {
        if (!deadLetters) removeDeadLetter.run(consumer, offset);
        wake.run(now, consumer, offset);
      }
    }
    putIndex({ site, index });
    for (const { visitor, profile, links } of visitors) {
      if (profile) putProfile.run(encodeProfile(profile), getNextExpiry(profile), site, visitor);
      else removeProfile.run(site, visitor);
      linkWrites.remove(site, visitor, links && ((key) => links.includes(key)));
    }
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
    async eraseAttempts(attempts, now) {
      await write({ kind: 'erase-attempts', attempts, now });
    },
    async endErasure(site) {
      await purge();
      await sql.write(removeUnfinished(site));
      return 'ended';
    },
  };
}
