import type { LogRecord, Offset } from '../../storage/log/event-log.ts';
import type { AbsentReason, Store } from '../../storage/store/store.ts';

/**
 * Records as they may be read. The store says first that a body goes, and the log lets it go after that: where a fault came in
 * between, the body is still there and counts as gone.
 */
export async function maskErasedRecords(
  records: readonly LogRecord[],
  store: Pick<Store, 'getAbsentReasons'>,
  site: string,
): Promise<{ readonly records: readonly LogRecord[]; readonly absentReasons: ReadonlyMap<Offset, AbsentReason> }> {
  const offsets = records.map(({ offset }) => offset);
  const absentReasons = await store.getAbsentReasons(site, offsets);
  const read = records.map((record) =>
    absentReasons.has(record.offset) ? { ...record, body: { redacted: true } as const } : record,
  );
  return { records: read, absentReasons };
}
