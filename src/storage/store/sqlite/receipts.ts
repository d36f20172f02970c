import type { ConsumerId } from '../../ports/consumer-id.ts';
import type { DeliveryCommit } from '../../ports/consumers.ts';
import { maxAskIntervalMs } from '../../ports/receipts.ts';
import type { Db } from '../../sqlite/open.ts';
import { formatReceipt } from '../rows/checksums.ts';

/** Prepares the writes of receipts. Runs in the writer's thread. */
export function prepareReceipts(db: Db): (consumer: ConsumerId, change: DeliveryCommit) => void {
  const put = db.prepare(
    'INSERT OR REPLACE INTO receipts (consumer, attempt, ask_at, first_offset, receipt, checksum) VALUES (?, ?, ?, ?, ?, ?)',
  );
  const remove = db.prepare('DELETE FROM receipts WHERE consumer = ? AND attempt = ?');
  const shorten = db.prepare('UPDATE receipts SET ask_at = ? WHERE consumer = ? AND ask_at > ?');
  return (consumer, { putReceipt, endReceipt, correctedClock: now }) => {
    if (now !== undefined) shorten.run(now + maxAskIntervalMs, consumer, now + maxAskIntervalMs);
    if (endReceipt !== undefined) remove.run(consumer, endReceipt);
    if (!putReceipt) return;
    const { text, checksum, firstOffset } = formatReceipt(putReceipt);
    put.run(consumer, putReceipt.attempt, putReceipt.askAt, firstOffset, text, checksum);
  };
}
