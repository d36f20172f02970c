import type { Logger } from '../../../logger.ts';
import { BrokenPromiseError, DatabaseTimeoutError, describeDatabaseError, getErrorCode } from '../../postgres/database-errors.ts';
import { LogUnavailableError, RecordRefusedError } from '../event-log.ts';

export interface DatabaseOutageDeps {
  readonly logger: Pick<Logger, 'info' | 'error'>;
  /** Returns milliseconds since a fixed time. */
  readonly monotonic: () => number;
}

/** The uses of the database that may be impossible. A database that is full or read-only can still be read. */
export type DatabaseUse = 'reads' | 'writes';

/** Twice the limit of a statement: an error in this time after an outage may be of a statement that began in it. */
const lateErrorsMs = 10_000;
/** Two errors of one source within this time are in a row. It is longer than a step that fails, with the wait after it. */
const inARowMs = 120_000;

/**
 * The times in which the database cannot be used, each with one line in the log. An outage begins and ends by the parts of the process that use
 * the database for all sites: one that reads and one that writes. It ends when both uses are possible again.
 */
export class DatabaseOutage {
  readonly #o: DatabaseOutageDeps;
  readonly #impossible = new Set<DatabaseUse>();
  /** By source, the time of the last error without an outage. */
  readonly #unexplained = new Map<string, number>();
  #endedAt = Number.NEGATIVE_INFINITY;
  #fields: Readonly<Record<string, unknown>> = {};

  constructor(deps: DatabaseOutageDeps) {
    this.#o = deps;
  }

  /** Returns whether the error of a read for all sites comes from an outage, and begins one. */
  note(error: unknown): boolean {
    if (!isOutageError(error)) return false;
    this.begin('reads', describeDatabaseError(error));
    return true;
  }

  /**
   * Returns whether an outage explains the error of a single source. The source may be the first that notices an outage, but its second error in
   * a row is its own if nobody else has noticed one.
   */
  explains(source: string, error: unknown): boolean {
    if (!isOutageError(error)) return false;
    const now = this.#o.monotonic();
    if (this.#impossible.size > 0 || now - this.#endedAt < lateErrorsMs) return true;
    const last = this.#unexplained.get(source) ?? Number.NEGATIVE_INFINITY;
    this.#unexplained.set(source, now);
    return now - last >= inARowMs;
  }

  begin(use: DatabaseUse, problem: string): void {
    if (this.#impossible.size === 0) this.#o.logger.error({ problem }, 'database away');
    this.#impossible.add(use);
  }

  /** Ends an outage of this use, if there is one. Call it once the use has succeeded. */
  end(use: DatabaseUse, fields: Readonly<Record<string, unknown>> = {}): void {
    if (!this.#impossible.delete(use)) return;
    this.#fields = { ...this.#fields, ...fields };
    if (this.#impossible.size > 0) return;
    this.#endedAt = this.#o.monotonic();
    this.#o.logger.info(this.#fields, 'database back');
    this.#fields = {};
  }
}

/** Node's codes of a lost or refused connection. */
const networkCodes: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTDOWN',
  'EHOSTUNREACH',
  'ENETDOWN',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ENOENT',
]);
/**
 * SQLSTATEs of a server that refuses connections or work: lost connections (08), refused credentials (28), no database, read-only, no resources
 * (53), stopped or cancelled by its operator (57).
 */
const outageStates = /^(08|28|53|57)|^(3D000|25006)$/;
/** The driver's errors without a code. */
const lostConnection = /connection (terminated|error|timeout)|timeout exceeded when trying to connect|not queryable/i;

function isOutageError(error: unknown): boolean {
  if (error instanceof RecordRefusedError) return false;
  if (error instanceof DatabaseTimeoutError || error instanceof LogUnavailableError || error instanceof BrokenPromiseError)
    return true;
  const code = getErrorCode(error);
  if (code !== undefined) return networkCodes.has(code) || outageStates.test(code);
  return error instanceof Error && lostConnection.test(error.message);
}
