import { type EventLog, type Offset, startOffset } from '../log/event-log.ts';
import { isOffset, toSeq } from '../log/sqlite-log.schema.ts';
import { CorruptRowError } from '../sqlite/sqlite-errors.ts';
import type { Store } from '../store/store.ts';
import { type RecoveryDeps, recordDamage } from './damage-record.ts';

/** So many records beyond all that is known no cursor stands, unless the disk moved it there. */
const farthest = 10_000_000;

/**
 * Where the end of the log is gone, a new event must not come under an offset that a cursor has passed: nobody would read it. A cursor
 * that cannot be right moves nothing. The log never goes back to where it was before.
 * @throws CorruptRowError where a cursor is not as it was written, or cannot be right.
 */
export async function ensureOffsetsAhead(
  log: Pick<EventLog, 'ensureOffsetsAfter'>,
  store: Pick<Store, 'listCursors' | 'getLastKnownOffset' | 'countKnownAfter'>,
  { logger, dataDir, now }: RecoveryDeps,
): Promise<void> {
  const { identity, connections } = await store.listCursors();
  const cursors = [...identity, ...connections];
  const last = await log.ensureOffsetsAfter(startOffset);
  const furthest = cursors.toSorted().at(-1) ?? startOffset;
  if (last >= furthest && cursors.every(isOffset)) return;
  const known = await store.getLastKnownOffset();
  const end = farthest + Math.max(toSeq(last), isOffset(known) ? toSeq(known) : 0);
  const isRight = (cursor: Offset) => isOffset(cursor) && toSeq(cursor) <= end;
  if (!cursors.every(isRight)) {
    // The sites' cursors are put back by what is known of their events; of a connection's place nothing else tells.
    recordDamage(dataDir.state, now(), !connections.every(isRight));
    throw new CorruptRowError('a cursor stands where the log never was');
  }
  await log.ensureOffsetsAfter(furthest);
  const lost = await store.countKnownAfter(last);
  logger.error({ file: dataDir.log, last, furthest, lost }, 'the end of the log is gone: events that were known are not in it');
}
