import { defineStatement } from '../sql/statement.ts';
import type { Database } from './database.ts';
import { BrokenPromiseError } from './database-errors.ts';

/** A setting of the database with which Convey cannot keep its promises. */
export interface SettingProblem {
  /** The name of PostgreSQL's setting. */
  readonly setting: string;
  readonly rule: string;
  readonly remedy: string;
}

/** The state of the server, as its settings have it. */
export interface ServerState {
  readonly version: number;
  readonly encoding: string;
  readonly fsync: string;
  readonly fullPageWrites: string;
  readonly synchronousCommit: string;
  readonly isolation: string;
  readonly statementTimeout: string;
  readonly isStandby: boolean;
  readonly standbyNames: string;
  /** The synchronous standbys that are connected; null if the role may not see them. */
  readonly standbys: number | null;
}

const minVersion = 140_000;

const readServerState = defineStatement<ServerState>(
  `SELECT current_setting('server_version_num')::integer AS version, current_setting('server_encoding') AS encoding,
     current_setting('fsync') AS fsync, current_setting('full_page_writes') AS "fullPageWrites",
     current_setting('synchronous_commit') AS "synchronousCommit",
     current_setting('default_transaction_isolation') AS isolation, current_setting('statement_timeout') AS "statementTimeout",
     pg_is_in_recovery() OR current_setting('transaction_read_only') = 'on' AS "isStandby",
     current_setting('synchronous_standby_names') AS "standbyNames",
     CASE WHEN pg_has_role('pg_read_all_stats', 'USAGE') THEN
       (SELECT count(*)::integer FROM pg_stat_replication WHERE sync_state IN ('sync', 'quorum')) END AS standbys`,
);

export interface DatabaseCheck {
  /** A start refuses these. */
  readonly problems: readonly SettingProblem[];
  /** A sentence about the failures that an acknowledged event survives. */
  readonly promise: string;
  /** The reason why the promise may not hold, with the remedy. */
  readonly risk?: string;
}

/**
 * The proof that commits are durable: Convey checks the server's settings, or a provider keeps them safe by other means, which the settings
 * do not show.
 */
export type Durability = 'checked' | 'managed';

/** Reads the settings of the database that the promise of an acknowledged event rests on. */
export async function checkDatabase(
  database: Pick<Database, 'read'>,
  durability: Durability = 'checked',
): Promise<DatabaseCheck> {
  const [state] = await database.read(readServerState());
  if (!state) throw new Error('the database has no settings');
  const problems = findProblems(state).filter(({ setting }) => durability === 'checked' || !managedSettings.has(setting));
  return { problems, ...(durability === 'managed' ? managedPromise : describePromise(state)) };
}

/** Checks the settings of a connection. @throws BrokenPromiseError */
export async function demandSettings(connection: Pick<Database, 'read'>, durability: Durability): Promise<DatabaseCheck> {
  const check = await checkDatabase(connection, durability);
  if (check.problems.length === 0) return check;
  throw new BrokenPromiseError('The database of `store` does not meet the requirements', describeSettingProblems(check.problems));
}

/** Settings of the server's own disk, which storage of a provider replaces. */
const managedSettings: ReadonlySet<string> = new Set(['fsync', 'full_page_writes']);
const managedPromise = {
  promise:
    'A 202 survives the crash of any gateway, and what your provider promises for a commit: `durability` is `managed`, so `fsync`, `full_page_writes` and standbys are not checked',
};

/** Returns a sentence for each setting, with its remedy. */
export function describeSettingProblems(problems: readonly SettingProblem[]): string {
  return problems.map(({ setting, rule, remedy }) => `\`${setting}\` ${rule}. ${remedy}`).join('. ');
}

function findProblems(state: ServerState): readonly SettingProblem[] {
  const problems: (SettingProblem | false)[] = [
    state.version < minVersion && {
      setting: 'server_version',
      rule: `is ${Math.floor(state.version / 10_000)}, and must be 14 or newer`,
      remedy: 'Use a newer PostgreSQL',
    },
    state.encoding !== 'UTF8' && {
      setting: 'server_encoding',
      rule: `is \`${state.encoding}\`, and must be \`UTF8\``,
      remedy: 'Create the database with `ENCODING UTF8`',
    },
    state.fsync !== 'on' && {
      setting: 'fsync',
      rule: 'is off, so a power failure loses acknowledged events',
      remedy: 'Set it to `on`',
    },
    state.fullPageWrites !== 'on' && {
      setting: 'full_page_writes',
      rule: 'is off, so a power failure damages pages',
      remedy: 'Set it to `on`',
    },
    !['on', 'remote_apply'].includes(state.synchronousCommit) && {
      setting: 'synchronous_commit',
      rule: `is ${state.synchronousCommit}, so a crash of the database loses acknowledged events`,
      remedy: 'Set it to `on`, for the role and the database of `store` too',
    },
    state.isolation !== 'read committed' && {
      setting: 'default_transaction_isolation',
      rule: `is \`${state.isolation}\`, and appends need \`read committed\``,
      remedy: 'Set it to `read committed`, for the role and the database of `store` too',
    },
    state.statementTimeout !== '0' && {
      setting: 'statement_timeout',
      rule: `is ${state.statementTimeout}, so a transaction may begin in its middle and store a part`,
      remedy: 'Set it to `0`, for the role and the database of `store` too',
    },
    state.isStandby && {
      setting: 'transaction_read_only',
      rule: 'is on: the database is a standby or read-only',
      remedy: 'Point `store` at the primary',
    },
  ];
  return problems.filter((problem) => problem !== false);
}

function describePromise({ standbyNames, standbys }: ServerState): Pick<DatabaseCheck, 'promise' | 'risk'> {
  const alone =
    'A 202 survives the crash of any gateway and of the database. It does not survive the loss of the database’s disk';
  if (standbyNames === '')
    return { promise: `${alone}: add a synchronous standby for that, or know what your provider replicates` };
  if (standbys === 0) {
    const risk =
      'A synchronous standby is configured and none is connected, so no event is acknowledged. Start the standby, or empty `synchronous_standby_names`';
    return { promise: 'No 202 is sent until a synchronous standby is connected', risk };
  }
  const count =
    standbys === null ? 'A synchronous standby confirms' : `Synchronous standbys that confirm: ${standbys}. They confirm`;
  return { promise: `A 202 survives the loss of the database’s machine. ${count} each commit` };
}
