import { crc32, inflateRawSync } from 'node:zlib';
import { z } from 'zod';
import type { Offset } from '../../log/event-log.ts';
import type { Db } from '../../sqlite/open.ts';
import type { ConsumerId } from '../consumer-id.ts';
import type { DeliveryCommit } from '../consumers.ts';
import { maxAskIntervalMs, type Receipt, type ReceiptStore } from '../receipts.ts';

interface ReceiptRow {
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

/** Prepares the writes of receipts. Runs in the writer's thread. */
export function prepareReceipts(db: Db): (consumer: ConsumerId, change: DeliveryCommit) => void {
  const put = db.prepare(
    'INSERT OR REPLACE INTO receipts (consumer, attempt, ask_at, first_offset, receipt, checksum) VALUES (?, ?, ?, ?, ?, ?)',
  );
  const remove = db.prepare('DELETE FROM receipts WHERE consumer = ? AND attempt = ?');
  const shorten = db.prepare('UPDATE receipts SET ask_at = ? WHERE consumer = ? AND ask_at > ?');
  return (consumer, { putReceipt, endReceipt, clockSetBackTo: now }) => {
    if (now !== undefined) shorten.run(now + maxAskIntervalMs, consumer, now + maxAskIntervalMs);
    if (endReceipt !== undefined) remove.run(consumer, endReceipt);
    if (!putReceipt) return;
    const { attempt, askAt, ...kept } = putReceipt;
    const first = kept.members.map(({ offset }) => offset).toSorted()[0] ?? '';
    const receipt = JSON.stringify(kept);
    put.run(consumer, attempt, askAt, first, receipt, crc32(receipt));
  };
}

const columns = `SELECT attempt, ask_at, receipt, receipts.checksum AS checksum, offsets
  FROM receipts LEFT JOIN attempts ON attempts.id = attempt WHERE receipts.consumer = ?`;

/** Prepares the list of a connection's events that await a verdict, in log order. Runs in the writer's thread. */
export function prepareAwaitingReads(db: Db): (consumer: ConsumerId) => readonly Offset[] {
  const all = db.prepare<[string], ReceiptRow>(columns);
  return (consumer) =>
    all
      .all(consumer)
      .flatMap((row) => toReceipt(row).members.map(({ offset }) => offset))
      .toSorted();
}

export function createReceiptReads(db: Db): ReceiptStore {
  const due = db.prepare<[string, number], ReceiptRow>(`${columns} AND ask_at <= ? ORDER BY ask_at, attempt LIMIT 1`);
  const next = db.prepare<[string], number | null>('SELECT min(ask_at) FROM receipts WHERE consumer = ?').pluck();
  const upTo = db.prepare<[string, string], ReceiptRow>(`${columns} AND receipts.first_offset <= ? ORDER BY attempt`);
  return {
    async findDueReceipt(consumer, now) {
      const row = due.get(consumer, now);
      return row && toReceipt(row);
    },
    async getNextAskTime(consumer) {
      return next.get(consumer) ?? undefined;
    },
    async listReceiptsUpTo(consumer, through) {
      return upTo.all(consumer, through).map(toReceipt);
    },
  };
}

function toReceipt({ attempt, ask_at: askAt, receipt, checksum, offsets }: ReceiptRow): Receipt {
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
