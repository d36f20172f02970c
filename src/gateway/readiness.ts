import { isDeepStrictEqual } from 'node:util';
import { systemClock } from '../clock/clock.ts';
import { runPeriodically } from '../clock/run-periodically.ts';
import { errorMessage } from '../errors.ts';
import { describeError, type Logger } from '../logger.ts';
import type { EventLog } from '../storage/log/event-log.ts';
import type { EventIntake, IntakeHealth } from '../storage/spool/spooled-intake.ts';
import { type IngestState, toReadiness } from './ingest-state.ts';

const healthEveryMs = 1_000;

/**
 * Checks every second whether events can be stored, so that requests do not have to.
 * @param hasDatabase whether the event log is in a database, and not on a disk of this machine
 */
export function createReadiness(intake: Pick<EventIntake, 'health'>, logger: Logger, hasDatabase: boolean) {
  let state: IngestState = { isDraining: false, writable: true };
  const listeners: ((state: IngestState) => void)[] = [];
  const change = (next: IngestState) => {
    if (isDeepStrictEqual(next, state)) return;
    state = next;
    for (const listener of listeners) listener(state);
  };
  const check = async () => {
    const { writable: wasWritable, browserProblem: oldBrowserProblem } = state;
    const { writable, problem, browserProblem, appendsTo } = await readHealth(intake, hasDatabase);
    change({
      isDraining: state.isDraining,
      writable,
      ...(problem !== undefined && { problem }),
      ...(browserProblem !== undefined && { browserProblem }),
      ...(appendsTo !== undefined && { appendsTo }),
    });
    if (wasWritable && !writable) logger.error({ problem }, 'not accepting events');
    if (!wasWritable && writable) logger.info({}, 'accepting events again');
    if (browserProblem !== undefined && oldBrowserProblem === undefined)
      logger.error({ problem: browserProblem }, 'refusing events of browsers');
    if (browserProblem === undefined && oldBrowserProblem !== undefined && writable)
      logger.info({}, 'accepting events of browsers again');
  };
  void check();
  const checks = runPeriodically({
    clock: systemClock,
    firstAfterMs: healthEveryMs,
    everyMs: healthEveryMs,
    round: check,
    onFault(error, isRepeated) {
      if (!isRepeated) logger.error({ error: describeError(error) }, 'health check failed');
    },
  });
  return {
    state: () => state,
    /** Calls the listener at each change of the state. */
    follow: (listener: (state: IngestState) => void) => void listeners.push(listener),
    ready: () => toReadiness(state),
    drain: () => change({ ...state, isDraining: true }),
    stop: () => checks.stop(),
  };
}

function readHealth(intake: Pick<EventIntake, 'health'>, hasDatabase: boolean): Promise<IntakeHealth> {
  const remedy = hasDatabase ? 'Check the database of `store`' : 'Check the disk of `dataDir`';
  return intake.health().catch((error: unknown) => ({
    writable: false,
    problem: `The log cannot be read: ${errorMessage(error)}. ${remedy}`,
  }));
}

/** Returns whether events are accepted, which a spool does while the database is away, and the size of the event log. */
export async function readLogHealth(log: Pick<EventLog, 'health'>, intake: Pick<EventIntake, 'health'>) {
  const { records, bytes } = await log.health();
  return { ...(await intake.health()), records, bytes };
}
