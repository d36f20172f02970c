import { type EventLog, startOffset } from '../log/event-log.ts';
import { CorruptRowError } from '../sqlite/sqlite-errors.ts';
import type { KnownOffsets } from '../store/sqlite/known-offsets.ts';
import { getRecoveryTasks, type RecoveryDeps, recordDamage } from './damage-record.ts';

/**
 * Checks that a log with events has a state beside it. A gateway stores a lease before it accepts an event, and no lease is ever removed: a
 * state without consumers beside a log with events is a new file in the place of a lost one.
 * @throws CorruptRowError if the state is lost. Connections start at the oldest event then.
 */
export async function assertStatePresent(
  log: Pick<EventLog, 'ensureOffsetsAfter'>,
  store: Pick<KnownOffsets, 'hasConsumers'>,
  { dataDir, now, logger }: RecoveryDeps,
): Promise<void> {
  if (getRecoveryTasks(dataDir).startsAtOldest || (await store.hasConsumers())) return;
  if ((await log.ensureOffsetsAfter(startOffset)) === startOffset) return;
  logger.error({ file: dataDir.state }, 'state lost: all events of the log are sent again');
  recordDamage(dataDir.state, now(), true);
  throw new CorruptRowError('the state is lost');
}
