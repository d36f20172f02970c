import { ConveyError } from '../errors.ts';
import type { EventLog } from './log/event-log.ts';
import { openPostgresLog } from './log/postgres/postgres-log.ts';
import { checkDatabase, type DatabaseCheck } from './postgres/check-settings.ts';
import { type Database, openDatabase } from './postgres/database.ts';
import { describeDatabaseError } from './postgres/database-errors.ts';
import { migrateDatabase } from './postgres/migrate-database.ts';
import { schemaSteps } from './postgres-schema.ts';
import type { CommandStore } from './store/commands.ts';
import type { ConnectionStartStore } from './store/connection-starts.ts';
import type { NodeStore } from './store/nodes.ts';
import { createCommands } from './store/postgres/commands.ts';
import { createConnectionStarts } from './store/postgres/connection-states.ts';
import { createNodes } from './store/postgres/nodes.ts';
import { createPostgresStore } from './store/postgres/postgres-store.ts';
import type { Store } from './store/store.ts';

/** The connections of a process, besides those of the event log's appends. */
const maxConnections = 9;

/** The processes that share the database, the commands between them, and the starts of the connections that each may add. */
export interface SharedStores {
  readonly nodes: NodeStore;
  readonly commands: CommandStore;
  readonly starts: ConnectionStartStore;
}

export interface PostgresStorage {
  readonly log: EventLog;
  readonly store: Store;
  readonly shared: SharedStores;
  /** The promise of an acknowledged event, and its risk. */
  readonly check: DatabaseCheck;
  close(): Promise<void>;
}

/**
 * Opens the event log and the store in a PostgreSQL database, after its settings were checked and its schema updated.
 * @throws ConveyError if the database cannot be used, or a setting breaks a promise.
 */
export async function openPostgresStorage(
  url: string,
  onConnectionError: (error: Error) => void = () => {},
): Promise<PostgresStorage> {
  const database = openDatabase({ url, maxConnections, onConnectionError });
  try {
    const check = await prepareDatabase(database);
    const log = openPostgresLog({ database, url });
    const store = createPostgresStore(database);
    return {
      log,
      store,
      shared: { nodes: createNodes(database), commands: createCommands(database), starts: createConnectionStarts(database) },
      check,
      async close() {
        await store.close();
        await log.close();
        await database.close();
      },
    };
  } catch (error) {
    await database.close();
    throw error;
  }
}

/** Reads the settings of a database, without changing anything. @throws ConveyError if it cannot be used. */
export async function inspectDatabase(url: string): Promise<DatabaseCheck> {
  const database = openDatabase({ url, maxConnections: 1 });
  try {
    return await explainErrors(() => checkDatabase(database));
  } finally {
    await database.close();
  }
}

/** Checks the settings, then updates the schema. @throws ConveyError */
function prepareDatabase(database: Database): Promise<DatabaseCheck> {
  return explainErrors(async () => {
    const check = await checkDatabase(database);
    if (check.problems.length > 0) {
      throw new ConveyError(
        `The database of \`store\` breaks a promise: ${check.problems.map(({ setting, rule }) => `\`${setting}\` ${rule}`).join('; ')}`,
        check.problems.map(({ remedy }) => remedy).join('. '),
      );
    }
    await migrateDatabase(database, schemaSteps);
    return check;
  });
}

/** @throws ConveyError instead of the driver's errors, which may name the user and the host alone. */
async function explainErrors<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ConveyError) throw error;
    throw new ConveyError(describeDatabaseError(error), 'Then try again');
  }
}
