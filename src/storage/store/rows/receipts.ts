import { crc32 } from 'node:zlib';
import { z } from 'zod';
import type { Receipt } from '../../ports/receipts.ts';
import { unpack } from './packed.ts';

export interface ReceiptRow {
  readonly attempt: string;
  readonly ask_at: number;
  readonly receipt: string;
  readonly checksum: number;
  /** The offsets of the attempt, if it is still stored. */
  readonly offsets: Buffer | null;
}
const receiptSchema = z.lazy(() => {
  const flag = z.literal(true).exactOptional();
  return z.object({
    ticket: z.string(),
    receivedAt: z.number(),
    asks: z.number(),
    members: z.array(
      z.object({
        offset: z.string(),
        isMerged: flag,
        isResend: flag,
        left: z.number().exactOptional(),
        target: z.string().exactOptional(),
      }),
    ),
  });
});
const offsetsSchema = z.array(z.string());

export function toReceipt({ attempt, ask_at: askAt, receipt, checksum, offsets }: ReceiptRow): Receipt {
  if (crc32(receipt) === checksum) return { attempt, askAt, ...receiptSchema.parse(JSON.parse(receipt)) };
  return { attempt, askAt, ticket: '', receivedAt: askAt, asks: 0, members: readOffsets(offsets).map((offset) => ({ offset })) };
}

function readOffsets(packed: Buffer | null): readonly string[] {
  if (packed === null) return [];
  try {
    return offsetsSchema.parse(JSON.parse(unpack(packed)));
  } catch {
    return [];
  }
}
