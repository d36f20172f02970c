import type { Json } from '../../event/issue.ts';
import type { AlertMessage, OpenAlert, StoredAlertSettings } from '../ports/alerts.ts';
import { defineChanges, has, run, type Steps, select } from '../sql/change.ts';
import { defineStatement, type Statement } from '../sql/statement.ts';

export const selectSettings = defineStatement<{ readonly settings: string }>('SELECT settings FROM alert_settings');
const putSettings = defineStatement(
  'INSERT INTO alert_settings (id, settings) VALUES (1, $1) ON CONFLICT (id) DO UPDATE SET settings = excluded.settings',
);
const retry = defineStatement(
  `UPDATE alert_messages SET tries = 0, due_at = CASE WHEN due_at < $2 THEN due_at ELSE $2 END
   WHERE channel = $1 AND state = 'waiting' AND tries > 0`,
);
export const findMessage = defineStatement('SELECT 1 FROM alert_messages WHERE id = $1 LIMIT 1');
const openAlert = defineStatement(
  'INSERT INTO open_alerts (key, alert, began_at) VALUES ($1, $2, $3) ON CONFLICT (key) DO NOTHING',
);
const selectAlert = defineStatement<{ readonly alert: string }>('SELECT alert FROM open_alerts WHERE key = $1');
const replaceAlert = defineStatement('UPDATE open_alerts SET alert = $2 WHERE key = $1');
const closeAlert = defineStatement('DELETE FROM open_alerts WHERE key = $1');
const removeWaiting = defineStatement("DELETE FROM alert_messages WHERE id = $1 AND state = 'waiting' AND tries = 0");
const failTried = defineStatement("UPDATE alert_messages SET state = 'failed' WHERE id = $1 AND state = 'waiting'");
const addMessage = defineStatement(
  `INSERT INTO alert_messages (id, channel, state, created_at, due_at, tries, content)
   VALUES ($1, $2, 'waiting', $3, $4, 0, $5) ON CONFLICT DO NOTHING`,
);

function addAll(messages: readonly AlertMessage[]): readonly Statement[] {
  return messages.map(({ id, channel, createdAt, dueAt, content }) =>
    addMessage(id, channel, createdAt, dueAt, JSON.stringify(content)),
  );
}

function* findOpen(key: string): Steps<OpenAlert | undefined> {
  const [row] = yield* select(selectAlert(key));
  return row && JSON.parse(row.alert);
}

const defineAlertChange = defineChanges('open_alerts');
/** Runs in the writer's thread of SQLite too, so it loads no schemas. */
export const alertChanges = {
  saveSettings: defineAlertChange(
    'save-settings',
    function* (settings: StoredAlertSettings, { channels, now }: { readonly channels: readonly string[]; readonly now: number }) {
      const { version = 0 } = settings;
      const [row] = yield* select(selectSettings());
      const stored: StoredAlertSettings | undefined = row && JSON.parse(row.settings);
      if (stored && (stored.version ?? 0) !== version) return false;
      const text = JSON.stringify({ ...settings, version: version + 1 });
      yield* run(putSettings(text), ...channels.map((channel) => retry(channel, now)));
      return true;
    },
    { purges: true },
  ),
  begin: defineAlertChange('begin', function* (alert: OpenAlert, messages: readonly AlertMessage[]) {
    // An end may have removed the messages of the beginning. Its own message would be ignored as a repetition.
    for (const id of [alert.id, `${alert.id}/end`]) if (yield* has(findMessage(id))) return false;
    if (!(yield* has(openAlert(alert.key, JSON.stringify(alert), alert.beganAt)))) return false;
    yield* run(...addAll(messages));
    return true;
  }),
  addChannels: defineAlertChange('add-channels', function* (key: string, id: string, messages: readonly AlertMessage[]) {
    const alert = yield* findOpen(key);
    if (alert?.id !== id) return false;
    const channels = [...alert.channels, ...messages.map(({ channel }) => channel)];
    yield* run(replaceAlert(key, JSON.stringify({ ...alert, channels })), ...addAll(messages));
    return true;
  }),
  changeContent: defineAlertChange('change-content', function* (key: string, id: string, content: Json) {
    const alert = yield* findOpen(key);
    if (alert?.id === id) yield* run(replaceAlert(key, JSON.stringify({ ...alert, content })));
  }),
  end: defineAlertChange('end', function* (key: string, messages: readonly AlertMessage[]) {
    const alert = yield* findOpen(key);
    if (!alert) return false;
    yield* run(closeAlert(key), removeWaiting(alert.id), failTried(alert.id), ...addAll(messages));
    return true;
  }),
  addMessages: defineAlertChange('add-messages', (messages: readonly AlertMessage[]) => run(...addAll(messages))),
};
