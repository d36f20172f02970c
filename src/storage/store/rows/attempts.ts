import { z } from 'zod';
import { ruleDeeds } from '../../../event/rule.ts';
import type { AttemptRecord, AttemptStore, OpenAttempt } from '../../ports/attempts.ts';
import { issuesSchema } from '../../ports/issue-schema.ts';
import { attemptChecksum, hashBody } from './checksums.ts';
import { unpack } from './packed.ts';

const offsetsSchema = z.array(z.string());
/** The changes of each event before it was sent. An event without rules has an empty digest. */
const changesSchema = z.lazy(() =>
  z.array(
    z
      .object({
        digest: z.string(),
        effects: z.array(z.object({ rule: z.string(), did: z.enum(ruleDeeds), message: z.string() })),
        name: z.string().exactOptional(),
        left: z.number().exactOptional(),
      })
      .nullable(),
  ),
);

function unpackChanges(packed: Buffer | null): Pick<OpenAttempt, 'rules' | 'left'> {
  if (packed === null) return {};
  const changes = changesSchema.parse(JSON.parse(unpack(packed)));
  const rules = changes.map((one) => {
    if (one === null || one.digest === '') return null;
    const { left: _, ...applied } = one;
    return applied;
  });
  const left = changes.map((one) => one?.left ?? null);
  return { ...(rules.some((one) => one !== null) && { rules }), ...(left.some((one) => one !== null) && { left }) };
}

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
    offsets: offsetsSchema.parse(JSON.parse(unpack(offsets))),
    body: unpack(body),
    bodySha256: body_sha256,
    ...(settled && { settled }),
  };
}

/** Returns the attempt to send again. `isDamaged`: a checksum fails. */
export function toOpenAttempt(row: AttemptRow): NonNullable<Awaited<ReturnType<AttemptStore['getOpenAttempt']>>> {
  const { id, started_at: startedAt, sent } = row;
  const sound = checkAttempt(row);
  return sound ? { ...sound, sent } : { id, startedAt, offsets: [], body: '', sent, isDamaged: true };
}

function checkAttempt(row: AttemptRow): OpenAttempt | undefined {
  try {
    const { id, startedAt, offsets, body, bodySha256 } = toAttempt(row);
    const cursorAfter = row.cursor_after;
    const open = { id, startedAt, offsets, body, ...(cursorAfter !== null && { cursorAfter }), ...unpackChanges(row.rules) };
    if (hashBody(body) !== bodySha256) return undefined;
    return row.checksum === null || row.checksum === attemptChecksum(offsets, row.cursor_after, body) ? open : undefined;
  } catch {
    return undefined; // it cannot be unpacked
  }
}
