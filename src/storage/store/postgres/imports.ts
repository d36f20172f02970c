import { text } from './sql.ts';

/** The same table as `sqlite/imports.ts` describes. */
export const importTables = `
  CREATE TABLE imports (site ${text} NOT NULL, id ${text} NOT NULL, line bigint NOT NULL, accepted bigint NOT NULL, repeated bigint NOT NULL,
    refused bigint NOT NULL, started_at bigint NOT NULL, updated_at bigint NOT NULL, finished_at bigint, PRIMARY KEY (site, id));
`;
