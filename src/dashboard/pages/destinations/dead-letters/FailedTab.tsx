import { Stack } from '@mantine/core';
import { DeadLetterGroups } from './DeadLetterGroups.tsx';
import { DeadLetters } from './DeadLetters.tsx';

interface FailedTabProps {
  readonly site: string;
  readonly connection: string;
  /** Current number of dead letters. */
  readonly count: number;
}

/** The dead letters of a connection, by their reason and one by one. */
export function FailedTab({ site, connection, count }: FailedTabProps) {
  return (
    <Stack gap="lg">
      <DeadLetterGroups site={site} connection={connection} count={count} />
      <DeadLetters site={site} connection={connection} count={count} />
    </Stack>
  );
}
