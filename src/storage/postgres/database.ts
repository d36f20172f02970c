import pg from 'pg';
import type { Result, Statement } from '../sql/statement.ts';
import { assertSafeTransport } from './assert-safe-transport.ts';
import { DatabaseTimeoutError, DatabaseWarningError, NotCommittedError } from './database-errors.ts';

const defaultTimeoutMs = 5_000;

export interface QueryOptions {
  /** The time until the connection is destroyed, 5 s by default. */
  readonly timeoutMs?: number;
  /** Destroys the connection when it is aborted. */
  readonly signal?: AbortSignal;
}

/** An open transaction. Statements that are not awaited one by one share a round trip. */
export interface Transaction {
  query<Row>(statement: Statement<Row>): Promise<Result<Row>>;
  /** Runs statements without parameters, such as those of the schema. */
  runScript(script: string): Promise<void>;
}

export interface Database {
  /** Runs one statement, and returns its rows. */
  read<Row>(statement: Statement<Row>, options?: QueryOptions): Promise<readonly Row[]>;
  /**
   * Runs one statement that commits by itself. @throws DatabaseWarningError if the commit succeeded with a warning; the caller must not
   * rely on it.
   */
  write<Row>(statement: Statement<Row>, options?: QueryOptions): Promise<Result<Row>>;
  /**
   * Commits all statements or none, in one round trip. After a timeout or a lost connection the commit is in doubt.
   * @throws the error of the first statement that failed, DatabaseWarningError or NotCommittedError.
   */
  commit(statements: readonly Statement[], options?: QueryOptions): Promise<readonly Result<unknown>[]>;
  /** Commits a transaction whose later statements depend on the results of earlier ones. An error of `work` rolls it back. */
  transact<T>(work: (transaction: Transaction) => Promise<T>, options?: QueryOptions): Promise<T>;
  /** Reads as of one moment. */
  readSnapshot<T>(work: (transaction: Transaction) => Promise<T>, options?: QueryOptions): Promise<T>;
  close(): Promise<void>;
}

export interface DatabaseOptions {
  /** `postgres://user:password@host:port/database?sslmode=…`. */
  readonly url: string;
  readonly maxConnections: number;
  /** Is called with the error of an idle connection, such as one that the server closed. */
  readonly onConnectionError?: (error: Error) => void;
  /** Checks each new connection, such as that to another server after a failover. If it throws, the connection is closed unused. */
  readonly verify?: (connection: Pick<Database, 'read'>) => Promise<void>;
}

/** Opens a pool of connections. The first statement connects. @throws ConveyError if the URL leaves open how it is encrypted. */
export function openDatabase(options: DatabaseOptions): Database {
  assertSafeTransport(options.url);
  return new PooledDatabase(options);
}

/** Makes the server end a statement that waits for a lock and whose connection was destroyed: it would use up `max_connections`. */
const checkClient = "SET client_connection_check_interval = '1s'";
/** Makes the server end a transaction whose process hangs or is cut off: other processes wait for its locks. */
const endIdleTransaction = "SET idle_in_transaction_session_timeout = '5s'";
/** Makes the server end the connections of a lost machine after a minute. By default that takes two hours, in which they hold locks. */
const probeClient =
  'SET tcp_keepalives_idle = 30; SET tcp_keepalives_interval = 10; SET tcp_keepalives_count = 3; SET tcp_user_timeout = 60000';

class PooledDatabase implements Database {
  readonly #pool: pg.Pool;

  constructor({ url, maxConnections, onConnectionError, verify }: DatabaseOptions) {
    this.#pool = new pg.Pool({
      connectionString: url,
      max: maxConnections,
      pipeline: true,
      keepAlive: true,
      connectionTimeoutMillis: defaultTimeoutMs,
      idleTimeoutMillis: 60_000,
      application_name: 'convey',
      types: { getTypeParser },
      ...(verify && {
        verify: (client, done) => {
          const timeout = new DatabaseTimeoutError(`no reply within ${defaultTimeoutMs} ms`);
          const timer = setTimeout(() => client.connection.stream.destroy(timeout), defaultTimeoutMs);
          const end = (error?: Error) => {
            clearTimeout(timer);
            client.removeListener('error', ignore);
            done(error);
          };
          client.on('error', ignore);
          verify({ read: async (statement) => (await run(client, statement)).rows }).then(() => end(), end);
        },
      }),
    });
    // The statements that follow report a lost connection. Some platforms cannot look for one.
    this.#pool.on('connect', (client) => {
      for (const setting of [checkClient, endIdleTransaction, probeClient]) client.query(setting).catch(ignore);
    });
    // The next statement replaces an idle connection that broke.
    this.#pool.on('error', (error) => onConnectionError?.(error));
  }

  async read<Row>(statement: Statement<Row>, options?: QueryOptions): Promise<readonly Row[]> {
    const { rows } = await this.#use(options, (client) => run(client, statement));
    return rows;
  }

  write<Row>(statement: Statement<Row>, options?: QueryOptions): Promise<Result<Row>> {
    return this.#use(options, (client) => withoutWarning(client, () => run(client, statement)));
  }

  commit(statements: readonly Statement[], options?: QueryOptions): Promise<readonly Result<unknown>[]> {
    return this.#use(options, (client) =>
      withoutWarning(client, async () => {
        const begun = client.query('BEGIN');
        const running = statements.map((statement) => run(client, statement));
        const committed = client.query('COMMIT');
        const settled = await Promise.allSettled([begun, ...running, committed]);
        for (const one of settled) if (one.status === 'rejected') throw one.reason;
        demandCommitted(await committed);
        return Promise.all(running);
      }),
    );
  }

  transact<T>(work: (transaction: Transaction) => Promise<T>, options?: QueryOptions): Promise<T> {
    return this.#transact('BEGIN', work, options);
  }

  readSnapshot<T>(work: (transaction: Transaction) => Promise<T>, options?: QueryOptions): Promise<T> {
    return this.#transact('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY', work, options);
  }

  close(): Promise<void> {
    return this.#pool.end();
  }

  #transact<T>(begin: string, work: (transaction: Transaction) => Promise<T>, options?: QueryOptions): Promise<T> {
    return this.#use(options, (client) =>
      withoutWarning(client, async () => {
        const transaction: Transaction = {
          query: (statement) => run(client, statement),
          runScript: async (script) => void (await client.query(script)),
        };
        const [, result] = await Promise.all([client.query(begin), work(transaction)]);
        demandCommitted(await client.query('COMMIT'));
        return result;
      }),
    );
  }

  /**
   * Lends a connection to `work`. A connection with an error is closed, which ends its transaction. After the time limit its socket is
   * destroyed: a cancelled commit would be reported as successful although the standby does not have it.
   */
  async #use<T>(
    { timeoutMs = defaultTimeoutMs, signal }: QueryOptions = {},
    work: (client: pg.PoolClient) => Promise<T>,
  ): Promise<T> {
    const timeout = new DatabaseTimeoutError(`no reply within ${timeoutMs} ms`);
    let hasTimedOut = false;
    let onTimeout: () => void = ignore;
    const end = () => {
      hasTimedOut = true;
      onTimeout();
    };
    const timer = setTimeout(end, timeoutMs);
    signal?.addEventListener('abort', end);
    try {
      const client = await new Promise<pg.PoolClient>((resolve, reject) => {
        onTimeout = () => reject(timeout);
        // A connection that comes too late goes back to the pool.
        this.#pool.connect().then((client) => (hasTimedOut ? client.release() : resolve(client)), reject);
      });
      onTimeout = () => client.connection.stream.destroy(timeout);
      return await useAndRelease(client, work);
    } catch (error) {
      throw hasTimedOut ? timeout : error;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
    }
  }
}

async function useAndRelease<T>(client: pg.PoolClient, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  // Every statement that was sent fails with the error of its connection.
  client.on('error', ignore);
  let isUsable = false;
  try {
    const result = await work(client);
    isUsable = true;
    return result;
  } finally {
    client.removeListener('error', ignore);
    client.release(!isUsable);
  }
}

function ignore(): void {}

async function run<Row>(client: pg.PoolClient, { name, text, values }: Statement<Row>): Promise<Result<Row>> {
  const { rows, rowCount } = await client.query({ name, text, values: [...values] });
  return { rows, rowCount: rowCount ?? 0 };
}

/** Runs `work`. @throws DatabaseWarningError if the server sends a warning meanwhile. */
async function withoutWarning<T>(client: pg.PoolClient, work: () => Promise<T>): Promise<T> {
  let warning: string | undefined;
  const onNotice = ({ code, message }: { readonly code?: string | undefined; readonly message?: string | undefined }) => {
    if (code !== undefined && warningClasses.test(code)) warning ??= message ?? code;
  };
  client.on('notice', onNotice);
  try {
    const result = await work();
    if (warning !== undefined) throw new DatabaseWarningError(`the commit is in doubt: ${warning}`);
    return result;
  } finally {
    client.removeListener('notice', onNotice);
  }
}

/** SQLSTATE classes of warnings and of interventions by an operator. The severity's name depends on the server's language. */
const warningClasses = /^(01|57)/;

/** @throws NotCommittedError if `COMMIT` ended a failed transaction. PostgreSQL reports that by the command's name alone. */
function demandCommitted({ command }: pg.QueryResult): void {
  if (command !== 'COMMIT') throw new NotCommittedError('the transaction was rolled back');
}

const int8TypeId = 20;

/** Reads `bigint` as a number: times, counts and offsets are safe integers. */
const getTypeParser: typeof pg.types.getTypeParser = (id: number, format?: 'text' | 'binary') =>
  id === int8TypeId ? parseSafeInteger : pg.types.getTypeParser(id, format as 'text');

function parseSafeInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`${text} is not a safe integer`);
  return value;
}
