import type { DeadLetter } from '../../ports/dead-letters.ts';
import { issuesSchema } from '../../ports/issue-schema.ts';

export interface DeadLetterRow extends Omit<DeadLetter, 'issues' | 'eventName' | 'eventId'> {
  readonly issues: string;
  readonly event_name: string;
  readonly event_id: string;
}

export function toDeadLetter({ offset, cause, issues, event_name, event_id, bytes, at }: DeadLetterRow): DeadLetter {
  const reasons = issuesSchema.parse(JSON.parse(issues));
  return { offset, cause, issues: reasons, eventName: event_name, eventId: event_id, bytes, at };
}
