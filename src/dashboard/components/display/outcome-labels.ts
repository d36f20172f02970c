import type { OutcomeView } from '../../../api/client.ts';
import { skipLabels } from './skip-labels.ts';

/** Short names of all outcomes. */
export const outcomeLabels = {
  delivered: 'Delivered',
  'awaiting-verdict': 'Awaiting verdict',
  unverified: 'No verdict',
  waiting: 'Waiting',
  undelivered: 'Not delivered yet',
  'before-connection': 'Before this connection',
  dead: 'Dead letter',
  ...skipLabels,
} as const satisfies Record<OutcomeView['outcome'], string>;
