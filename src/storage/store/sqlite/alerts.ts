import type { Json } from '../../../event/issue.ts';
import type { Db } from '../../sqlite/open.ts';
import type { AlertMessage, AlertMessageState, AlertStore, OpenAlert, StoredAlertSettings } from '../alerts.ts';

export type AlertOp =
  | {
      readonly kind: 'save-alert-settings';
      readonly settings: StoredAlertSettings;
      readonly changed: { readonly channels: readonly string[]; readonly now: number };
    }
  | { readonly kind: 'begin-alert'; readonly alert: OpenAlert; readonly messages: readonly AlertMessage[] }
  | { readonly kind: 'add-alert-channels'; readonly key: string; readonly id: string; readonly messages: readonly AlertMessage[] }
  | { readonly kind: 'change-alert-content'; readonly key: string; readonly id: string; readonly content: Json }
  | { readonly kind: 'end-alert'; readonly key: string; readonly messages: readonly AlertMessage[] }
  | { readonly kind: 'add-alert-messages'; readonly messages: readonly AlertMessage[] }
  | { readonly kind: 'add-sent-alert-message'; readonly message: AlertMessage }
  | { readonly kind: 'claim-alert-message'; readonly id: string; readonly channel: string; readonly now: number }
  | {
      readonly kind: 'settle-alert-message';
      readonly id: string;
      readonly channel: string;
      readonly state: AlertMessageState;
      readonly claimedAt: number;
      readonly dueAt: number;
      readonly problem: string | null;
    }
  | { readonly kind: 'postpone-alert-message'; readonly id: string; readonly channel: string; readonly dueAt: number }
  | { readonly kind: 'remove-alert-messages'; readonly createdBefore: number };

/** Prepares the writes of alerts. Each returns 1 if it changed something. Runs in the writer's thread. */
export function prepareAlertOps(db: Db): (op: AlertOp) => number {
  const putSettings = db.prepare(
    `INSERT INTO alert_settings (id, settings) VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET settings = excluded.settings
     WHERE coalesce(alert_settings.settings ->> 'version', 0) = ?`,
  );
  const retry = db.prepare(
    "UPDATE alert_messages SET tries = 0, due_at = min(due_at, ?) WHERE channel = ? AND state = 'waiting' AND tries > 0",
  );
  const hasMessage = db.prepare<[string], number>('SELECT 1 FROM alert_messages WHERE id = ? LIMIT 1').pluck();
  const open = db.prepare('INSERT OR IGNORE INTO open_alerts (key, alert, began_at) VALUES (?, ?, ?)');
  const findOpen = db.prepare<[string], string>("SELECT alert ->> 'id' FROM open_alerts WHERE key = ?").pluck();
  const extend = db.prepare("UPDATE open_alerts SET alert = json_insert(alert, '$.channels[#]', ?) WHERE key = ?");
  const changeContent = db.prepare("UPDATE open_alerts SET alert = json_set(alert, '$.content', json(?)) WHERE key = ?");
  const close = db.prepare('DELETE FROM open_alerts WHERE key = ?');
  const removeWaiting = db.prepare("DELETE FROM alert_messages WHERE id = ? AND state = 'waiting' AND tries = 0");
  const failTried = db.prepare("UPDATE alert_messages SET state = 'failed' WHERE id = ? AND state = 'waiting'");
  const add = db.prepare(
    "INSERT OR IGNORE INTO alert_messages (id, channel, state, created_at, due_at, tries, content) VALUES (?, ?, 'waiting', ?, ?, 0, ?)",
  );
  const addSent = db.prepare(
    "INSERT OR IGNORE INTO alert_messages (id, channel, state, created_at, due_at, tries, tried_at, content) VALUES (?, ?, 'sent', ?, ?, 1, ?, ?)",
  );
  const claim = db.prepare(
    "UPDATE alert_messages SET state = 'sending', tries = tries + 1, tried_at = ? WHERE id = ? AND channel = ? AND state = 'waiting'",
  );
  const settle = db.prepare(
    "UPDATE alert_messages SET state = ?, due_at = ?, problem = ? WHERE id = ? AND channel = ? AND state = 'sending' AND tried_at = ?",
  );
  const postpone = db.prepare("UPDATE alert_messages SET due_at = ? WHERE id = ? AND channel = ? AND state = 'waiting'");
  const hasEnd = db
    .prepare<[string, string], number>("SELECT 1 FROM alert_messages WHERE id = ? || '/end' AND channel = ?")
    .pluck();
  const removeOld = db.prepare("DELETE FROM alert_messages WHERE created_at < ? AND state <> 'sending'");
  const addAll = (messages: readonly AlertMessage[]) => {
    for (const { id, channel, createdAt, dueAt, content } of messages)
      add.run(id, channel, createdAt, dueAt, JSON.stringify(content));
  };
  return (op) => {
    switch (op.kind) {
      case 'save-alert-settings': {
        const version = op.settings.version ?? 0;
        if (putSettings.run(JSON.stringify({ ...op.settings, version: version + 1 }), version).changes === 0) return 0;
        for (const channel of op.changed.channels) retry.run(op.changed.now, channel);
        return 1;
      }
      case 'begin-alert': {
        // An end may have removed the messages of the beginning. Its own message would be ignored as a repetition.
        if ([op.alert.id, `${op.alert.id}/end`].some((id) => hasMessage.get(id) !== undefined)) return 0;
        if (open.run(op.alert.key, JSON.stringify(op.alert), op.alert.beganAt).changes === 0) return 0;
        addAll(op.messages);
        return 1;
      }
      case 'add-alert-channels':
        if (findOpen.get(op.key) !== op.id) return 0;
        for (const { channel } of op.messages) extend.run(channel, op.key);
        addAll(op.messages);
        return 1;
      case 'change-alert-content':
        return findOpen.get(op.key) === op.id ? changeContent.run(JSON.stringify(op.content), op.key).changes : 0;
      case 'end-alert': {
        const id = findOpen.get(op.key);
        if (id === undefined) return 0;
        close.run(op.key);
        removeWaiting.run(id);
        failTried.run(id);
        addAll(op.messages);
        return 1;
      }
      case 'add-alert-messages':
        addAll(op.messages);
        return 1;
      case 'add-sent-alert-message': {
        const { id, channel, createdAt, dueAt, content } = op.message;
        return addSent.run(id, channel, createdAt, dueAt, createdAt, JSON.stringify(content)).changes;
      }
      case 'claim-alert-message':
        return claim.run(op.now, op.id, op.channel).changes;
      case 'settle-alert-message': {
        const isLate = op.state === 'waiting' && hasEnd.get(op.id, op.channel) !== undefined;
        return settle.run(isLate ? 'failed' : op.state, op.dueAt, op.problem, op.id, op.channel, op.claimedAt).changes;
      }
      case 'postpone-alert-message':
        return postpone.run(op.dueAt, op.id, op.channel).changes;
      case 'remove-alert-messages':
        return removeOld.run(op.createdBefore).changes;
    }
  };
}

type AlertWrites = Pick<
  AlertStore,
  | 'saveAlertSettings'
  | 'beginAlert'
  | 'addAlertChannels'
  | 'changeAlertContent'
  | 'endAlert'
  | 'addAlertMessages'
  | 'addSentAlertMessage'
  | 'claimAlertMessage'
  | 'settleAlertMessage'
  | 'postponeAlertMessage'
  | 'removeAlertMessages'
>;

export function createAlertWrites(write: (op: AlertOp) => Promise<number | null>): AlertWrites {
  const hasChanged = async (op: AlertOp) => (await write(op)) === 1;
  const run = async (op: AlertOp) => {
    await write(op);
  };
  return {
    saveAlertSettings: (settings, changed = { channels: [], now: 0 }) =>
      hasChanged({ kind: 'save-alert-settings', settings, changed }),
    beginAlert: (alert, messages) => hasChanged({ kind: 'begin-alert', alert, messages }),
    addAlertChannels: ({ key, id }, messages) => hasChanged({ kind: 'add-alert-channels', key, id, messages }),
    changeAlertContent: ({ key, id }, content) => run({ kind: 'change-alert-content', key, id, content }),
    endAlert: (key, messages) => hasChanged({ kind: 'end-alert', key, messages }),
    addAlertMessages: (messages) => run({ kind: 'add-alert-messages', messages }),
    addSentAlertMessage: (message) => run({ kind: 'add-sent-alert-message', message }),
    claimAlertMessage: (id, channel, now) => hasChanged({ kind: 'claim-alert-message', id, channel, now }),
    settleAlertMessage: (id, channel, { state, claimedAt, dueAt, problem = null }) =>
      run({ kind: 'settle-alert-message', id, channel, state, claimedAt, dueAt, problem }),
    postponeAlertMessage: (id, channel, dueAt) => run({ kind: 'postpone-alert-message', id, channel, dueAt }),
    removeAlertMessages: (createdBefore) => run({ kind: 'remove-alert-messages', createdBefore }),
  };
}
