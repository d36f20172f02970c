import { Alert, Button, Stack } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import type { TimelineView } from '../../../../api/client.ts';
import { Icon } from '../../../components/display/Icon.tsx';
import { ConfirmDialog } from '../../../components/feedback/ConfirmDialog.tsx';
import { ErrorAlert } from '../../../components/feedback/ErrorStates.tsx';
import { OwnerOnly } from '../../../components/feedback/OwnerOnly.tsx';
import { callApi } from '../../../data/api-client.ts';
import { useApiMutation } from '../../../data/queries.ts';

interface ReplayEventProps {
  readonly site: string;
  readonly eventId: string;
  readonly delivery: TimelineView['connections'][number];
}

/** Sends this one event again; one that was delivered only after a question. */
export function ReplayEvent({ site, eventId, delivery: { connection, outcome } }: ReplayEventProps) {
  const [isAsking, { open, close }] = useDisclosure(false);
  const wasDelivered = outcome === 'delivered';
  const replay = useApiMutation(
    (again: boolean) =>
      callApi('POST /api/sites/:site/connections/:connection/replay', { site, connection }, { eventId, ...(again && { again }) }),
    { refreshes: ['GET /api/sites/:site/timelines'], onDone: close },
  );
  return (
    <Stack gap="xs" align="flex-start">
      <OwnerOnly>
        {(isOwner) => (
          <Button
            size="xs"
            variant="default"
            disabled={!isOwner}
            loading={replay.isPending}
            leftSection={<Icon name="again" size={14} />}
            onClick={() => (wasDelivered ? open() : replay.mutate(false))}
          >
            Replay this one
          </Button>
        )}
      </OwnerOnly>
      {replay.data && (
        <Alert variant="light" color={replay.data.events > 0 ? 'jade' : 'yellow'} p="xs" role="status">
          {replay.data.says}
        </Alert>
      )}
      {replay.error && !isAsking && <ErrorAlert error={replay.error} />}
      <ConfirmDialog
        opened={isAsking}
        onClose={close}
        title="Send it again?"
        label="Send it again"
        isDestructive
        isPending={replay.isPending}
        error={replay.error}
        onConfirm={() => replay.mutate(true)}
      >
        It was delivered already. The platform merges the two by event id and name, and does not say for how long it remembers: a
        purchase may count twice.
      </ConfirmDialog>
    </Stack>
  );
}
