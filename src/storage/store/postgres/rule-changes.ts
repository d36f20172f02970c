import { text } from './sql.ts';

export const ruleChangeTables = `
  CREATE TABLE rule_changes (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, site ${text} NOT NULL, connection ${text} NOT NULL,
    digest ${text} NOT NULL, at bigint NOT NULL, "by" ${text} NOT NULL, rules ${text} NOT NULL);
  CREATE INDEX rule_changes_by_site ON rule_changes (site, connection, id);
`;
