import { z } from 'zod';
import { encodeBigints, encodeTexts } from '../../postgres/binary-arrays.ts';
import { type Database, defineStatement, type Statement, type Transaction } from '../../postgres/database.ts';
import type { AlertMessage, AlertStore, ReceivedKind } from '../alerts.ts';
import {
  type MessageRow,
  type MissedRow,
  parseAlertSettings,
  parseOpenAlert,
  receivedColumns,
  toMessage,
  toMissedMessage,
} from '../rows/alerts.ts';
import { keepLast, readRow, text, withoutNul } from './sql.ts';

/** `content`, `alert` and `settings` are JSON. */
export const alertTables = `
  CREATE TABLE alert_settings (id integer PRIMARY KEY, settings ${text} NOT NULL);
  CREATE TABLE open_alerts (key ${text} PRIMARY KEY, alert ${text} NOT NULL, began_at bigint NOT NULL);
  CREATE TABLE alert_messages (id ${text} NOT NULL, channel ${text} NOT NULL, state ${text} NOT NULL, created_at bigint NOT NULL,
    due_at bigint NOT NULL, tries bigint NOT NULL, tried_at bigint, content ${text} NOT NULL, problem ${text}, PRIMARY KEY (id, channel));
  CREATE INDEX alert_messages_due ON alert_messages (due_at) WHERE state = 'waiting';
  CREATE INDEX alert_messages_by_creation ON alert_messages (created_at);
`;

const putSettings = defineStatement(
  `INSERT INTO alert_settings (id, settings) VALUES (1, $1) ON CONFLICT (id) DO UPDATE SET settings = excluded.settings
   WHERE coalesce((alert_settings.settings::json ->> 'version')::bigint, 0) = $2`,
);
const retry = defineStatement(
  `UPDATE alert_messages SET tries = 0, due_at = least(due_at, $2::bigint)
   WHERE channel = ANY ($1::text[]) AND state = 'waiting' AND tries > 0`,
);
const hasMessages = defineStatement('SELECT 1 FROM alert_messages WHERE id = ANY ($1::text[]) LIMIT 1');
const openAlert = defineStatement(
  'INSERT INTO open_alerts (key, alert, began_at) VALUES ($1, $2, $3) ON CONFLICT (key) DO NOTHING',
);
const lockAlert = defineStatement<{ readonly alert: string }>('SELECT alert FROM open_alerts WHERE key = $1 FOR UPDATE');
const replaceAlert = defineStatement('UPDATE open_alerts SET alert = $2 WHERE key = $1');
const closeAlert = defineStatement('DELETE FROM open_alerts WHERE key = $1');
const removeWaiting = defineStatement("DELETE FROM alert_messages WHERE id = $1 AND state = 'waiting' AND tries = 0");
const failTried = defineStatement("UPDATE alert_messages SET state = 'failed' WHERE id = $1 AND state = 'waiting'");
const addMessages = defineStatement(
  `INSERT INTO alert_messages (id, channel, created_at, due_at, content, state, tries)
   SELECT g.*, 'waiting', 0 FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::text[]) AS g ON CONFLICT DO NOTHING`,
);
const addSent = defineStatement(
  `INSERT INTO alert_messages (id, channel, state, created_at, due_at, tries, tried_at, content)
   VALUES ($1, $2, 'sent', $3, $4, 1, $3, $5) ON CONFLICT DO NOTHING`,
);
const claim = defineStatement(
  `UPDATE alert_messages SET state = 'sending', tries = tries + 1, tried_at = $3
   WHERE id = $1 AND channel = $2 AND state = 'waiting'`,
);
/** A message is not tried again once the message of its end is stored. */
const settle = defineStatement(
  `UPDATE alert_messages m SET due_at = $4, problem = $5, state = CASE WHEN $3 = 'waiting'
     AND EXISTS (SELECT 1 FROM alert_messages e WHERE e.id = m.id || '/end' AND e.channel = m.channel) THEN 'failed' ELSE $3 END
   WHERE id = $1 AND channel = $2 AND state = 'sending' AND tried_at = $6`,
);
const postpone = defineStatement("UPDATE alert_messages SET due_at = $3 WHERE id = $1 AND channel = $2 AND state = 'waiting'");
const removeOld = defineStatement("DELETE FROM alert_messages WHERE created_at < $1 AND state <> 'sending'");

const selectSettings = defineStatement<{ readonly settings: string }>('SELECT settings FROM alert_settings');
const selectOpen = defineStatement<{ readonly alert: string }>('SELECT alert FROM open_alerts ORDER BY began_at, key');
const selectDue = defineStatement<MessageRow>(
  `SELECT * FROM (
     SELECT *, row_number() OVER (PARTITION BY channel ORDER BY due_at, created_at, id) AS place
     FROM alert_messages WHERE state = 'waiting' AND due_at <= $1
   ) due WHERE place <= $2 ORDER BY due_at, created_at, id, channel`,
);
const selectUnsettled = defineStatement<MessageRow>(
  "SELECT * FROM alert_messages WHERE state = 'sending' AND tried_at < $1 ORDER BY created_at, id, channel",
);
const selectNewest = defineStatement<MessageRow>(
  'SELECT * FROM alert_messages ORDER BY created_at DESC, id DESC, channel LIMIT $1',
);
const selectBegun = defineStatement<{ readonly id: string; readonly content: string }>(
  `SELECT DISTINCT ON (id) id, content FROM alert_messages WHERE created_at >= $1 AND created_at < $2 ORDER BY id, channel`,
);
const selectLastSent = defineStatement<{ readonly channel: string; readonly at: number }>(
  "SELECT channel, max(tried_at) AS at FROM alert_messages WHERE state = 'sent' AND problem IS NULL AND tried_at IS NOT NULL GROUP BY channel",
);
const selectMissed = defineStatement<Omit<MissedRow, 'title'> & { readonly content: string }>(
  `SELECT channel, state, created_at, tries, tried_at, content, problem FROM alert_messages
   WHERE (state <> 'sent' OR problem IS NOT NULL) AND tried_at IS NOT NULL ORDER BY created_at, id, channel`,
);
const defineCounters = (kind: ReceivedKind) => ({
  sum: defineStatement<{ readonly events: number }>(
    `SELECT coalesce(sum(${receivedColumns[kind]}), 0)::bigint AS events FROM received_counts WHERE site = $1 AND bucket >= $2 AND bucket < $3`,
  ),
  range: defineStatement<{ readonly first: number | null; readonly last: number | null }>(
    `SELECT min(bucket) AS first, max(bucket) AS last FROM received_counts WHERE site = $1 AND ${receivedColumns[kind]} > 0`,
  ),
});
const counters = {
  events: defineCounters('events'),
  orders: defineCounters('orders'),
  browserEvents: defineCounters('browserEvents'),
};

const contentSchema = z
  .looseObject({ kind: z.string(), site: z.string().optional(), title: z.string(), digest: z.unknown() })
  .partial();

function parseContent(content: string) {
  return contentSchema.parse(JSON.parse(content));
}

function addMessagesStatement(messages: readonly AlertMessage[]): Statement {
  const rows = keepLast(messages.toReversed(), ({ id, channel }) => JSON.stringify([id, channel])).toReversed();
  return addMessages(
    encodeTexts(rows.map(({ id }) => id)),
    encodeTexts(rows.map(({ channel }) => channel)),
    encodeBigints(rows.map(({ createdAt }) => createdAt)),
    encodeBigints(rows.map(({ dueAt }) => dueAt)),
    encodeTexts(rows.map(({ content }) => JSON.stringify(content))),
  );
}

/** Returns an open alert, and locks it until the transaction ends. */
async function findOpenAlert(transaction: Transaction, key: string) {
  const { rows } = await transaction.query(lockAlert(key));
  return rows[0] && parseOpenAlert(rows[0].alert);
}

export function createAlerts(database: Database): AlertStore {
  const write = async (statement: Statement) => (await database.write(statement)).rowCount;
  return {
    async getAlertSettings() {
      return parseAlertSettings((await readRow(database, selectSettings()))?.settings);
    },
    saveAlertSettings: (settings, changed = { channels: [], now: 0 }) =>
      database.transact(async (transaction) => {
        const { version = 0 } = settings;
        const saved = await transaction.query(putSettings(JSON.stringify({ ...settings, version: version + 1 }), version));
        if (saved.rowCount === 0) return false;
        await transaction.query(retry(encodeTexts([...changed.channels]), changed.now));
        return true;
      }),
    async listOpenAlerts() {
      return (await database.read(selectOpen())).map(({ alert }) => parseOpenAlert(alert));
    },
    beginAlert: (alert, messages) =>
      database.transact(async (transaction) => {
        // An end may have removed the messages of the beginning. Its own message would be ignored as a repetition.
        const stored = await transaction.query(hasMessages(encodeTexts([alert.id, `${alert.id}/end`])));
        if (stored.rowCount > 0) return false;
        const opened = await transaction.query(openAlert(alert.key, JSON.stringify(alert), alert.beganAt));
        if (opened.rowCount === 0) return false;
        await transaction.query(addMessagesStatement(messages));
        return true;
      }),
    addAlertChannels: ({ key, id }, messages) =>
      database.transact(async (transaction) => {
        const alert = await findOpenAlert(transaction, key);
        if (alert?.id !== id) return false;
        const channels = [...alert.channels, ...messages.map(({ channel }) => channel)];
        await transaction.query(replaceAlert(key, JSON.stringify({ ...alert, channels })));
        await transaction.query(addMessagesStatement(messages));
        return true;
      }),
    changeAlertContent: ({ key, id }, content) =>
      database.transact(async (transaction) => {
        const alert = await findOpenAlert(transaction, key);
        if (alert?.id === id) await transaction.query(replaceAlert(key, JSON.stringify({ ...alert, content })));
      }),
    endAlert: (key, messages) =>
      database.transact(async (transaction) => {
        const alert = await findOpenAlert(transaction, key);
        if (!alert) return false;
        const statements = [closeAlert(key), removeWaiting(alert.id), failTried(alert.id), addMessagesStatement(messages)];
        for (const statement of statements) await transaction.query(statement);
        return true;
      }),
    async addAlertMessages(messages) {
      await write(addMessagesStatement(messages));
    },
    async addSentAlertMessage({ id, channel, createdAt, dueAt, content }) {
      await write(addSent(id, channel, createdAt, dueAt, JSON.stringify(content)));
    },
    async claimAlertMessage(id, channel, now) {
      return (await write(claim(id, channel, now))) === 1;
    },
    async settleAlertMessage(id, channel, { state, claimedAt, dueAt, problem }) {
      await write(settle(id, channel, state, dueAt, problem && withoutNul(problem), claimedAt));
    },
    async postponeAlertMessage(id, channel, dueAt) {
      await write(postpone(id, channel, dueAt));
    },
    async hasAlertMessage(id) {
      return (await database.read(hasMessages(encodeTexts([id])))).length > 0;
    },
    async listDueAlertMessages(now, limitByChannel) {
      return (await database.read(selectDue(now, limitByChannel))).map(toMessage);
    },
    async listUnsettledAlertMessages(claimedBefore) {
      return (await database.read(selectUnsettled(claimedBefore))).map(toMessage);
    },
    async listAlertMessages(limit) {
      return (await database.read(selectNewest(limit))).map((row) => {
        const { digest: _, ...content } = parseContent(row.content);
        return toMessage({ ...row, content: JSON.stringify(content) });
      });
    },
    async listBegunAlerts(since, until) {
      const rows = (await database.read(selectBegun(since, until))).map(({ id, content }) => ({ id, ...parseContent(content) }));
      return rows.filter(({ kind }) => kind === 'began').map(({ id, site }) => ({ id, ...(site !== undefined && { site }) }));
    },
    async readAlertAttempts() {
      const [sent, missed] = await Promise.all([database.read(selectLastSent()), database.read(selectMissed())]);
      return {
        sentAt: new Map(sent.map(({ channel, at }) => [channel, at])),
        missed: missed.map((row) => toMissedMessage({ ...row, title: parseContent(row.content).title ?? '' })),
      };
    },
    async removeAlertMessages(createdBefore) {
      await write(removeOld(createdBefore));
    },
    async sumReceived(site, kind, since, until) {
      return (await readRow(database, counters[kind].sum(site, since, until)))?.events ?? 0;
    },
    async getReceivedRange(site, kind) {
      const { first = null, last = null } = (await readRow(database, counters[kind].range(site))) ?? {};
      return first === null || last === null ? undefined : { first, last };
    },
  };
}
