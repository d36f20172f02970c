import { systemClock } from '../clock/clock.ts';
import { runPeriodically } from '../clock/run-periodically.ts';
import { errorMessage } from '../errors.ts';
import { describeError, type Logger } from '../logger.ts';
import { type EventLog, type LogHealth, LogUnavailableError } from '../storage/log/event-log.ts';

const healthEveryMs = 1_000;

/** Whether events are accepted. `browsers: false`: only those of servers and webhooks. The logs and the status report the reason. */
export interface Readiness {
  readonly ok: boolean;
  readonly browsers?: false;
}

/** Checks every second whether the event log is writable, so that requests do not have to. */
export function createReadiness(log: EventLog, logger: Logger) {
  let isDraining = false;
  let health: Pick<LogHealth, 'writable' | 'problem' | 'browserProblem'> = { writable: true };
  const check = async () => {
    const { writable: wasWritable, browserProblem: oldBrowserProblem } = health;
    health = await log.health().catch((error: unknown) => ({
      writable: false,
      problem: `The log cannot be read: ${errorMessage(error)}. Check the disk`,
    }));
    if (wasWritable && !health.writable) logger.error({ problem: health.problem }, 'not accepting events');
    if (!wasWritable && health.writable) logger.info({}, 'accepting events again');
    const { browserProblem } = health;
    if (browserProblem !== undefined && oldBrowserProblem === undefined)
      logger.error({ problem: browserProblem }, 'refusing events of browsers');
    if (browserProblem === undefined && oldBrowserProblem !== undefined && health.writable)
      logger.info({}, 'accepting events of browsers again');
  };
  void check();
  const checks = runPeriodically({
    clock: systemClock,
    firstAfterMs: healthEveryMs,
    everyMs: healthEveryMs,
    round: check,
    onFault: (error) => logger.error({ error: describeError(error) }, 'health check failed'),
  });
  return {
    ready: (): Readiness => ({
      ok: !isDraining && health.writable,
      ...(health.browserProblem !== undefined && { browsers: false }),
    }),
    /** @throws LogUnavailableError if the event log is not writable; early enough to leave disk space for shutdown and clean-up. */
    demandWritable: () => {
      if (!health.writable) throw new LogUnavailableError(health.problem);
    },
    drain: () => {
      isDraining = true;
    },
    stop: () => checks.stop(),
  };
}
