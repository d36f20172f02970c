import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ConveyError, errorMessage } from '../errors.ts';
import { type DataDir, DataDirInUseError, openDataDir } from './disk/data-dir.ts';
import { beginFolderMove, markMoved } from './disk/moved-folder.ts';
import { nodeIdFile } from './disk/node-id.ts';
import { isOffset, toSeq } from './log/offsets.ts';
import { logMigrations } from './log/sqlite-log.schema.ts';
import { migrateLockedFiles } from './migrate.ts';
import { assertRights, checkTarget } from './move/check-target.ts';
import { checkRecords, copyAllRecords, copyNewRecords } from './move/copy-records.ts';
import { checkTable, copySites, copyState, emptyState, refreshStatistics, stateTables } from './move/copy-state.ts';
import { beginMove, hasMove, type MoveRun } from './move/folder-move.ts';
import { readLogEnd } from './move/read-records.ts';
import { isEqual, type RowsChecksum } from './move/row-checksum.ts';
import type { Store } from './ports/store.ts';
import { assertSafeTransport } from './postgres/assert-safe-transport.ts';
import type { Durability } from './postgres/check-settings.ts';
import { type Database, openDatabase } from './postgres/database.ts';
import { describeDatabaseError } from './postgres/database-errors.ts';
import { migrateDatabase } from './postgres/migrate-database.ts';
import { schemaSteps } from './postgres-schema.ts';
import { type Db, openReader, schemaVersion } from './sqlite/open.ts';
import { createReadOnlySql } from './sqlite/sqlite-sql.ts';
import { createAlertStore } from './store/alert-store.ts';
import { createGrantStore } from './store/grant-store.ts';
import { createSiteStore } from './store/site-store.ts';
import { createConsumerReads } from './store/sqlite/consumer-state.ts';
import { stateMigrations } from './store/sqlite/schema.ts';

/** The stored secrets, and the data around them. */
export type StoredSecrets = Pick<
  Store,
  'listDashboardSites' | 'listDashboardConnections' | 'getAlertSettings' | 'listGrants' | 'listPlatformClients'
>;

export type MoveProgress =
  | { readonly step: 'records'; readonly done: number; readonly estimate: number }
  | { readonly step: 'state'; readonly table: string; readonly done: number }
  | { readonly step: 'compare'; readonly table: string }
  /** All data is copied. `hand-over`: the folder is still in use. `marked`: it is out of use, and the database not yet in use. */
  | { readonly step: 'hand-over' | 'marked' };

export interface MoveOptions {
  readonly dataDir: string;
  /** The URL of the database, with its password. */
  readonly url: string;
  /** The setting `durability` of the gateways that will use the database. */
  readonly durability: Durability;
  /** @throws ConveyError if the gateways of the database could not decrypt a secret. */
  readonly checkSecrets: (stored: StoredSecrets) => Promise<void>;
  /** Called after each page. An error ends the move, which the next call continues. */
  readonly onProgress: (progress: MoveProgress) => void;
}

export interface MoveResult {
  /** `copied`: a gateway runs on the folder, and its records until now are in the database. `moved`: everything is. */
  readonly state: 'copied' | 'moved';
  /** The host, port and name of the database. */
  readonly database: string;
  /** The rows of each table that was compared. Empty if an earlier call has ended the move. */
  readonly tables: Readonly<Record<string, number>>;
  /** Records that were left out because an earlier one has their key. */
  readonly repeated: number;
}

/**
 * Moves the data of a folder into an empty PostgreSQL database, under the same offsets. While a gateway runs on the folder, it copies the
 * records only. Otherwise it copies the rest, compares both, marks the folder, and lets gateways use the database. Cut off at any moment, the
 * next call continues.
 * @throws ConveyError
 */
export async function moveToPostgres(options: MoveOptions): Promise<MoveResult> {
  const { dataDir: dir, url } = options;
  assertSafeTransport(url, '--to');
  if (!existsSync(join(dir, 'log.db')))
    throw new ConveyError(`The data folder ${dir} is empty`, 'Name the config file of its gateway with --config');
  if (existsSync(join(dir, nodeIdFile)))
    throw new ConveyError(`The data of the gateway on ${dir} is in a database`, 'Name the folder whose files have the data');
  const folder = lockUnlessRunning(dir);
  const database = openDatabase({ url, maxConnections: 2 });
  try {
    await checkTarget(database, schemaSteps, options.durability);
    if (folder) migrateLockedFiles(folder, ignore, ignore);
    return await move(options, database, folder);
  } catch (error) {
    throw error instanceof ConveyError ? error : explain(error, dir);
  } finally {
    await database.close();
    folder?.release();
  }
}

function ignore(): void {}

function explain(error: unknown, dir: string): ConveyError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code.startsWith('SQLITE_'))
    return new ConveyError(
      `A file of ${dir} cannot be read: ${errorMessage(error)}`,
      'Check the disk. If it is damaged, `convey start` salvages it',
    );
  return new ConveyError(describeDatabaseError(error, '--to'), 'Then call `convey migrate --to` again: it continues');
}

/** Locks the folder. Returns `undefined` if a gateway runs on it. @throws ConveyError */
function lockUnlessRunning(dir: string): DataDir | undefined {
  try {
    return openDataDir(dir, { allowsMoved: true });
  } catch (error) {
    if (error instanceof DataDirInUseError) return undefined;
    throw error;
  }
}

async function move(options: MoveOptions, database: Database, folder: DataDir | undefined): Promise<MoveResult> {
  const { dataDir: dir, url, onProgress } = options;
  const files = openFiles(dir);
  try {
    const sql = createReadOnlySql(files.state);
    await options.checkSecrets({ ...createSiteStore(sql), ...createAlertStore(sql), ...createGrantStore(sql) });
    const result = { database: describeTarget(url), tables: {}, repeated: 0 };
    const { run, id } = await begin(database, dir, result.database);
    if (run === 'ended') return { ...result, state: 'moved' };
    const end = readLogEnd(files.log);
    const onRecords = (done: number) => onProgress({ step: 'records', done, estimate: end.records });
    if (!folder) {
      await copySites(files.state, run);
      await copyNewRecords(files.log, run, end.seq, onRecords);
      return { ...result, state: 'copied' };
    }
    const { repeated, ...records } = await copyAllRecords(files.log, run, onRecords);
    await emptyState(run);
    const state = await copyState(files, run, (table, done) => onProgress({ step: 'state', table, done }));
    const tables = new Map([['records', records], ...state]);
    await compare(database, tables, onProgress);
    await refreshStatistics(database);
    const last = Math.max(end.seq, await readLastOffset(files));
    await run.assertUnused();
    onProgress({ step: 'hand-over' });
    // From here to the end of the move neither the folder nor the database can be used, so that no event is delivered by both.
    markMoved(dir, id);
    onProgress({ step: 'marked' });
    await run.end(last, end.at);
    return {
      ...result,
      state: 'moved',
      tables: Object.fromEntries([...tables].map(([table, { rows }]) => [table, rows])),
      repeated,
    };
  } finally {
    files.log.close();
    files.state.close();
  }
}

interface OpenFiles {
  readonly log: Db;
  readonly state: Db;
}

/** Opens the files for reads, also while a gateway writes them. @throws ConveyError if they have another schema. */
function openFiles(dir: string): OpenFiles {
  const log = openReader(join(dir, 'log.db'));
  const state = openReader(join(dir, 'state.db'));
  if (schemaVersion(log) === logMigrations.length && schemaVersion(state) === stateMigrations.length) return { log, state };
  log.close();
  state.close();
  throw new ConveyError(
    `The gateway on ${dir} is of another version of Convey`,
    'Run this version on the folder first, or call the `convey migrate` of the gateway’s version',
  );
}

/** Creates the tables, and begins or continues the move. @throws ConveyError if the database cannot get the data. */
async function begin(
  database: Database,
  dir: string,
  target: string,
): Promise<{ readonly run: MoveRun | 'ended'; readonly id: string }> {
  const mark = await beginFolderMove(dir, target, (id) => hasMove(database, id));
  if (mark.isMoved && !(await hasMove(database, mark.id))) {
    throw new ConveyError(
      `The data of ${dir} was moved to the database ${mark.database}, and \`--to\` names another one`,
      'Use that database. It is newer than the folder',
    );
  }
  await migrateDatabase(database, schemaSteps);
  await assertRights(database);
  const run = await beginMove(database, mark.id);
  if (run !== 'ended' || mark.isMoved) return { run, id: mark.id };
  throw new ConveyError(
    `The database has an earlier state of ${dir}, whose mark \`migrated\` was removed`,
    'Use an empty database to move the folder again',
  );
}

/** Compares each table of the database with the file. @throws ConveyError if one differs. */
async function compare(
  database: Database,
  expected: ReadonlyMap<string, RowsChecksum>,
  onProgress: MoveOptions['onProgress'],
): Promise<void> {
  const check = async (table: string, read: () => Promise<RowsChecksum>) => {
    onProgress({ step: 'compare', table });
    const stored = await read();
    const wanted = expected.get(table);
    if (!wanted || !isEqual(stored, wanted)) {
      throw new ConveyError(
        `The copy of \`${table}\` differs: ${stored.rows} rows in the database, ${wanted?.rows ?? 0} in the folder`,
        'Let nothing else write to the database, and call `convey migrate --to` again',
      );
    }
  };
  await check('records', () => checkRecords(database));
  for (const table of stateTables) await check(table, () => checkTable(database, table));
}

/** Returns the greatest offset that was given out, or that a cursor has passed. @throws ConveyError if a cursor is corrupt. */
async function readLastOffset({ log, state }: OpenFiles): Promise<number> {
  const given = log.prepare<[], number>("SELECT seq FROM last_seq WHERE name = 'records'").pluck().get() ?? 0;
  const { identity, connections } = await createConsumerReads(state).listCursors();
  const cursors = [...identity, ...connections];
  if (!cursors.every(isOffset)) {
    throw new ConveyError(
      `A cursor in ${dirname(state.name)} is damaged`,
      'Run `convey start` on the folder first: it salvages the file',
    );
  }
  return Math.max(given, ...cursors.map(toSeq));
}

/** Returns the host, port and name of the database. The user and the password stay out of files and output. */
function describeTarget(url: string): string {
  const { hostname, port, pathname } = new URL(url);
  return `${hostname || 'localhost'}:${port || '5432'}${pathname}`;
}
