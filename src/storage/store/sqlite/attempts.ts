import { createHash } from 'node:crypto';
import { inflateRawSync } from 'node:zlib';
import { z } from 'zod';
import { ruleDeeds } from '../../../event/rule.ts';
import type { AttemptRecord, OpenAttempt } from '../attempts.ts';
import { issuesSchema } from '../issue-schema.ts';
import { attemptChecksum } from './row-checksums.ts';

const offsetsSchema = z.array(z.string());
const rulesSchema = z.array(
  z
    .object({
      digest: z.string(),
      effects: z.array(z.object({ rule: z.string(), did: z.enum(ruleDeeds), message: z.string() })),
    })
    .nullable(),
);

export interface AttemptRow {
  readonly id: string;
  readonly consumer: string;
  readonly started_at: number;
  readonly offsets: Buffer;
  readonly cursor_after: string | null;
  readonly body: Buffer;
  readonly body_sha256: string;
  readonly sent: number;
  readonly settled_at: number | null;
  readonly result: NonNullable<AttemptRecord['settled']>['result'] | null;
  readonly status: number | null;
  readonly response: string | null;
  readonly issues: string | null;
  readonly checksum: number | null;
  readonly rules: Buffer | null;
}

export function toAttempt(row: AttemptRow): AttemptRecord {
  const { id, consumer, started_at, offsets, body, body_sha256, settled_at, result, status, response, issues } = row;
  const settled = settled_at !== null &&
    result !== null && {
      at: settled_at,
      result,
      ...(status !== null && { status }),
      ...(response !== null && { answer: response }),
      issues: issuesSchema.parse(JSON.parse(issues ?? '[]')),
    };
  return {
    id,
    consumer,
    startedAt: started_at,
    offsets: offsetsSchema.parse(JSON.parse(inflateRawSync(offsets).toString())),
    body: inflateRawSync(body).toString(),
    bodySha256: body_sha256,
    ...(settled && { settled }),
  };
}

/** Returns the attempt to send again, or `undefined` if a checksum fails. */
export function toOpenAttempt(row: AttemptRow): OpenAttempt | undefined {
  try {
    const { id, startedAt, offsets, body, bodySha256 } = toAttempt(row);
    const rules = row.rules === null ? undefined : rulesSchema.parse(JSON.parse(inflateRawSync(row.rules).toString()));
    const cursorAfter = row.cursor_after;
    const open = { id, startedAt, offsets, body, ...(cursorAfter !== null && { cursorAfter }), ...(rules && { rules }) };
    if (createHash('sha256').update(body).digest('hex') !== bodySha256) return undefined;
    return row.checksum === null || row.checksum === attemptChecksum(offsets, row.cursor_after, body) ? open : undefined;
  } catch {
    return undefined; // it cannot be unpacked
  }
}
