import type { Clock } from '../../../clock/clock.ts';
import { runPeriodically } from '../../../clock/run-periodically.ts';
import { secondMs } from '../../../event/units.ts';
import type { EventLog } from '../event-log.ts';
import type { DatabaseOutage } from './database-outage.ts';

export interface WriteWatchDeps {
  readonly log: Pick<EventLog, 'health'>;
  readonly outage: Pick<DatabaseOutage, 'begin' | 'end'>;
  readonly clock: Clock;
}

/** The checks in a row that succeed before an outage ends. A full disk passes one now and then, until an event needs more space. */
const minSuccesses = 10;

/** Reports the times in which the database refuses events, for a process without a spool. */
export function watchWrites({ log, outage, clock }: WriteWatchDeps): { stop(): Promise<void> } {
  let successes = 0;
  const fail = (problem = 'The database accepts no events') => {
    successes = 0;
    outage.begin('writes', problem);
  };
  return runPeriodically({
    clock,
    firstAfterMs: 0,
    everyMs: secondMs,
    async round() {
      const { writable, problem } = await log.health();
      if (!writable) return fail(problem);
      successes += 1;
      if (successes >= minSuccesses) outage.end('writes');
    },
    onFault: () => fail(),
  });
}
