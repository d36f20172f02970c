import { createTestDatabase, type TestDatabase } from '../../../../test/postgres.fixture.ts';
import { type Database, openDatabase } from '../../postgres/database.ts';
import { migrateDatabase } from '../../postgres/migrate-database.ts';
import { schemaSteps } from '../../postgres-schema.ts';

/** A database with the tables of this version. */
export interface StoreDatabase {
  readonly server: TestDatabase;
  readonly database: Database;
  drop(): Promise<void>;
}

export async function createStoreDatabase(): Promise<StoreDatabase> {
  const server = await createTestDatabase();
  const database = openDatabase({ url: server.url, maxConnections: 8 });
  await migrateDatabase(database, schemaSteps);
  return {
    server,
    database,
    async drop() {
      await database.close();
      await server.drop();
    },
  };
}
