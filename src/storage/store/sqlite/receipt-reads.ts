import { crc32, inflateRawSync } from 'node:zlib';
import { z } from 'zod';
import type { Db } from '../../sqlite/open.ts';
import type { Receipt, ReceiptStore } from '../receipts.ts';

export interface ReceiptRow {
  readonly attempt: string;
  readonly ask_at: number;
  readonly receipt: string;
  readonly checksum: number;
  /** The offsets of the attempt, if it is still stored. */
  readonly offsets: Buffer | null;
}

const flag = z.literal(true).exactOptional();
const receiptSchema = z.object({
  ticket: z.string(),
  receivedAt: z.number(),
  asks: z.number(),
  members: z.array(z.object({ offset: z.string(), isMerged: flag, isResend: flag })),
});
const offsetsSchema = z.array(z.string());

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

export function toReceipt({ attempt, ask_at: askAt, receipt, checksum, offsets }: ReceiptRow): Receipt {
  if (crc32(receipt) === checksum) return { attempt, askAt, ...receiptSchema.parse(JSON.parse(receipt)) };
  return { attempt, askAt, ticket: '', receivedAt: askAt, asks: 0, members: readOffsets(offsets).map((offset) => ({ offset })) };
}

function readOffsets(packed: Buffer | null): readonly string[] {
  if (packed === null) return [];
  try {
    return offsetsSchema.parse(JSON.parse(inflateRawSync(packed).toString()));
  } catch {
    return [];
  }
}
