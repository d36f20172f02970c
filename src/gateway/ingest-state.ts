import { LogUnavailableError } from '../storage/log/event-log.ts';
import type { IntakeHealth } from '../storage/spool/spooled-intake.ts';

/** Whether events are accepted. `browsers: false`: only those of servers and webhooks. The logs and the status report the reason. */
export interface Readiness {
  readonly ok: boolean;
  readonly browsers?: false;
  /** The place of the events, if there is a choice. */
  readonly appendsTo?: 'database' | 'spool';
}

/** The state of the gateway on which the collector depends. */
export interface IngestState extends IntakeHealth {
  readonly isDraining: boolean;
}

export function toReadiness({ isDraining, writable, browserProblem, appendsTo }: IngestState): Readiness {
  return {
    ok: !isDraining && writable,
    ...(browserProblem !== undefined && { browsers: false }),
    ...(appendsTo !== undefined && { appendsTo }),
  };
}

/** @throws LogUnavailableError if no event can be stored; early enough to leave disk space for shutdown and clean-up. */
export function demandWritable({ writable, problem }: IngestState): void {
  if (!writable) throw new LogUnavailableError(problem);
}
