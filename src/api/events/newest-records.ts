import type { EventLog, LogPage, Offset } from '../../storage/log/event-log.ts';

/** The next page is before `older`. If `older` is absent, this is the last page. */
export interface Page<Row> {
  readonly rows: readonly Row[];
  readonly older?: Offset;
}

/** Reads one more record than `limit`, to know whether there is a next page. */
export async function readNewest(
  log: EventLog,
  partition: string,
  limit: number,
  before?: Offset,
): Promise<LogPage & { older?: Offset }> {
  const { records: read, lastOffset: through } = await log.latest(partition, limit + 1, before);
  const records = read.slice(-limit);
  const [first] = records;
  return { records, lastOffset: through, ...(first && read.length > limit && { older: first.offset }) };
}
