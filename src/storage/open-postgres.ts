import { ConveyError } from '../errors.ts';
import type { UnixMs } from '../event/units.ts';
import type { EventLog } from './log/event-log.ts';
import { DatabaseOutage, type DatabaseOutageDeps } from './log/postgres/database-outage.ts';
import { openPostgresLog } from './log/postgres/postgres-log.ts';
import { assertNotMoving } from './move/folder-move.ts';
import type { CollectorNoticeStore } from './ports/collector-notices.ts';
import type { CommandStore } from './ports/commands.ts';
import type { ConnectionStartStore } from './ports/connection-starts.ts';
import type { ExportStore } from './ports/exports.ts';
import { type NodeStore, nodeAliveMs, type StoreNode } from './ports/nodes.ts';
import type { PageSessionStore } from './ports/page-sessions.ts';
import type { ShopRequestStore } from './ports/shop-requests.ts';
import type { SignInFailureStore } from './ports/sign-in-failures.ts';
import type { SpoolStore } from './ports/spools.ts';
import type { Store } from './ports/store.ts';
import type { TableRewriteStore } from './ports/table-rewrites.ts';
import { checkDatabase, type DatabaseCheck, type Durability, demandSettings } from './postgres/check-settings.ts';
import { type Database, openDatabase } from './postgres/database.ts';
import { explainErrors } from './postgres/database-errors.ts';
import { isCurrent, migrateDatabase } from './postgres/migrate-database.ts';
import { readServerTime } from './postgres/server-time.ts';
import { schemaSteps } from './postgres-schema.ts';
import { createCollectorNotices } from './store/postgres/collector-notices.ts';
import { createCommands } from './store/postgres/commands.ts';
import { createConnectionStarts } from './store/postgres/connection-states.ts';
import { createExports } from './store/postgres/exports.ts';
import { createNodes } from './store/postgres/nodes.ts';
import { createPageSessions } from './store/postgres/page-sessions.ts';
import { createPostgresStore } from './store/postgres/postgres-store.ts';
import { createShopRequests } from './store/postgres/shop-requests.ts';
import { createSignInFailures } from './store/postgres/sign-in-failures.ts';
import { createSpools } from './store/postgres/spools.ts';
import { createTableRewrites } from './store/postgres/table-rewrites.ts';

/** The connections of a process, besides those of the event log's appends. */
const maxConnections = 7;
/** The connections for the leases' renewals, the heartbeats and the commands, which must not wait behind long commits of one site. */
const maxShared = 2;
/** The limit of a statement that asks for a sign of life. */
const answerMs = 2_000;

/** The state that processes on one database share, besides the store. */
export interface SharedStores {
  readonly nodes: NodeStore;
  readonly commands: CommandStore;
  readonly spools: SpoolStore;
  readonly starts: ConnectionStartStore;
  readonly exports: ExportStore;
  readonly rewrites: TableRewriteStore;
  readonly notices: CollectorNoticeStore;
  readonly pageSessions: PageSessionStore;
  readonly shopRequests: ShopRequestStore;
  readonly signInFailures: SignInFailureStore;
}

export interface PostgresStorageOptions {
  /** Called with the error of an idle connection. */
  readonly onConnectionError?: (error: Error) => void;
  /** The proof that commits are durable: the server's settings by default. */
  readonly durability?: Durability;
  /** Whether an older schema is updated, as by default. If not, it is refused. */
  readonly updatesSchema?: boolean;
  /** Called before each step of an update of the schema, with its number. */
  readonly onSchemaStep?: (step: number) => void;
  /** Whether connections of the dashboard are read with their secrets, as by default. */
  readonly readsSecrets?: boolean;
}

export interface PostgresStorage {
  readonly log: EventLog;
  readonly store: Store;
  readonly shared: SharedStores;
  /** The promise of an acknowledged event, and its risk. */
  readonly check: DatabaseCheck;
  watchOutages(deps: DatabaseOutageDeps): DatabaseOutage;
  /** Reads the clock of the database. */
  readTime(): Promise<UnixMs>;
  /** Returns whether the database answers a read within 2 s. It may refuse writes all the same, which `watchOutages` reports. */
  answers(): Promise<boolean>;
  close(): Promise<void>;
}

/**
 * Opens the event log and the store in a PostgreSQL database, after its settings were checked and its schema updated.
 * @throws ConveyError if the database cannot be used, or a setting breaks a promise.
 */
export async function openPostgresStorage(
  url: string,
  {
    onConnectionError = () => {},
    durability = 'checked',
    updatesSchema = true,
    onSchemaStep,
    readsSecrets = true,
  }: PostgresStorageOptions = {},
): Promise<PostgresStorage> {
  const verify = async (connection: Pick<Database, 'read'>) => void (await demandSettings(connection, durability));
  const database = openDatabase({ url, maxConnections, onConnectionError, verify });
  const sharing = openDatabase({ url, maxConnections: maxShared, onConnectionError, verify });
  try {
    const check = await prepareDatabase(database, durability, updatesSchema, onSchemaStep);
    const log = openPostgresLog({ database, url, verify });
    const store = createPostgresStore(database, { renewing: sharing, readsSecrets });
    return {
      log,
      store,
      shared: {
        nodes: createNodes(sharing, schemaSteps.length),
        commands: createCommands(sharing),
        spools: createSpools(sharing),
        starts: createConnectionStarts(database),
        exports: createExports(database),
        rewrites: createTableRewrites(database),
        notices: createCollectorNotices(database),
        pageSessions: createPageSessions(database),
        shopRequests: createShopRequests(database),
        signInFailures: createSignInFailures(database),
      },
      check,
      watchOutages: (deps) => new DatabaseOutage(deps),
      readTime: () => readServerTime(sharing),
      answers: () =>
        readServerTime(sharing, { timeoutMs: answerMs }).then(
          () => true,
          () => false,
        ),
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

/** Reads the gateways that run on a database, over one connection. `list` throws a ConveyError if it cannot be used. */
export function openNodeReader(url: string): { list(): Promise<readonly StoreNode[]>; close(): Promise<void> } {
  const database = openDatabase({ url, maxConnections: 1 });
  const nodes = createNodes(database, schemaSteps.length);
  return { list: () => explainErrors(() => nodes.listNodes(nodeAliveMs)), close: () => database.close() };
}

/** Reads the settings of a database, without changing anything. @throws ConveyError if it cannot be used. */
export async function inspectDatabase(url: string, durability: Durability): Promise<DatabaseCheck> {
  const database = openDatabase({ url, maxConnections: 1 });
  try {
    return await explainErrors(() => checkDatabase(database, durability));
  } finally {
    await database.close();
  }
}

/** Checks the settings, then the schema. @throws ConveyError */
function prepareDatabase(
  database: Database,
  durability: Durability,
  updatesSchema: boolean,
  onSchemaStep: PostgresStorageOptions['onSchemaStep'],
): Promise<DatabaseCheck> {
  return explainErrors(async () => {
    const check = await demandSettings(database, durability);
    if (updatesSchema) await migrateDatabase(database, schemaSteps, onSchemaStep);
    else if (!(await isCurrent(database, schemaSteps)))
      throw new ConveyError("The database's tables are not those of this version", 'Call `convey migrate`, or start the gateway');
    await assertNotMoving(database);
    return check;
  });
}
