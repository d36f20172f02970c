import type { OutcomeView } from '../../../api/client.ts';
import { skipLabels } from './skip-labels.ts';

/** Short names of all outcomes. */
export const outcomeLabels = {
  delivered: 'Delivered',
  'awaiting-verdict': 'Being checked',
  unverified: 'Unverified',
  restated: 'Restated',
  retracted: 'Retracted',
  waiting: 'On hold',
  undelivered: 'Not delivered yet',
  'before-connection': 'Before this connection',
  dead: 'Failed event',
  ...skipLabels,
} as const satisfies Record<OutcomeView['outcome'], string>;
