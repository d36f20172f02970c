/** `id` is the digest of a file and its mapping, `line` the last line whose result is durable. */
export const importSchema = `
  CREATE TABLE imports (site TEXT NOT NULL, id TEXT NOT NULL, line INTEGER NOT NULL, accepted INTEGER NOT NULL, repeated INTEGER NOT NULL,
    refused INTEGER NOT NULL, started_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, finished_at INTEGER,
    PRIMARY KEY (site, id)) STRICT, WITHOUT ROWID;
`;
