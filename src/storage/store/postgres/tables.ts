import { accountTables } from './accounts.ts';
import { attemptTables } from './attempts.ts';
import { collectorNoticeTables } from './collector-notices.ts';
import { commandTables } from './commands.ts';
import { consumerTables } from './connection-states.ts';
import { dashboardSiteTables } from './dashboard-sites.ts';
import { deadLetterTables } from './dead-letters.ts';
import { deferredDeliveryTables } from './deferred-deliveries.ts';
import { erasureTables } from './erasure.ts';
import { eventCountTables } from './event-counts.ts';
import { eventIndexTables } from './event-index.ts';
import { exportTables } from './exports.ts';
import { leaseTables } from './leases.ts';
import { matchCountTables } from './match-counts.ts';
import { nodeTables } from './nodes.ts';
import { outcomeTables } from './outcomes.ts';
import { receiptTables } from './receipts.ts';
import { reportTables } from './reports.ts';
import { retentionTables } from './retention.ts';
import { shopRequestTables } from './shop-requests.ts';
import { signInFailureTables } from './sign-in-failures.ts';
import { spoolTables } from './spools.ts';
import { text } from './sql.ts';
import { rewriteTables } from './table-rewrites.ts';
import { profileTables } from './visitor-profiles.ts';

/** `content`, `alert` and `settings` are JSON. */
const alertTables = `
  CREATE TABLE alert_settings (id integer PRIMARY KEY, settings ${text} NOT NULL);
  CREATE TABLE open_alerts (key ${text} PRIMARY KEY, alert ${text} NOT NULL, began_at bigint NOT NULL);
  CREATE TABLE alert_messages (id ${text} NOT NULL, channel ${text} NOT NULL, state ${text} NOT NULL, created_at bigint NOT NULL,
    due_at bigint NOT NULL, tries bigint NOT NULL, tried_at bigint, content ${text} NOT NULL, problem ${text}, PRIMARY KEY (id, channel));
  CREATE INDEX alert_messages_due ON alert_messages (due_at) WHERE state = 'waiting';
  CREATE INDEX alert_messages_by_creation ON alert_messages (created_at);
`;

/** `issue` is JSON. */
export const issueTables = `
  CREATE TABLE issues (id ${text} PRIMARY KEY, key ${text} NOT NULL, began_at bigint NOT NULL, ended_at bigint, issue ${text} NOT NULL);
  CREATE INDEX issues_by_key ON issues (key, began_at);
  CREATE INDEX issues_by_end ON issues (ended_at);
`;

const ruleChangeTables = `
  CREATE TABLE rule_changes (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, site ${text} NOT NULL, connection ${text} NOT NULL,
    digest ${text} NOT NULL, at bigint NOT NULL, "by" ${text} NOT NULL, rules ${text} NOT NULL);
  CREATE INDEX rule_changes_by_site ON rule_changes (site, connection, id);
`;

/** The tables of the store, by subject. */
export const storeTables = [
  nodeTables,
  commandTables,
  spoolTables,
  leaseTables,
  consumerTables,
  reportTables,
  deferredDeliveryTables,
  deadLetterTables,
  attemptTables,
  outcomeTables,
  receiptTables,
  profileTables,
  eventIndexTables,
  eventCountTables,
  matchCountTables,
  erasureTables,
  retentionTables,
  accountTables,
  alertTables,
  dashboardSiteTables,
  ruleChangeTables,
  signInFailureTables,
  exportTables,
  shopRequestTables,
  collectorNoticeTables,
  rewriteTables,
].join('');
