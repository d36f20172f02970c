import type { ConsumerId } from '../../ports/consumer-id.ts';
import type { DeliveryCommit } from '../../ports/consumers.ts';
import type { UploadPerson } from '../../ports/uploads.ts';
import { defineStatement, type Statement } from '../../sql/statement.ts';

const put = defineStatement(
  `INSERT INTO uploads (consumer, kind, key, order_id, "offset", at, content, person, owner, state, due_at, tries)
   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'waiting', $10, 0) ON CONFLICT (consumer, kind, key) DO NOTHING`,
);
const settle = defineStatement(
  `UPDATE uploads SET state = $4, due_at = $5, tries = $6, tried_at = $7, content = coalesce($8, content), answer = $9,
     person = CASE WHEN $10 = 1 THEN NULL ELSE person END, owner = CASE WHEN $10 = 1 THEN NULL ELSE owner END
   WHERE consumer = $1 AND kind = $2 AND key = $3`,
);
const putState = defineStatement(
  `INSERT INTO upload_states (consumer, state) VALUES ($1, $2) ON CONFLICT (consumer) DO UPDATE SET state = excluded.state`,
);

/** Returns the text of a hash or visitor id by which `owner` has it. */
export function toOwnerLines(hashes: readonly string[], visitors: readonly string[]): readonly string[] {
  return [...hashes.map((hash) => `hash:${hash}`), ...visitors.map((visitor) => `visitor:${visitor}`)];
}

/** Returns the person's values, each on a line of its own. */
export function formatOwner({ forms, externalId, anonymousId }: UploadPerson): string {
  const hashes = new Set([...Object.values(forms), ...(externalId === undefined ? [] : [externalId])]);
  return ['', ...toOwnerLines([...hashes], anonymousId === undefined ? [] : [anonymousId]), ''].join('\n');
}

/** Returns the statements that add rows, and that store the results of calls. A row that is known stays as it is. */
export function uploadStatements(
  consumer: ConsumerId,
  { putUploads = [], uploadResults = [], uploadState }: DeliveryCommit,
): readonly Statement[] {
  return [
    ...putUploads.map(({ kind, key, orderId, offset, at, content, person, dueAt }) => {
      const values = person ? [JSON.stringify(person), formatOwner(person)] : [null, null];
      return put(consumer, kind, key, orderId, offset, at, content, ...values, dueAt);
    }),
    ...uploadResults.map(({ kind, key, state, dueAt, tries, triedAt, content = null, answer, forgetsPerson }) => {
      const result = [state, dueAt, tries, triedAt, content, answer ? JSON.stringify(answer) : null];
      return settle(consumer, kind, key, ...result, forgetsPerson ? 1 : 0);
    }),
    ...(uploadState === undefined ? [] : [putState(consumer, uploadState)]),
  ];
}

/** Selects the lost late purchases, which ended without their person. */
export const isLost = `kind = 'offline-conversion' AND state = 'dead' AND person IS NULL`;
