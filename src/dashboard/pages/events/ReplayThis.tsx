import { Alert, Button, Group, Modal, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import type { TimelineView } from '../../../api/client.ts';
import { ask } from '../../api.ts';
import { Refused } from '../../parts/Fault.tsx';
import { Icon } from '../../parts/Icon.tsx';
import { OwnerOnly } from '../../parts/OwnerOnly.tsx';
import { useChange } from '../../queries.ts';

interface ReplayThisProps {
  readonly site: string;
  readonly eventId: string;
  readonly delivery: TimelineView['connections'][number];
}

/** Sends this one event again; one that was delivered only after a question. */
export function ReplayThis({ site, eventId, delivery: { connection, outcome } }: ReplayThisProps) {
  const [isAsking, { open, close }] = useDisclosure(false);
  const wasDelivered = outcome === 'delivered';
  const replay = useChange(
    (again: boolean) =>
      ask('POST /api/sites/:site/connections/:connection/replay', { site, connection }, { eventId, ...(again && { again }) }),
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
      {replay.error && <Refused error={replay.error} />}
      <Modal opened={isAsking} onClose={close} title="Send it again?" closeButtonProps={{ 'aria-label': 'Close' }}>
        <Stack>
          <Text size="sm">
            It was delivered already. Microsoft merges the two by event id and name, and does not say for how long it remembers: a
            purchase may count twice.
          </Text>
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              Leave it
            </Button>
            <Button color="red" loading={replay.isPending} onClick={() => replay.mutate(true)}>
              Send it again
            </Button>
          </Group>
        </Stack>
      </Modal>
    </Stack>
  );
}
