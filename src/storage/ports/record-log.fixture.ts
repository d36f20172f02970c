import { isSignalName } from '../../event/event-names.ts';
import type { LogRecord } from '../log/event-log.ts';
import type { BacklogSources } from '../ports/backlog.ts';

/** A record without its body. */
type KeyedRecord = Pick<LogRecord, 'offset' | 'at' | 'key'>;

/** Creates a log in memory for readers of the backlog. A filter leaves out signals. `records` may grow. */
export function createRecordLog(records: readonly KeyedRecord[]): BacklogSources['log'] {
  const toPage = (some: readonly KeyedRecord[]) => ({
    records: some.map((record) => ({ ...record, body: { redacted: true as const } })),
    lastOffset: some.at(-1)?.offset ?? '',
  });
  return {
    read: async (_, after, max) => toPage(records.filter(({ offset }) => offset > after).slice(0, max.records)),
    latest: async (_, count) => toPage(records.slice(-count)),
    count: async (_, after, through, filter) =>
      records.filter(({ offset, key }) => offset > after && offset <= through && !(filter && isSignalName(key))).length,
    findOffsetAt: async (_, at) => records.findLast((record) => record.at < at.getTime())?.offset ?? '',
  };
}
