import { ConveyError } from '../errors.ts';
import type { EventLog } from './log/event-log.ts';
import { openPostgresLog } from './log/postgres/postgres-log.ts';
import { checkDatabase, type DatabaseCheck } from './postgres/check-settings.ts';
import { type Database, openDatabase } from './postgres/database.ts';
import { describeDatabaseError } from './postgres/database-errors.ts';
import { isCurrent, migrateDatabase } from './postgres/migrate-database.ts';
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
const maxConnections = 7;
/** The connections for the leases' renewals, the beats and the commands, which must not wait behind long commits of one site. */
const maxShared = 2;

/** The processes that share the database, the commands between them, and the starts of the connections that each may add. */
export interface SharedStores {
  readonly nodes: NodeStore;
  readonly commands: CommandStore;
  readonly starts: ConnectionStartStore;
}

export interface PostgresStorageOptions {
  /** Called with the error of an idle connection. */
  readonly onConnectionError?: (error: Error) => void;
  /** Whether an older schema is updated, as by default. If not, it is refused. */
  readonly updatesSchema?: boolean;
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
  { onConnectionError = () => {}, updatesSchema = true }: PostgresStorageOptions = {},
): Promise<PostgresStorage> {
  const database = openDatabase({ url, maxConnections, onConnectionError });
  const sharing = openDatabase({ url, maxConnections: maxShared, onConnectionError });
  try {
    const check = await prepareDatabase(database, updatesSchema);
    const log = openPostgresLog({ database, url });
    const store = createPostgresStore(database, { renewing: sharing });
    return {
      log,
      store,
      shared: { nodes: createNodes(sharing), commands: createCommands(sharing), starts: createConnectionStarts(database) },
      check,
      async close() {
        await store.close();
        await log.close();
        await Promise.all([database.close(), sharing.close()]);
      },
    };
  } catch (error) {
    await Promise.all([database.close(), sharing.close()]);
    throw error;
  }
}

/** Returns whether a start leaves the schema of a database as it is. @throws ConveyError */
export async function isSchemaCurrent(url: string): Promise<boolean> {
  const database = openDatabase({ url, maxConnections: 1 });
  try {
    return await explainErrors(() => isCurrent(database, schemaSteps));
  } finally {
    await database.close();
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

/** Checks the settings, then the schema. @throws ConveyError */
function prepareDatabase(database: Database, updatesSchema: boolean): Promise<DatabaseCheck> {
  return explainErrors(async () => {
    const check = await checkDatabase(database);
    if (check.problems.length > 0) {
      throw new ConveyError(
        `The database of \`store\` breaks a promise`,
        check.problems.map(({ setting, rule, remedy }) => `\`${setting}\` ${rule}. ${remedy}`).join('. '),
      );
    }
    if (updatesSchema) await migrateDatabase(database, schemaSteps);
    else if (!(await isCurrent(database, schemaSteps)))
      throw new ConveyError("The database's tables are not those of this version", 'Call `convey migrate`, or start the gateway');
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
