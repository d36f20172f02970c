import { Alert, Button, Group, Loader, Text } from '@mantine/core';
import { useState } from 'react';
import type { ConnectionView } from '../../../../api/client.ts';
import { pluralize } from '../../../components/display/format.ts';
import { InlineCode } from '../../../components/display/InlineCode.tsx';
import { Timestamp } from '../../../components/display/Timestamp.tsx';
import { ErrorAlert } from '../../../components/feedback/ErrorStates.tsx';
import { OwnerOnly } from '../../../components/feedback/OwnerOnly.tsx';
import { Panel } from '../../../components/layout/Panel.tsx';
import { callApi } from '../../../data/api-client.ts';
import { useApiMutation } from '../../../data/queries.ts';
import { ReplayDialog } from './ReplayDialog.tsx';

interface ReplayPanelProps {
  readonly site: string;
  readonly connection: string;
  readonly replay: ConnectionView['replay'];
}

/** Sends a period of the log again, beside what comes anew. */
export function ReplayPanel({ site, connection, replay }: ReplayPanelProps) {
  const [isAsking, setIsAsking] = useState(false);
  const [says, setSays] = useState<string>();
  const asked = { site, connection };
  const stop = useApiMutation(() => callApi('DELETE /api/sites/:site/connections/:connection/replay', asked), {
    refreshes: ['GET /api/connections'],
    onDone: (answer) => setSays(answer.says),
  });
  const isRunning = replay !== undefined && replay.endedAt === undefined;
  return (
    <Panel
      title="Replay"
      description="Goes through a period of the log once more: after a setting changed, or where the platform lost events. New events are not held up."
      actions={
        <OwnerOnly>
          {(isOwner) =>
            isRunning ? (
              <Button
                size="xs"
                variant="default"
                disabled={!isOwner}
                loading={stop.isPending}
                onClick={() => stop.mutate(undefined)}
              >
                Stop the replay
              </Button>
            ) : (
              <Button size="xs" variant="default" disabled={!isOwner} onClick={() => setIsAsking(true)}>
                Replay a period
              </Button>
            )
          }
        </OwnerOnly>
      }
    >
      {replay === undefined ? (
        <Text size="sm" c="dimmed">
          None yet.
        </Text>
      ) : (
        <Group gap="sm" wrap="nowrap" align="flex-start">
          {isRunning && <Loader size="xs" mt={2} aria-hidden />}
          <Text size="sm" role="status">
            {isRunning ? 'It runs, and has come this far' : 'The last one ended'}
            {replay.endedAt !== undefined && (
              <>
                {' '}
                <Timestamp at={replay.endedAt} as="ago" />
              </>
            )}
            : <Timestamp at={replay.since} /> to <Timestamp at={replay.until} />, {pluralize(replay.passed, 'event')} looked at,{' '}
            {pluralize(replay.sent, 'event')} put up to be sent.
          </Text>
        </Group>
      )}
      {stop.error && <ErrorAlert error={stop.error} />}
      {says !== undefined && (
        <Alert mt="sm" color="blue" role="status" withCloseButton closeButtonLabel="Close" onClose={() => setSays(undefined)}>
          <InlineCode text={says} />
        </Alert>
      )}
      <ReplayDialog site={site} connection={connection} opened={isAsking} onClose={() => setIsAsking(false)} onDone={setSays} />
    </Panel>
  );
}
