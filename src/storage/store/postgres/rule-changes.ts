import type { Database } from '../../postgres/database.ts';
import { defineStatement } from '../../sql/statement.ts';
import { type RuleChangeRow, toRuleChange } from '../rows/rule-changes.ts';
import { maxRuleChanges, type RuleChangeStore } from '../rule-changes.ts';
import { changeSites, connectionStatements, siteStatements } from './dashboard-sites.ts';
import { text } from './sql.ts';

export const ruleChangeTables = `
  CREATE TABLE rule_changes (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, site ${text} NOT NULL, connection ${text} NOT NULL,
    digest ${text} NOT NULL, at bigint NOT NULL, "by" ${text} NOT NULL, rules ${text} NOT NULL);
  CREATE INDEX rule_changes_by_site ON rule_changes (site, connection, id);
`;

/** Gateways that start together read the same config file, and only one adds its rules. */
const lock = defineStatement(`SELECT pg_advisory_xact_lock(hashtextextended('rules:' || $1::text, 0))`);
const put = defineStatement(
  `INSERT INTO rule_changes (site, connection, digest, at, "by", rules)
   SELECT $1, $2, $3, $4, $5, $6 WHERE $3::text IS DISTINCT FROM
     (SELECT digest FROM rule_changes WHERE site = $1 AND connection = $2 ORDER BY id DESC LIMIT 1)`,
);
const trim = defineStatement(
  `DELETE FROM rule_changes WHERE id IN (
     SELECT id FROM rule_changes WHERE site = $1 AND connection = $2 ORDER BY id DESC OFFSET ${maxRuleChanges})`,
);
const remove = defineStatement('DELETE FROM rule_changes WHERE site = $1');
const removeOfConnection = defineStatement('DELETE FROM rule_changes WHERE site = $1 AND connection = $2');
const select = defineStatement<RuleChangeRow>(
  `SELECT site, connection, digest, at, "by", rules FROM (
     SELECT *, row_number() OVER (PARTITION BY connection ORDER BY id DESC) AS place FROM rule_changes WHERE site = $1
   ) ranked WHERE place <= $2 ORDER BY id DESC`,
);

/** @param version the one that the sites must have when one is saved; any by default */
export function createRuleChanges(database: Database, version?: number): RuleChangeStore {
  return {
    async listRuleChanges(site, versions = maxRuleChanges) {
      return (await database.read(select(site, versions))).map(toRuleChange);
    },
    async addRuleChange({ site, connection = '', digest, at, by, rules }, owner) {
      const save =
        owner && ('site' in owner ? siteStatements(owner.site, version) : connectionStatements(owner.connection, version));
      const add = [lock(site), put(site, connection, digest, at, by, JSON.stringify(rules)), trim(site, connection)];
      await changeSites(() => database.commit([...(save ?? []), ...add]));
    },
    async removeRuleChanges(site, connection) {
      await database.commit([connection === undefined ? remove(site) : removeOfConnection(site, connection)]);
    },
  };
}
