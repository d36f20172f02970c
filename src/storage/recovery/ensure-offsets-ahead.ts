import { type EventLog, type Offset, startOffset } from '../log/event-log.ts';
import { isOffset, toSeq } from '../log/offsets.ts';
import { CorruptRowError } from '../sqlite/sqlite-errors.ts';
import type { KnownOffsets } from '../store/sqlite/known-offsets.ts';
import { type RecoveryDeps, recordDamage } from './damage-record.ts';

/** A cursor further ahead of every known offset is corrupt. */
const maxAhead = 10_000_000;

/**
 * Moves the event log's next offset past every cursor, if its end was lost: an event at an offset that a cursor has passed would never be
 * read. A corrupt cursor moves nothing, because the event log's offsets never decrease again.
 * @throws CorruptRowError if a cursor is corrupt.
 */
export async function ensureOffsetsAhead(
  log: Pick<EventLog, 'ensureOffsetsAfter'>,
  store: KnownOffsets,
  { logger, dataDir, now }: RecoveryDeps,
): Promise<void> {
  const { identity, connections } = await store.listCursors();
  const cursors = [...identity, ...connections];
  const last = await log.ensureOffsetsAfter(startOffset);
  const furthest = cursors.toSorted().at(-1) ?? startOffset;
  if (last >= furthest && cursors.every(isOffset)) return;
  const known = await store.getLastKnownOffset();
  const end = maxAhead + Math.max(toSeq(last), isOffset(known) ? toSeq(known) : 0);
  const isValid = (cursor: Offset) => isOffset(cursor) && toSeq(cursor) <= end;
  if (!cursors.every(isValid)) {
    // Salvage resets a site's identity cursor from the event index. A connection's cursor is stored nowhere else.
    recordDamage(dataDir.state, now(), !connections.every(isValid));
    throw new CorruptRowError('a cursor is ahead of every offset of the event log');
  }
  await log.ensureOffsetsAfter(furthest);
  const lost = await store.countKnownAfter(last);
  logger.error({ file: dataDir.log, last, furthest, lost }, 'end of the event log lost');
}
