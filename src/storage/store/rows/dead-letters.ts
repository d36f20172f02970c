import type { DeadLetter } from '../../ports/dead-letters.ts';
import { issuesSchema } from '../../ports/issue-schema.ts';

export interface DeadLetterRow extends Omit<DeadLetter, 'issues' | 'eventName' | 'eventId'> {
  readonly issues: string;
  readonly event_name: string;
  readonly event_id: string;
}

/** Returns a dead letter without its bytes. */
export function toSample({
  offset,
  issues,
  event_name,
  event_id,
}: Pick<DeadLetterRow, 'offset' | 'issues' | 'event_name' | 'event_id'>) {
  return { offset, issues: issuesSchema.parse(JSON.parse(issues)), eventName: event_name, eventId: event_id };
}

export function toDeadLetter({ cause, bytes, at, ...row }: DeadLetterRow): DeadLetter {
  return { ...toSample(row), cause, bytes, at };
}
