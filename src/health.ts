import { reasonOf } from './errors.ts';
import { type EventLog, type LogHealth, LogUnavailable } from './log/log.ts';
import type { Logger } from './telemetry.ts';

const healthEveryMs = 1_000;

/** Asks the log every second whether it can take events, so that no request has to. */
export function watchHealth(log: EventLog, logger: Logger) {
  let draining = false;
  let known: Pick<LogHealth, 'writable' | 'problem'> = { writable: true };
  const look = async () => {
    const before = known.writable;
    known = await log
      .health()
      .catch((error: unknown) => ({ writable: false, problem: `The log cannot be read: ${reasonOf(error)}. Check the disk` }));
    if (before && !known.writable) logger.error({ problem: known.problem }, 'not accepting events');
    if (!before && known.writable) logger.info({}, 'accepting events again');
  };
  void look();
  const timer = setInterval(() => void look(), healthEveryMs);
  return {
    ready: () => ({ ok: !draining && known.writable }),
    /** @throws LogUnavailable before the disk is so full that shutdown and clean-up would have no room. */
    demandWritable: () => {
      if (!known.writable) throw new LogUnavailable(known.problem);
    },
    drain: () => {
      draining = true;
    },
    end: () => clearInterval(timer),
  };
}
