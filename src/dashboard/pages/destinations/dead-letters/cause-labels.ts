import type { DeadLetterView } from '../../../../api/client.ts';

/** The causes of failed events in words. */
export const causeLabels = {
  rejected: 'The platform, or the check before sending, rejected the event.',
  expired: 'The event is too old for the platform.',
  corrupt: 'The stored event is damaged.',
} as const satisfies Record<DeadLetterView['cause'], string>;

type Reason = Pick<DeadLetterView, 'cause' | 'issues'>;

/** Splits the issues of a failed event, or of a group of them, into the reason, which is the last one, and the warnings before it. */
export function describeReason({ cause, issues }: Reason): {
  readonly label: string;
  readonly message: string;
  readonly warnings: DeadLetterView['issues'];
} {
  const last = issues.at(-1);
  return { label: last?.code || cause, message: last?.message ?? causeLabels[cause], warnings: issues.slice(0, -1) };
}
