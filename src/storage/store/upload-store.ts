import { z } from 'zod';
import { isSha256, type Sha256 } from '../../event/event.ts';
import { type ConsumerId, connectionConsumerRange } from '../ports/consumer-id.ts';
import type { LateSum, Upload, UploadKind, UploadState, UploadStore } from '../ports/uploads.ts';
import type { Sql } from '../sql/change.ts';
import type { Dialect } from '../sql/dialect.ts';
import { defineStatement } from '../sql/statement.ts';
import { toOwnerLines } from './rows/uploads.ts';

interface UploadRow {
  readonly consumer: ConsumerId;
  readonly kind: UploadKind;
  readonly key: string;
  readonly orderId: string;
  readonly offset: string;
  readonly at: number;
  readonly content: string;
  readonly person: string | null;
  readonly state: UploadState;
  readonly dueAt: number;
  readonly tries: number;
  readonly triedAt: number | null;
  readonly answer: string | null;
}

const columns = `consumer, kind, key, order_id AS "orderId", "offset", at, content, person, state, due_at AS "dueAt", tries,
  tried_at AS "triedAt", answer`;
const ofSite = 'consumer >= $1 AND consumer < $2';
const inOrder = 'ORDER BY consumer, due_at, kind, key';

const selectDue = defineStatement<UploadRow>(
  `SELECT ${columns} FROM uploads WHERE consumer = $1 AND state = 'waiting' AND kind = $2 AND due_at <= $3 ORDER BY due_at, key LIMIT $4`,
);
const selectOld = defineStatement<UploadRow>(
  `SELECT ${columns} FROM uploads WHERE consumer = $1 AND at < $2 AND state = 'waiting' ORDER BY at, kind, key LIMIT $3`,
);
const countStates = defineStatement<{ readonly state: UploadState; readonly rows: number }>(
  'SELECT state, count(*) AS rows FROM uploads WHERE consumer = $1 GROUP BY state',
);
const selectState = defineStatement<{ readonly state: string }>('SELECT state FROM upload_states WHERE consumer = $1');

/** PostgreSQL refuses the escapes of U+0000 and of half a surrogate pair, which the name of a goal may have. */
const contentWithoutEscapes = String.raw`replace(replace(replace(content, '\\', '/'), '\"', ''''), '\', '/')`;

interface LateSumRow {
  readonly state: LateSum['state'];
  readonly code: string | null;
  readonly currency: string | null;
  readonly purchases: number;
  readonly amount: number | null;
  readonly oldest: number;
}

function defineReads({ isAmong, hasLine, getField }: Dialect) {
  return {
    late: defineStatement<LateSumRow>(
      `SELECT state, ${getField('answer', 'code')} AS code, ${getField(contentWithoutEscapes, 'currency')} AS currency, count(*) AS purchases,
         sum(CAST(${getField(contentWithoutEscapes, 'value')} AS double precision)) AS amount, min(at) AS oldest
       FROM uploads WHERE consumer = $1 AND kind = 'offline-conversion' AND state IN ('waiting', 'dead')
       GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`,
    ),
    ofOrders: defineStatement<UploadRow>(
      `SELECT ${columns} FROM uploads WHERE ${ofSite} AND ${isAmong('order_id', '$3')} ${inOrder}`,
    ),
    owned: defineStatement<UploadRow>(
      `SELECT ${columns} FROM uploads WHERE ${ofSite} AND (${isAmong('order_id', '$3')} OR ${hasLine('owner', '$4')}) ${inOrder}`,
    ),
  };
}

const hashSchema = z.custom<Sha256>((value) => typeof value === 'string' && isSha256(value));
const personSchema = z.object({
  forms: z.record(z.string(), hashSchema),
  externalId: hashSchema.exactOptional(),
  anonymousId: z.string().exactOptional(),
});
const answerSchema = z.object({ code: z.string(), message: z.string(), trackingId: z.string().exactOptional() });

export function createUploadStore(sql: Sql): UploadStore {
  const { ofOrders, owned, late } = defineReads(sql.dialect);
  const encode = (texts: readonly string[]) => sql.dialect.encodeTexts(texts);
  return {
    listDueUploads: async (...due) => (await sql.read(selectDue(...due))).map(toUpload),
    listOldUploads: async (...old) => (await sql.read(selectOld(...old))).map(toUpload),
    listOrderUploads: async (site, orderIds) =>
      orderIds.length === 0 ? [] : (await sql.read(ofOrders(...connectionConsumerRange(site), encode(orderIds)))).map(toUpload),
    async findOwnedUploads(site, { hashes, visitors, orderIds }) {
      const lists = [encode(orderIds), encode(toOwnerLines(hashes, visitors))];
      return (await sql.read(owned(...connectionConsumerRange(site), ...lists))).map(toUpload);
    },
    countUploads: async (consumer) =>
      Object.fromEntries((await sql.read(countStates(consumer))).map(({ state, rows }) => [state, Number(rows)])),
    sumLatePurchases: async (consumer) =>
      (await sql.read(late(consumer))).map(({ code, currency, amount, purchases, oldest, ...sum }) => ({
        ...sum,
        ...(code !== null && { code }),
        ...(currency !== null && { currency }),
        purchases: Number(purchases),
        amount: amount ?? 0,
        oldest: Number(oldest),
      })),
    getUploadState: async (consumer) => (await sql.read(selectState(consumer)))[0]?.state,
  };
}

function toUpload({ person, triedAt, answer, ...row }: UploadRow): Upload {
  return {
    ...row,
    ...(person !== null && { person: personSchema.parse(JSON.parse(person)) }),
    ...(triedAt !== null && { triedAt }),
    ...(answer !== null && { answer: answerSchema.parse(JSON.parse(answer)) }),
  };
}
