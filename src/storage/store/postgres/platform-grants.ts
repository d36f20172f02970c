import { text } from './sql.ts';

/** `scopes`, `account` and `config` are JSON. `goal_check` is JSON, too. `state` is the hash of a state, null once it was used. */
export const grantTables = `
  CREATE TABLE grants (id ${text} PRIMARY KEY, site ${text} NOT NULL, connection ${text}, platform ${text} NOT NULL,
    identity_provider ${text} NOT NULL, user_name ${text} NOT NULL, scopes ${text} NOT NULL, account ${text}, secret ${text} NOT NULL,
    dead_code ${text}, dead_since bigint, revision bigint NOT NULL, refresher ${text}, refresh_until bigint NOT NULL,
    goal_check ${text}, goals_due bigint NOT NULL, created_at bigint NOT NULL);
  CREATE UNIQUE INDEX grants_by_connection ON grants (site, connection);
  CREATE TABLE account_links (id ${text} PRIMARY KEY, site ${text} NOT NULL, session ${text} NOT NULL, secret ${text} NOT NULL,
    expires_at bigint NOT NULL, state ${text}, state_until bigint NOT NULL);
  CREATE TABLE platform_clients (platform ${text} PRIMARY KEY, config ${text} NOT NULL, secret ${text} NOT NULL);
`;

/** `click_check` is JSON. */
export const clickCheckColumns = `
  ALTER TABLE grants ADD COLUMN click_check ${text};
  ALTER TABLE grants ADD COLUMN clicks_due bigint NOT NULL DEFAULT 0;
`;

/** Both texts are JSON. */
export const lateColumns = `
  ALTER TABLE grants ADD COLUMN late_goal ${text};
  ALTER TABLE grants ADD COLUMN late_report ${text};
  ALTER TABLE grants ADD COLUMN late_report_due bigint NOT NULL DEFAULT 0;
`;
