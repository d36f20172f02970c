import type { DeadLetterView } from '../../../../api/client.ts';

/** The causes of failed events in words. */
export const causeLabels = {
  rejected: 'The platform, or the check before sending, rejected the event.',
  expired: 'The event is too old for the platform.',
  corrupt: 'The stored event is damaged.',
} as const satisfies Record<DeadLetterView['cause'], string>;
