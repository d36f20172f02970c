import type { Db } from '../../sqlite/open.ts';
import type { ReceiptStore } from '../receipts.ts';
import { type ReceiptRow, toReceipt } from '../rows/receipts.ts';

const columns = `SELECT attempt, ask_at, receipt, receipts.checksum AS checksum, offsets
  FROM receipts LEFT JOIN attempts ON attempts.id = attempt WHERE receipts.consumer = ?`;

export function createReceiptReads(db: Db): ReceiptStore {
  const due = db.prepare<[string, number], ReceiptRow>(`${columns} AND ask_at <= ? ORDER BY ask_at, attempt LIMIT 1`);
  const next = db.prepare<[string], number | null>('SELECT min(ask_at) FROM receipts WHERE consumer = ?').pluck();
  const ofAttempt = db.prepare<[string, string], ReceiptRow>(`${columns} AND attempt = ?`);
  const upTo = db.prepare<[string, string], ReceiptRow>(`${columns} AND receipts.first_offset <= ? ORDER BY attempt`);
  return {
    async findDueReceipt(consumer, now) {
      const row = due.get(consumer, now);
      return row && toReceipt(row);
    },
    async getNextAskTime(consumer) {
      return next.get(consumer) ?? undefined;
    },
    async getReceipt(consumer, attempt) {
      const row = ofAttempt.get(consumer, attempt);
      return row && toReceipt(row);
    },
    async listReceiptsUpTo(consumer, through) {
      return upTo.all(consumer, through).map(toReceipt);
    },
  };
}
