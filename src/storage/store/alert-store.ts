import { z } from 'zod';
import type { AlertStore, ReceivedKind } from '../ports/alerts.ts';
import type { Sql } from '../sql/change.ts';
import { defineStatement } from '../sql/statement.ts';
import { alertChanges, findMessage, selectSettings } from './alert-changes.ts';
import {
  type MessageRow,
  type MissedRow,
  parseAlertSettings,
  parseOpenAlert,
  receivedColumns,
  toMessage,
  toMissedMessage,
} from './rows/alerts.ts';

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
  `UPDATE alert_messages AS m SET due_at = $4, problem = $5, state = CASE WHEN $3 = 'waiting'
     AND EXISTS (SELECT 1 FROM alert_messages e WHERE e.id = m.id || '/end' AND e.channel = m.channel) THEN 'failed' ELSE $3 END
   WHERE id = $1 AND channel = $2 AND state = 'sending' AND tried_at = $6`,
);
const postpone = defineStatement("UPDATE alert_messages SET due_at = $3 WHERE id = $1 AND channel = $2 AND state = 'waiting'");
const removeOld = defineStatement("DELETE FROM alert_messages WHERE created_at < $1 AND state <> 'sending'");
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
  `SELECT id, content FROM alert_messages m WHERE created_at >= $1 AND created_at < $2 AND channel =
     (SELECT min(channel) FROM alert_messages o WHERE o.id = m.id AND created_at >= $1 AND created_at < $2) ORDER BY id`,
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
    `SELECT CAST(coalesce(sum(${receivedColumns[kind]}), 0) AS bigint) AS events FROM received_counts
     WHERE site = $1 AND bucket >= $2 AND bucket < $3`,
  ),
  range: defineStatement<{ readonly first: number | null; readonly last: number | null }>(
    `SELECT min(bucket) AS first, max(bucket) AS last FROM received_counts
     WHERE site = $1 AND bucket >= $2 AND ${receivedColumns[kind]} > 0`,
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
const parseContent = (content: string) => contentSchema.parse(JSON.parse(content));

export function createAlertStore(sql: Sql): AlertStore {
  return {
    getAlertSettings: async () => parseAlertSettings((await sql.read(selectSettings()))[0]?.settings),
    saveAlertSettings: (settings, changed = { channels: [], now: 0 }) => sql.change(alertChanges.saveSettings, settings, changed),
    listOpenAlerts: async () => (await sql.read(selectOpen())).map(({ alert }) => parseOpenAlert(alert)),
    beginAlert: (alert, messages) => sql.change(alertChanges.begin, alert, messages),
    addAlertChannels: ({ key, id }, messages) => sql.change(alertChanges.addChannels, key, id, messages),
    changeAlertContent: ({ key, id }, content) => sql.change(alertChanges.changeContent, key, id, content),
    endAlert: (key, messages) => sql.change(alertChanges.end, key, messages),
    addAlertMessages: async (messages) => void (await sql.change(alertChanges.addMessages, messages)),
    addSentAlertMessage: async ({ id, channel, createdAt, dueAt, content }) =>
      void (await sql.write(addSent(id, channel, createdAt, dueAt, JSON.stringify(content)))),
    claimAlertMessage: async (id, channel, now) => (await sql.write(claim(id, channel, now))) === 1,
    settleAlertMessage: async (id, channel, { state, claimedAt, dueAt, problem }) =>
      void (await sql.write(settle(id, channel, state, dueAt, problem, claimedAt))),
    postponeAlertMessage: async (id, channel, dueAt) => void (await sql.write(postpone(id, channel, dueAt))),
    hasAlertMessage: async (id) => (await sql.read(findMessage(id))).length > 0,
    listDueAlertMessages: async (now, limitByChannel) => (await sql.read(selectDue(now, limitByChannel))).map(toMessage),
    listUnsettledAlertMessages: async (claimedBefore) => (await sql.read(selectUnsettled(claimedBefore))).map(toMessage),
    async listAlertMessages(limit) {
      return (await sql.read(selectNewest(limit))).map((row) => {
        const { digest: _, ...content } = parseContent(row.content);
        return toMessage({ ...row, content: JSON.stringify(content) });
      });
    },
    async listBegunAlerts(since, until) {
      const rows = (await sql.read(selectBegun(since, until))).map(({ id, content }) => ({ id, ...parseContent(content) }));
      return rows.filter(({ kind }) => kind === 'began').map(({ id, site }) => ({ id, ...(site !== undefined && { site }) }));
    },
    async readAlertAttempts() {
      const [sent, missed] = await Promise.all([sql.read(selectLastSent()), sql.read(selectMissed())]);
      return {
        sentAt: new Map(sent.map(({ channel, at }) => [channel, at])),
        missed: missed.map((row) => toMissedMessage({ ...row, title: parseContent(row.content).title ?? '' })),
      };
    },
    removeAlertMessages: async (createdBefore) => void (await sql.write(removeOld(createdBefore))),
    sumReceived: async (site, kind, since, until) => (await sql.read(counters[kind].sum(site, since, until)))[0]?.events ?? 0,
    async getReceivedRange(site, kind, since) {
      const { first = null, last = null } = (await sql.read(counters[kind].range(site, since)))[0] ?? {};
      return first === null || last === null ? undefined : { first, last };
    },
  };
}
