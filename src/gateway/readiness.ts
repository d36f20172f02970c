import { errorMessage } from '../errors.ts';
import type { Logger } from '../logger.ts';
import { type EventLog, type LogHealth, LogUnavailableError } from '../storage/log/event-log.ts';

const healthEveryMs = 1_000;

/** Whether events are accepted. `browsers: false`: those of servers and webhooks alone. The reason is in the log and in the status. */
export interface Readiness {
  readonly ok: boolean;
  readonly browsers?: false;
}

/** Asks the log every second whether it can take events, so that no request has to. */
export function createReadiness(log: EventLog, logger: Logger) {
  let draining = false;
  let known: Pick<LogHealth, 'writable' | 'problem' | 'browserProblem'> = { writable: true };
  const look = async () => {
    const { writable: before, browserProblem: browsersBefore } = known;
    known = await log.health().catch((error: unknown) => ({
      writable: false,
      problem: `The log cannot be read: ${errorMessage(error)}. Check the disk`,
    }));
    if (before && !known.writable) logger.error({ problem: known.problem }, 'not accepting events');
    if (!before && known.writable) logger.info({}, 'accepting events again');
    const { browserProblem } = known;
    if (browserProblem !== undefined && browsersBefore === undefined)
      logger.error({ problem: browserProblem }, 'refusing events of browsers');
    if (browserProblem === undefined && browsersBefore !== undefined && known.writable)
      logger.info({}, 'accepting events of browsers again');
  };
  void look();
  const timer = setInterval(() => void look(), healthEveryMs);
  return {
    ready: (): Readiness => ({
      ok: !draining && known.writable,
      ...(known.browserProblem !== undefined && { browsers: false }),
    }),
    /** @throws LogUnavailableError before the disk is so full that shutdown and clean-up would have no room. */
    demandWritable: () => {
      if (!known.writable) throw new LogUnavailableError(known.problem);
    },
    drain: () => {
      draining = true;
    },
    end: () => clearInterval(timer),
  };
}
