import type { ReceiptStore } from '../ports/receipts.ts';
import type { Sql } from '../sql/change.ts';
import { defineStatement, type Statement } from '../sql/statement.ts';
import { type ReceiptRow, toReceipt } from './rows/receipts.ts';

const columns = `SELECT attempt, ask_at, receipt, receipts.checksum AS checksum, offsets
  FROM receipts LEFT JOIN attempts ON attempts.id = attempt WHERE receipts.consumer = $1`;
/** Selects all receipts of a connection. */
export const selectReceipts = defineStatement<ReceiptRow>(columns);
const selectDue = defineStatement<ReceiptRow>(`${columns} AND ask_at <= $2 ORDER BY ask_at, attempt LIMIT 1`);
const selectNext = defineStatement<{ readonly at: number | null }>('SELECT min(ask_at) AS at FROM receipts WHERE consumer = $1');
const selectOfAttempt = defineStatement<ReceiptRow>(`${columns} AND attempt = $2`);
const selectUpTo = defineStatement<ReceiptRow>(`${columns} AND receipts.first_offset <= $2 ORDER BY attempt`);

export function createReceiptStore(sql: Sql): ReceiptStore {
  const readOne = async (statement: Statement<ReceiptRow>) => (await sql.read(statement)).map(toReceipt)[0];
  return {
    findDueReceipt: (consumer, now) => readOne(selectDue(consumer, now)),
    getNextAskTime: async (consumer) => (await sql.read(selectNext(consumer)))[0]?.at ?? undefined,
    getReceipt: (consumer, attempt) => readOne(selectOfAttempt(consumer, attempt)),
    listReceiptsUpTo: async (consumer, through) => (await sql.read(selectUpTo(consumer, through))).map(toReceipt),
  };
}
