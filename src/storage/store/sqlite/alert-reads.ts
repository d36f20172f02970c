import type { Db } from '../../sqlite/open.ts';
import type { AlertStore, ReceivedKind } from '../alerts.ts';
import {
  type MessageRow,
  type MissedRow,
  parseAlertSettings,
  parseOpenAlert,
  receivedColumns,
  toMessage,
  toMissedMessage,
} from '../rows/alerts.ts';

type AlertReads = Pick<
  AlertStore,
  | 'getAlertSettings'
  | 'listOpenAlerts'
  | 'hasAlertMessage'
  | 'listDueAlertMessages'
  | 'listUnsettledAlertMessages'
  | 'listAlertMessages'
  | 'listBegunAlerts'
  | 'readAlertAttempts'
  | 'sumReceived'
  | 'getReceivedRange'
>;

export function createAlertReads(db: Db): AlertReads {
  const settings = db.prepare<[], string>('SELECT settings FROM alert_settings').pluck();
  const open = db.prepare<[], string>('SELECT alert FROM open_alerts ORDER BY began_at, key').pluck();
  const any = db.prepare<[string], number>('SELECT 1 FROM alert_messages WHERE id = ? LIMIT 1').pluck();
  const due = db.prepare<[number, number], MessageRow>(
    `SELECT * FROM (
       SELECT *, row_number() OVER (PARTITION BY channel ORDER BY due_at, created_at, id) AS place
       FROM alert_messages WHERE state = 'waiting' AND due_at <= ?
     ) WHERE place <= ? ORDER BY due_at, created_at, id, channel`,
  );
  const unsettled = db.prepare<[number], MessageRow>(
    "SELECT * FROM alert_messages WHERE state = 'sending' AND tried_at < ? ORDER BY created_at, id, channel",
  );
  const newest = db.prepare<[number], MessageRow>(
    `SELECT id, channel, state, created_at, due_at, tries, tried_at, json_remove(content, '$.digest') AS content, problem
     FROM alert_messages ORDER BY created_at DESC, id DESC, channel LIMIT ?`,
  );
  const begun = db.prepare<[number, number], { readonly id: string; readonly site: string | null }>(
    `SELECT DISTINCT id, content ->> 'site' AS site FROM alert_messages
     WHERE created_at >= ? AND created_at < ? AND content ->> 'kind' = 'began' ORDER BY id`,
  );
  const lastSent = db.prepare<[], { readonly channel: string; readonly at: number }>(
    "SELECT channel, max(tried_at) AS at FROM alert_messages WHERE state = 'sent' AND problem IS NULL AND tried_at IS NOT NULL GROUP BY channel",
  );
  const missed = db.prepare<[], MissedRow>(
    `SELECT channel, state, created_at, tries, tried_at, content ->> 'title' AS title, problem FROM alert_messages
     WHERE (state <> 'sent' OR problem IS NOT NULL) AND tried_at IS NOT NULL ORDER BY created_at, id, channel`,
  );
  const ofKind = (kind: ReceivedKind) => ({
    sum: db
      .prepare<[string, number, number], number>(
        `SELECT coalesce(sum(${receivedColumns[kind]}), 0) FROM received_counts WHERE site = ? AND bucket >= ? AND bucket < ?`,
      )
      .pluck(),
    first: db
      .prepare<[string], number>(
        `SELECT bucket FROM received_counts WHERE site = ? AND ${receivedColumns[kind]} > 0 ORDER BY bucket LIMIT 1`,
      )
      .pluck(),
    last: db
      .prepare<[string], number>(
        `SELECT bucket FROM received_counts WHERE site = ? AND ${receivedColumns[kind]} > 0 ORDER BY bucket DESC LIMIT 1`,
      )
      .pluck(),
  });
  const counters = { events: ofKind('events'), orders: ofKind('orders'), browserEvents: ofKind('browserEvents') };
  return {
    async getAlertSettings() {
      return parseAlertSettings(settings.get());
    },
    async listOpenAlerts() {
      return open.all().map(parseOpenAlert);
    },
    async hasAlertMessage(id) {
      return any.get(id) !== undefined;
    },
    async listDueAlertMessages(now, limitByChannel) {
      return due.all(now, limitByChannel).map(toMessage);
    },
    async listUnsettledAlertMessages(claimedBefore) {
      return unsettled.all(claimedBefore).map(toMessage);
    },
    async listAlertMessages(limit) {
      return newest.all(limit).map(toMessage);
    },
    async listBegunAlerts(since, until) {
      return begun.all(since, until).map(({ id, site }) => ({ id, ...(site !== null && { site }) }));
    },
    async readAlertAttempts() {
      return {
        sentAt: new Map(lastSent.all().map(({ channel, at }) => [channel, at])),
        missed: missed.all().map(toMissedMessage),
      };
    },
    async sumReceived(site, kind, since, until) {
      return counters[kind].sum.get(site, since, until) ?? 0;
    },
    async getReceivedRange(site, kind) {
      const first = counters[kind].first.get(site);
      const last = counters[kind].last.get(site);
      return first === undefined || last === undefined ? undefined : { first, last };
    },
  };
}
