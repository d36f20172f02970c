import { Alert, Button, Stack } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import type { TimelineView } from '../../../../api/client.ts';
import { Icon } from '../../../components/display/Icon.tsx';
import { InlineCode } from '../../../components/display/InlineCode.tsx';
import { ConfirmDialog } from '../../../components/feedback/ConfirmDialog.tsx';
import { ErrorAlert } from '../../../components/feedback/ErrorStates.tsx';
import { RoleOnly } from '../../../components/feedback/RoleOnly.tsx';
import { callApi } from '../../../data/api-client.ts';
import { useApiMutation } from '../../../data/queries.ts';

interface ReplayEventProps {
  readonly site: string;
  readonly eventId: string;
  readonly delivery: TimelineView['connections'][number];
}

/** Sends one event again. Asks for confirmation if it was delivered before. */
export function ReplayEvent({ site, eventId, delivery: { connection, outcome } }: ReplayEventProps) {
  const [isConfirming, { open, close }] = useDisclosure(false);
  const wasDelivered = outcome === 'delivered';
  const replay = useApiMutation(
    (again: boolean) =>
      callApi('POST /api/sites/:site/connections/:connection/replay', { site, connection }, { eventId, ...(again && { again }) }),
    { refreshes: ['GET /api/sites/:site/timelines'], onDone: close },
  );
  return (
    <Stack gap="xs" align="flex-start">
      <RoleOnly needs="editor">
        {(isPermitted) => (
          <Button
            size="xs"
            variant="default"
            disabled={!isPermitted}
            loading={replay.isPending}
            leftSection={<Icon name="again" size={14} />}
            onClick={() => (wasDelivered ? open() : replay.mutate(false))}
          >
            Replay event
          </Button>
        )}
      </RoleOnly>
      {replay.data && (
        <Alert variant="light" color={replay.data.events > 0 ? 'jade' : 'yellow'} p="xs" role="status">
          <InlineCode text={replay.data.says} />
        </Alert>
      )}
      {replay.error && !isConfirming && <ErrorAlert error={replay.error} />}
      <ConfirmDialog
        opened={isConfirming}
        onClose={close}
        title="Replay delivered event?"
        label="Replay event"
        isDestructive
        mutation={replay}
        onConfirm={() => replay.mutate(true)}
      >
        This event was already delivered. The platform deduplicates by event ID and name, but only for an unknown time. A purchase
        may count twice.
      </ConfirmDialog>
    </Stack>
  );
}
