import { randomUUID } from 'node:crypto';
import { ConveyError } from '../../errors.ts';
import { laneCount } from '../log/postgres/tables.ts';
import type { Database, Transaction } from '../postgres/database.ts';
import { serverTime } from '../postgres/server-time.ts';
import { defineStatement, type Result, type Statement } from '../sql/statement.ts';
import { toActivityInput } from '../store/activity-store.ts';
import { appendActivity } from '../store/postgres/activity.ts';
import { movedTables, otherTables } from './moved-tables.ts';

/**
 * The move of a data folder into the database, if there was one. `folder` is the id in the folder's mark, `run` the call that may write,
 * `ended_at` null until gateways may use the database. Until then, `lanes` has no rows, so nothing can be appended.
 */
export const moveTables = `
  CREATE TABLE folder_move (id integer PRIMARY KEY, folder text COLLATE "C" NOT NULL, run text COLLATE "C" NOT NULL, ended_at bigint);
`;

/** A data folder is being moved into the database, which no gateway can use until the move has ended. */
export class DatabaseMovingError extends ConveyError {}

/** The limit of a statement on a whole table. */
export const longMs = 6 * 60 * 60_000;

interface FolderMove {
  readonly folder: string;
  readonly ended_at: number | null;
}

const selectMove = defineStatement<FolderMove>('SELECT folder, ended_at FROM folder_move');
const lockMove = defineStatement<FolderMove>('SELECT folder, ended_at FROM folder_move FOR UPDATE');
const putMove = defineStatement(`INSERT INTO folder_move (id, folder, run) VALUES (1, $1, $2) ON CONFLICT (id) DO NOTHING`);
const takeOver = defineStatement('UPDATE folder_move SET run = $1');
const closeLanes = defineStatement('DELETE FROM lanes');
const holdRun = defineStatement('SELECT 1 FROM folder_move WHERE run = $1 AND ended_at IS NULL FOR SHARE');
const openLanes = defineStatement(
  `INSERT INTO lanes (lane, next, last_at) SELECT lane, $1::bigint, $2::bigint FROM generate_series(0, ${laneCount - 1}) AS lane`,
);
const countSitesChange = defineStatement('SELECT count_sites_change(NULL)');
const endMove = defineStatement(`UPDATE folder_move SET ended_at = ${serverTime}`);
/** A killed process leaves its row; a running one renews its row every few seconds. */
const selectNodes = defineStatement(`SELECT 1 FROM nodes WHERE seen_at > ${serverTime} - 60000`);

const hasMoves = defineStatement<{ readonly found: boolean }>("SELECT to_regclass('folder_move') IS NOT NULL AS found");

async function readMove(database: Pick<Database, 'read'>): Promise<FolderMove | undefined> {
  const [table] = await database.read(hasMoves());
  return table?.found === true ? (await database.read(selectMove()))[0] : undefined;
}

/** Returns whether a move into the database is under way. The database may have no tables. */
export async function isMoveRunning(database: Pick<Database, 'read'>): Promise<boolean> {
  return (await readMove(database))?.ended_at === null;
}

/** Returns whether a move of this folder into the database has begun. */
export async function hasMove(database: Pick<Database, 'read'>, folder: string): Promise<boolean> {
  return (await readMove(database))?.folder === folder;
}

/** @throws DatabaseMovingError while a folder is being moved into the database. */
export async function assertNotMoving(database: Pick<Database, 'read'>): Promise<void> {
  if (!(await isMoveRunning(database))) return;
  throw new DatabaseMovingError(
    'A data folder is being moved into the database',
    'Wait until `convey migrate --to` has ended. If it was cut off, call it again',
  );
}

/** The right of one call of `convey migrate --to` to write into the database. A later call takes it over. */
export class MoveRun {
  readonly database: Database;
  readonly #id: string;

  constructor(database: Database, id: string) {
    this.database = database;
    this.#id = id;
  }

  /** Commits statements that share a round trip, and returns their results. @throws ConveyError if another call has taken over. */
  commit(statements: readonly Statement[], timeoutMs?: number): Promise<readonly Result<unknown>[]> {
    return this.transact((transaction) => Promise.all(statements.map((statement) => transaction.query(statement))), timeoutMs);
  }

  async transact<T>(work: (transaction: Transaction) => Promise<T>, timeoutMs = 60_000): Promise<T> {
    return this.database.transact(
      async (transaction) => {
        const [held, result] = await Promise.all([transaction.query(holdRun(this.#id)), work(transaction)]);
        if (held.rowCount === 0)
          throw new ConveyError('Another call of `convey migrate --to` has taken over this move', 'Wait for its end');
        return result;
      },
      { timeoutMs },
    );
  }

  /** @throws ConveyError if a gateway uses the database, which opened it before the move began. */
  async assertUnused(): Promise<void> {
    const nodes = await this.database.read(selectNodes());
    if (nodes.length === 0) return;
    throw new ConveyError(
      'A gateway that was started before the move uses the database',
      'Stop it, wait a minute, and call `convey migrate --to` again',
    );
  }

  /** Lets gateways use the database, and records the move. Every later offset is greater than `last`, and no time of a record is before `lastAt`. */
  async end(last: number, lastAt: number): Promise<void> {
    const moved = appendActivity(toActivityInput({ kind: 'moved', at: Date.now(), actor: 'cli' }));
    await this.commit([openLanes(last + 1, lastAt), countSitesChange(), moved, endMove()]);
  }
}

/**
 * Begins the move of a folder, or continues it. Returns `ended` if it has ended. The database's schema must be current.
 * @throws ConveyError if the database has other data.
 */
export async function beginMove(database: Database, folder: string): Promise<MoveRun | 'ended'> {
  const run = randomUUID();
  const move = await database.transact(async (transaction) => {
    const added = await transaction.query(putMove(folder, run));
    if (added.rowCount > 0) {
      await assertEmpty(transaction);
      await transaction.query(closeLanes());
    }
    const [found] = (await transaction.query(lockMove())).rows;
    if (found?.folder !== folder) {
      throw new ConveyError(
        'The database has the data of another folder, or of a move that began with a copy of this folder',
        'Use an empty database',
      );
    }
    if (found.ended_at === null) await transaction.query(takeOver(run));
    return found;
  });
  return move.ended_at === null ? new MoveRun(database, run) : 'ended';
}

const emptyTables = [...movedTables.map(({ name }) => name), ...Object.keys(otherTables)].filter(
  (name) => !['lanes', 'schema', 'folder_move', 'spools'].includes(name),
);
const selectFilled = defineStatement<{ readonly name: string }>(
  emptyTables.map((name) => `SELECT '${name}' AS name WHERE EXISTS (SELECT 1 FROM ${name})`).join(' UNION ALL '),
);

/** @throws ConveyError if a table has rows. */
async function assertEmpty(transaction: Transaction): Promise<void> {
  const { rows } = await transaction.query(selectFilled());
  if (rows.length === 0) return;
  const names = rows.map(({ name }) => `\`${name}\``).join(', ');
  throw new ConveyError(`The database is not empty: ${names} have rows`, 'Use an empty database');
}
