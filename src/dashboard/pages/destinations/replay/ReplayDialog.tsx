import { Alert, Checkbox, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { formatLocalTime, parseLocalTime } from '../../../components/display/local-time.ts';
import { ConfirmDialog } from '../../../components/feedback/ConfirmDialog.tsx';
import { callApi } from '../../../data/api-client.ts';
import { gatewayClock } from '../../../data/gateway-clock.ts';
import { getLoadState } from '../../../data/load-state.ts';
import { useApiMutation, useApiQuery } from '../../../data/queries.ts';
import { describePeriod } from './describe-period.ts';

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
  const [since, setSince] = useState(() => formatLocalTime(gatewayClock.now() - dayMs));
  const [until, setUntil] = useState(() => formatLocalTime(gatewayClock.now() + minuteMs));
  const [again, setAgain] = useState(false);
  const [from, to] = [parseLocalTime(since), parseLocalTime(until)];
  const isPeriod = from !== undefined && to !== undefined && from < to;
  const start = useApiMutation(
    (period: { readonly since: number; readonly until: number }) =>
      callApi('POST /api/sites/:site/connections/:connection/replay', { site, connection }, { ...period, again }),
    {
      refreshes: ['GET /api/connections', 'GET /api/present'],
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
        {isPeriod && opened && <PeriodCount site={site} connection={connection} since={from} until={to} again={again} />}
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

interface PeriodCountProps {
  readonly site: string;
  readonly connection: string;
  readonly since: number;
  readonly until: number;
  readonly again: boolean;
}

/** Shows how many events a replay of the period would check, before it starts. */
function PeriodCount({ site, connection, again, ...period }: PeriodCountProps) {
  const load = getLoadState(useApiQuery('GET /api/totals', period), (all) => describePeriod(all, { site, connection, again }));
  const texts = {
    loading: 'Counting the events of this period…',
    failed: 'The events of this period could not be counted. The replay can still start.',
  };
  return (
    <Text size="sm" fw={600} role="status">
      {load.state === 'loaded' ? load.data : texts[load.state]}
    </Text>
  );
}
