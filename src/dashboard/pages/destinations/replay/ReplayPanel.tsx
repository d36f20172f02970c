import { Alert, Button, Group, Loader, Text } from '@mantine/core';
import { useState } from 'react';
import type { ConnectionView } from '../../../../api/client.ts';
import { pluralize } from '../../../components/display/format.ts';
import { InlineCode } from '../../../components/display/InlineCode.tsx';
import { Timestamp } from '../../../components/display/Timestamp.tsx';
import { ConfirmDialog } from '../../../components/feedback/ConfirmDialog.tsx';
import { RoleOnly } from '../../../components/feedback/RoleOnly.tsx';
import { Panel } from '../../../components/layout/Panel.tsx';
import { callApi } from '../../../data/api-client.ts';
import { useApiMutation } from '../../../data/queries.ts';
import { ReplayDialog } from './ReplayDialog.tsx';

interface ReplayPanelProps {
  readonly site: string;
  readonly connection: string;
  readonly replay: ConnectionView['replay'];
}

/** Starts and stops a replay of a period of the event log. */
export function ReplayPanel({ site, connection, replay }: ReplayPanelProps) {
  const [isOpen, setIsOpen] = useState(false);
  const [isStopping, setIsStopping] = useState(false);
  const [message, setMessage] = useState<string>();
  const params = { site, connection };
  const stop = useApiMutation(() => callApi('DELETE /api/sites/:site/connections/:connection/replay', params), {
    refreshes: ['GET /api/connections', 'GET /api/present'],
    onDone: (answer) => {
      setIsStopping(false);
      setMessage(answer.says);
    },
  });
  const isRunning = replay !== undefined && replay.endedAt === undefined;
  return (
    <Panel
      title="Replay"
      description="Processes the events of a period again, for example after you change a setting. New events are not delayed."
      actions={
        <RoleOnly needs="editor">
          {(isPermitted) =>
            isRunning ? (
              <Button size="xs" variant="default" disabled={!isPermitted} onClick={() => setIsStopping(true)}>
                Stop replay
              </Button>
            ) : (
              <Button size="xs" variant="default" disabled={!isPermitted} onClick={() => setIsOpen(true)}>
                Replay events
              </Button>
            )
          }
        </RoleOnly>
      }
    >
      {replay === undefined ? (
        <Text size="sm" c="dimmed">
          No replays yet.
        </Text>
      ) : (
        <Group gap="sm" wrap="nowrap" align="flex-start">
          {isRunning && <Loader size="xs" mt={2} aria-hidden />}
          <Text size="sm" role="status">
            {isRunning ? 'Replay running' : 'Last replay ended'}
            {replay.endedAt !== undefined && (
              <>
                {' '}
                <Timestamp at={replay.endedAt} as="ago" />
              </>
            )}
            : <Timestamp at={replay.since} /> to <Timestamp at={replay.until} />, {pluralize(replay.passed, 'event')} checked,{' '}
            {pluralize(replay.sent, 'event')} queued.
          </Text>
        </Group>
      )}
      {message !== undefined && (
        <Alert mt="sm" color="blue" role="status" withCloseButton closeButtonLabel="Close" onClose={() => setMessage(undefined)}>
          <InlineCode text={message} />
        </Alert>
      )}
      <ConfirmDialog
        opened={isStopping}
        onClose={() => setIsStopping(false)}
        title="Stop the replay?"
        label="Stop replay"
        mutation={stop}
        onConfirm={() => stop.mutate(undefined)}
      >
        Events that are already queued will still be sent. The rest of the period is not checked. A later replay begins at its
        first event again and omits those that were delivered.
      </ConfirmDialog>
      <ReplayDialog site={site} connection={connection} opened={isOpen} onClose={() => setIsOpen(false)} onDone={setMessage} />
    </Panel>
  );
}
