import type { LogRecord, Offset } from '../../storage/log/event-log.ts';
import type { AbsentReason } from '../../storage/ports/reports.ts';
import type { Store } from '../../storage/ports/store.ts';

/**
 * Masks the bodies that the store marks as absent. The store is marked before the event log is redacted, so a crash in between leaves
 * a body that must not be read.
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
