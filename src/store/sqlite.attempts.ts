import { createHash } from 'node:crypto';
import { inflateRawSync } from 'node:zlib';
import { z } from 'zod';
import { type AttemptRecord, issuesSchema } from './store.ts';

const offsetsSchema = z.array(z.string());

export interface AttemptRow {
  readonly id: string;
  readonly pump: string;
  readonly started_at: number;
  readonly members: Buffer;
  readonly through: string | null;
  readonly body: Buffer;
  readonly body_sha256: string;
  readonly sent: number;
  readonly settled_at: number | null;
  readonly result: NonNullable<AttemptRecord['settled']>['result'] | null;
  readonly status: number | null;
  readonly answer: string | null;
  readonly issues: string | null;
}

export function toAttempt(row: AttemptRow): AttemptRecord {
  const { id, pump, started_at, members, body, body_sha256, settled_at, result, status, answer, issues } = row;
  const settled = settled_at !== null &&
    result !== null && {
      at: settled_at,
      result,
      ...(status !== null && { status }),
      ...(answer !== null && { answer }),
      issues: issuesSchema.parse(JSON.parse(issues ?? '[]')),
    };
  return {
    id,
    pump,
    startedAt: started_at,
    offsets: offsetsSchema.parse(unpack(members)),
    body: inflateRawSync(body).toString(),
    bodySha256: body_sha256,
    ...(settled && { settled }),
  };
}

/** The request that is to go again as it was; `undefined` where its bytes are not what they were. */
export function toSound(row: AttemptRow): AttemptRecord | undefined {
  try {
    const attempt = toAttempt(row);
    return createHash('sha256').update(attempt.body).digest('hex') === attempt.bodySha256 ? attempt : undefined;
  } catch {
    return undefined; // it does not even unpack
  }
}

function unpack(packed: Buffer): unknown {
  return JSON.parse(inflateRawSync(packed).toString());
}
