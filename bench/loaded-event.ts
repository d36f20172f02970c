import type { LoadedEvent } from '../src/delivery/planning/loaded-event.ts';
import { mergeReports } from '../src/delivery/planning/merge-reports.ts';
import { parseEvent } from '../src/event/parse-event.ts';
import type { LogRecord } from '../src/storage/log/event-log.ts';

/** Converts a record to the planner's input: an event with one report and no visitor profile. */
export function toLoadedEvent(record: LogRecord): LoadedEvent {
  const found = { record, isDuplicate: false, duplicates: 0, issues: [], absentReason: undefined };
  return 'bytes' in record.body ? { ...found, event: mergeReports([parseEvent(record.body.bytes)]) } : found;
}
