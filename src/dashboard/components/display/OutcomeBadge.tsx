import { Badge } from '@mantine/core';
import type { OutcomeView } from '../../../api/client.ts';
import { outcomeLabels } from './outcome-labels.ts';

const colors: Readonly<Record<string, string>> = {
  delivered: 'green',
  'awaiting-verdict': 'blue',
  unverified: 'orange',
  restated: 'green',
  retracted: 'green',
  waiting: 'yellow',
  undelivered: 'blue',
  dead: 'red',
};

/** Shows an outcome. Skips are grey, because they are no failures. */
export function OutcomeBadge({ outcome }: { readonly outcome: OutcomeView['outcome'] }) {
  return (
    <Badge color={colors[outcome] ?? 'gray'} className="wrapping">
      {outcomeLabels[outcome] ?? outcome}
    </Badge>
  );
}
