import { Badge, Tooltip } from '@mantine/core';
import type { OutcomeView } from '../../../api/client.ts';

const colors: Readonly<Record<string, string>> = {
  delivered: 'green',
  waiting: 'yellow',
  undelivered: 'blue',
  dead: 'red',
};

/** What became of an event; a skip is no failure, so it is grey. */
export function OutcomeBadge({ outcome, says }: { readonly outcome: OutcomeView['outcome']; readonly says?: string }) {
  const badge = (
    <Badge color={colors[outcome] ?? 'gray'} {...(says !== undefined && { tabIndex: 0 })}>
      {outcome}
    </Badge>
  );
  return says === undefined ? badge : <Tooltip label={says}>{badge}</Tooltip>;
}
