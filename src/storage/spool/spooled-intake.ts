import type { Clock } from '../../clock/clock.ts';
import { runPeriodically } from '../../clock/run-periodically.ts';
import { secondMs } from '../../event/units.ts';
import { describeError, type Logger } from '../../logger.ts';
import {
  type AppendResult,
  type EventLog,
  type LogHealth,
  LogUnavailableError,
  type NewRecord,
  RecordRefusedError,
} from '../log/event-log.ts';
import type { DatabaseOutage } from '../log/postgres/database-outage.ts';
import { type ForwardDeps, forwardSpool } from './forward-spool.ts';
import type { SpoolState } from './spool.ts';

/** The part of the event log that accepts events. */
export interface EventIntake {
  /** As `EventLog.append`. A spool may take longer than 5 s, and report a repeat as new. */
  append(records: readonly NewRecord[]): Promise<readonly AppendResult[]>;
  health(): Promise<IntakeHealth>;
}

export type IntakeHealth = Pick<LogHealth, 'writable' | 'problem' | 'browserProblem'> & {
  /** The place of the appends, if there is a choice. */
  readonly appendsTo?: 'database' | 'spool';
};

export interface SpooledIntakeOptions extends ForwardDeps {
  readonly log: Pick<EventLog, 'append' | 'health'>;
  readonly outage: Pick<DatabaseOutage, 'begin' | 'end'>;
  /** Reports the state of the spool to the other processes, while the database can be reached. */
  readonly report: (state: SpoolState) => Promise<void>;
  /** Called with an error of the spool or the database that is no outage. It is tried again. */
  readonly onFault: (error: unknown) => void;
  readonly clock: Clock;
  readonly logger: Pick<Logger, 'info' | 'warn' | 'error'>;
}

const tryEveryMs = secondMs;

/**
 * Accepts events for the database, and for the spool while the database is away. An append that fails, or gets no reply within 5 s, goes to
 * the spool, and so do the next ones. The database is tried each second. Once it answers, new events go to it at once, so that no event
 * depends on one disk for longer than it must, and the spooled ones are forwarded. So the order of the event log is that of arrival in the
 * database.
 */
export class SpooledIntake implements EventIntake {
  readonly #o: SpooledIntakeOptions;
  /** The reason why the database is not used. */
  #problem: string | undefined;
  #mustPurge = true;
  #isStopping = false;
  #rounds: { stop(): Promise<void> } | undefined;

  constructor(options: SpooledIntakeOptions) {
    this.#o = options;
  }

  /** Reports the spool, which an earlier process may have left, and begins to forward it. @throws if it cannot be reported. */
  async start(): Promise<void> {
    const { spool, report, onFault, clock, logger } = this.#o;
    // The other processes must know of the spool before it has events.
    await report(spool.getState());
    await this.#tryDatabase();
    this.#rounds = runPeriodically({
      clock,
      firstAfterMs: 0,
      everyMs: tryEveryMs,
      round: () => this.#runRound(),
      onFault(error, isRepeated) {
        onFault(error);
        if (!isRepeated) logger.warn({ error: describeError(error) }, 'spool not forwarded yet');
      },
    });
  }

  async append(records: readonly NewRecord[]): Promise<readonly AppendResult[]> {
    const { log, spool } = this.#o;
    if (this.#problem === undefined) {
      try {
        return await log.append(records);
      } catch (error) {
        if (!(error instanceof LogUnavailableError) || error instanceof RecordRefusedError) throw error;
        this.#leaveDatabase(error.message);
      }
    }
    this.#mustPurge = true;
    return spool.append(records);
  }

  async health(): Promise<IntakeHealth> {
    if (this.#problem === undefined) return { writable: true, appendsTo: 'database' };
    const { writable, problem, browserProblem } = await this.#o.spool.health();
    return {
      writable,
      appendsTo: 'spool',
      ...(problem !== undefined && { problem: `${this.#problem}. The spool does not accept events either: ${problem}` }),
      ...(browserProblem !== undefined && { browserProblem }),
    };
  }

  /** Closes the spool once no append is under way. The records that are not forwarded stay for the next start. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    await this.#rounds?.stop();
    await this.#o.spool.close();
  }

  async #runRound(): Promise<void> {
    if (!(await this.#tryDatabase())) return;
    const { spool, logger } = this.#o;
    const { records } = spool.getState();
    if (records === 0) this.#endOutage(0);
    else {
      const report = await this.#forward(records);
      if (report && Object.values(report).some((count) => count > 0)) logger.info(report, 'spool forwarded');
      await this.#o.report(spool.getState());
    }
    if (!this.#mustPurge || spool.getState().records > 0) return;
    this.#mustPurge = false;
    try {
      await spool.purge();
    } catch (error) {
      this.#mustPurge = true;
      throw error;
    }
  }

  async #forward(spooled: number) {
    try {
      return await forwardSpool(this.#o, {
        isOver: () => this.#isStopping || this.#problem !== undefined,
        // A database whose disk is full passes the health check, and fails at the first event that needs more space.
        onProgress: () => this.#endOutage(spooled),
      });
    } catch (error) {
      if (!(error instanceof LogUnavailableError)) throw error;
      this.#leaveDatabase(error.message);
      return undefined;
    } finally {
      this.#endOutage(spooled);
    }
  }

  /** Finds out whether the database accepts events. */
  async #tryDatabase(): Promise<boolean> {
    const { log, spool, report } = this.#o;
    const { writable, problem = 'The database accepts no events' } = await log.health();
    if (!writable) {
      this.#leaveDatabase(problem);
      return false;
    }
    await report(spool.getState());
    this.#problem = undefined;
    return true;
  }

  /** Ends the outage unless an append has failed meanwhile. */
  #endOutage(spooled: number): void {
    if (this.#problem === undefined) this.#o.outage.end('writes', { spooled });
  }

  #leaveDatabase(problem: string): void {
    this.#o.outage.begin('writes', problem);
    this.#problem = problem;
  }
}
