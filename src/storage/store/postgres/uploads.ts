import { connectionConsumerRange } from '../../ports/consumer-id.ts';
import { defineStatement, type Statement } from '../../sql/statement.ts';
import { isLost } from '../rows/uploads.ts';
import { text } from './sql.ts';

/** The same tables as `sqlite/uploads.ts` describes. */
export const uploadTables = `
  CREATE TABLE uploads (consumer ${text} NOT NULL, kind ${text} NOT NULL, key ${text} NOT NULL, order_id ${text} NOT NULL,
    "offset" ${text} NOT NULL, at bigint NOT NULL, content ${text} NOT NULL, person ${text}, owner ${text}, state ${text} NOT NULL,
    due_at bigint NOT NULL, tries bigint NOT NULL, tried_at bigint, answer ${text}, PRIMARY KEY (consumer, kind, key));
  CREATE INDEX uploads_due ON uploads (consumer, kind, due_at) WHERE state = 'waiting';
  CREATE INDEX uploads_by_order ON uploads (order_id);
  CREATE INDEX uploads_by_at ON uploads (consumer, at);
  CREATE TABLE upload_states (consumer ${text} PRIMARY KEY, state ${text} NOT NULL);
`;

const consumers = 'consumer >= $1 AND consumer < $2';
const removeOld = defineStatement(
  `DELETE FROM uploads WHERE ctid = ANY (ARRAY(
     SELECT ctid FROM uploads WHERE ${consumers} AND at < $3 AND NOT (${isLost} AND tried_at >= $4) LIMIT $5))`,
);

/** Returns the statement that removes the rows of old purchases. */
export function oldUploadRemoval(site: string, before: number, lostBefore: number, limit: number): Statement {
  return removeOld(...connectionConsumerRange(site), before, lostBefore, limit);
}
