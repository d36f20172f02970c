import { Alert, Checkbox, SimpleGrid, Stack, TextInput } from '@mantine/core';
import { useState } from 'react';
import { formatLocalTime, parseLocalTime } from '../../../components/display/local-time.ts';
import { ConfirmDialog } from '../../../components/feedback/ConfirmDialog.tsx';
import { callApi } from '../../../data/api-client.ts';
import { useApiMutation } from '../../../data/queries.ts';

interface ReplayDialogProps {
  readonly site: string;
  readonly connection: string;
  readonly opened: boolean;
  readonly onClose: () => void;
  readonly onDone: (message: string) => void;
}

const minuteMs = 60_000;
const dayMs = 86_400_000;

/** Asks for the period to replay, in the user's time zone. */
export function ReplayDialog({ site, connection, opened, onClose, onDone }: ReplayDialogProps) {
  const [since, setSince] = useState(() => formatLocalTime(Date.now() - dayMs));
  const [until, setUntil] = useState(() => formatLocalTime(Date.now() + minuteMs));
  const [again, setAgain] = useState(false);
  const [from, to] = [parseLocalTime(since), parseLocalTime(until)];
  const isPeriod = from !== undefined && to !== undefined && from < to;
  const start = useApiMutation(
    (period: { readonly since: number; readonly until: number }) =>
      callApi('POST /api/sites/:site/connections/:connection/replay', { site, connection }, { ...period, again }),
    {
      refreshes: ['GET /api/connections'],
      onDone: ({ says }) => {
        onDone(says);
        onClose();
      },
    },
  );
  return (
    <ConfirmDialog
      opened={opened}
      onClose={onClose}
      title="Replay events"
      label="Start replay"
      mutation={start}
      onConfirm={() => {
        if (isPeriod) start.mutate({ since: from, until: to });
      }}
    >
      <Stack>
        Processes the events of a period again, with the current settings. Events without consent, erased events and expired
        events are not sent.
        <SimpleGrid cols={{ base: 1, xs: 2 }}>
          <TextInput
            type="datetime-local"
            label="From"
            required
            value={since}
            onChange={({ currentTarget }) => setSince(currentTarget.value)}
          />
          <TextInput
            type="datetime-local"
            label="To"
            required
            value={until}
            onChange={({ currentTarget }) => setUntil(currentTarget.value)}
            error={from !== undefined && to !== undefined && from >= to ? 'Must be later than the start.' : undefined}
          />
        </SimpleGrid>
        <Checkbox
          label="Include delivered events"
          checked={again}
          onChange={({ currentTarget }) => setAgain(currentTarget.checked)}
        />
        {again && (
          <Alert color="yellow" role="alert">
            The platform will receive these events twice. It counts them once only if it still remembers their IDs.
          </Alert>
        )}
      </Stack>
    </ConfirmDialog>
  );
}
