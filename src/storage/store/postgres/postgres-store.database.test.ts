import { afterAll, beforeAll, describe } from 'vitest';
import { createTestDatabase, hasPostgres, type TestDatabase } from '../../../../test/postgres.fixture.ts';
import { type Database, openDatabase } from '../../postgres/database.ts';
import { migrateDatabase } from '../../postgres/migrate-database.ts';
import { schemaSteps } from '../../postgres-schema.ts';
import { storeContract } from '../store.contract.ts';
import type { StoreHarness } from '../store.fixture.ts';
import { createPostgresStore } from './postgres-store.ts';

describe.skipIf(!hasPostgres)('PostgreSQL', () => {
  let server: TestDatabase;
  let database: Database;
  beforeAll(async () => {
    server = await createTestDatabase();
    database = openDatabase({ url: server.url, maxConnections: 4 });
    await migrateDatabase(database, schemaSteps);
  });
  afterAll(async () => {
    await database.close();
    await server.drop();
  });

  const makeHarness = async (): Promise<StoreHarness> => {
    await server.empty();
    let now = 0;
    return {
      open: async () => createPostgresStore(database, { now: () => now }),
      // What a commit wrote is the server's; the adapter keeps nothing in memory.
      crash: async () => {},
      setTime: (time) => {
        now = time;
      },
      dispose: async () => {},
    };
  };

  storeContract('PostgreSQL', makeHarness);
});
