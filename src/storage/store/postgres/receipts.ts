import type { ConsumerId } from '../../ports/consumer-id.ts';
import type { DeliveryCommit } from '../../ports/consumers.ts';
import { maxAskIntervalMs } from '../../ports/receipts.ts';
import { defineStatement, type Statement } from '../../sql/statement.ts';
import { formatReceipt } from '../rows/checksums.ts';
import { text } from './sql.ts';

/** `checksum` is the CRC-32 of `receipt`, which is JSON. */
export const receiptTables = `
  CREATE TABLE receipts (consumer ${text} NOT NULL, attempt ${text} NOT NULL, ask_at bigint NOT NULL, first_offset ${text} NOT NULL,
    receipt ${text} NOT NULL, checksum bigint NOT NULL, PRIMARY KEY (consumer, attempt));
  CREATE INDEX receipts_by_ask ON receipts (consumer, ask_at);
`;

const put = defineStatement(
  `INSERT INTO receipts (consumer, attempt, ask_at, first_offset, receipt, checksum) VALUES ($1, $2, $3, $4, $5, $6)
   ON CONFLICT (consumer, attempt) DO UPDATE SET ask_at = excluded.ask_at, first_offset = excluded.first_offset,
     receipt = excluded.receipt, checksum = excluded.checksum`,
);
const remove = defineStatement('DELETE FROM receipts WHERE consumer = $1 AND attempt = $2');
const shorten = defineStatement('UPDATE receipts SET ask_at = $2 WHERE consumer = $1 AND ask_at > $2');

/** Returns the statements that shorten waits after a clock rollback, end a receipt and store one. */
export function receiptStatements(
  consumer: ConsumerId,
  { putReceipt, endReceipt, correctedClock: now }: Pick<DeliveryCommit, 'putReceipt' | 'endReceipt' | 'correctedClock'>,
): readonly Statement[] {
  const statements: Statement[] = [];
  if (now !== undefined) statements.push(shorten(consumer, now + maxAskIntervalMs));
  if (endReceipt !== undefined) statements.push(remove(consumer, endReceipt));
  if (putReceipt) {
    const { text: receipt, checksum, firstOffset } = formatReceipt(putReceipt);
    statements.push(put(consumer, putReceipt.attempt, putReceipt.askAt, firstOffset, receipt, checksum));
  }
  return statements;
}
