import { text } from './sql.ts';

/** `content`, `alert` and `settings` are JSON. */
export const alertTables = `
  CREATE TABLE alert_settings (id integer PRIMARY KEY, settings ${text} NOT NULL);
  CREATE TABLE open_alerts (key ${text} PRIMARY KEY, alert ${text} NOT NULL, began_at bigint NOT NULL);
  CREATE TABLE alert_messages (id ${text} NOT NULL, channel ${text} NOT NULL, state ${text} NOT NULL, created_at bigint NOT NULL,
    due_at bigint NOT NULL, tries bigint NOT NULL, tried_at bigint, content ${text} NOT NULL, problem ${text}, PRIMARY KEY (id, channel));
  CREATE INDEX alert_messages_due ON alert_messages (due_at) WHERE state = 'waiting';
  CREATE INDEX alert_messages_by_creation ON alert_messages (created_at);
`;
