import type { Logger } from '../../../logger.ts';
import { BrokenPromiseError, DatabaseTimeoutError, describeDatabaseError, getErrorCode } from '../../postgres/database-errors.ts';
import { LogUnavailableError, RecordRefusedError } from '../event-log.ts';

export interface DatabaseOutageDeps {
  readonly logger: Pick<Logger, 'info' | 'error'>;
  /** Returns milliseconds since a fixed time. */
  readonly monotonic: () => number;
}

/** Twice the limit of a statement: an error in this time after an outage may be of a statement that began in it. */
const lateErrorsMs = 10_000;

/** The times in which the database cannot be used. All parts of the process report them here, so that each time has one line in the log. */
export class DatabaseOutage {
  readonly #o: DatabaseOutageDeps;
  #isAway = false;
  #endedAt = Number.NEGATIVE_INFINITY;

  constructor(deps: DatabaseOutageDeps) {
    this.#o = deps;
  }

  /** Returns whether the error comes from an outage, and begins one unless the last has just ended. */
  note(error: unknown): boolean {
    if (!isOutageError(error)) return false;
    if (this.#o.monotonic() - this.#endedAt >= lateErrorsMs) this.begin(describeDatabaseError(error));
    return true;
  }

  begin(problem: string): void {
    if (!this.#isAway) this.#o.logger.error({ problem }, 'database away');
    this.#isAway = true;
  }

  /** Ends an outage, if there is one. Call it once the database answers. */
  end(fields: Readonly<Record<string, unknown>> = {}): void {
    if (!this.#isAway) return;
    this.#isAway = false;
    this.#endedAt = this.#o.monotonic();
    this.#o.logger.info(fields, 'database back');
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
