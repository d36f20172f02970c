import type { EventLog, LogPage, LogRecord, Offset } from '../../storage/log/event-log.ts';

/** The next page is before `older`. If `older` is absent, this is the last page. */
export interface Page<Row> {
  readonly rows: readonly Row[];
  readonly older?: Offset;
}

/** Bounds the work for a page if few records are listed. The page then has fewer records than `limit`. */
const maxReads = 20;

/** Reads one more record than `limit`, to know whether there is a next page. Leaves out the records that are not listed. */
export async function readNewest(
  log: Pick<EventLog, 'latest'>,
  partition: string,
  limit: number,
  before?: Offset,
  isListed: (record: LogRecord) => boolean = () => true,
): Promise<LogPage & { older?: Offset }> {
  let read = await log.latest(partition, limit + 1, before);
  const { lastOffset } = read;
  let listed = read.records.filter(isListed);
  for (let reads = 1; reads < maxReads && listed.length <= limit && read.records.length > limit; reads += 1) {
    read = await log.latest(partition, limit + 1, read.records[0]?.offset);
    listed = [...read.records.filter(isListed), ...listed];
  }
  const records = listed.slice(-limit);
  const [first] = listed.length > limit ? records : read.records;
  const isLast = listed.length <= limit && read.records.length <= limit;
  return { records, lastOffset, ...(first && !isLast && { older: first.offset }) };
}
