import { Alert, Button, Group, Stack } from '@mantine/core';
import { useState } from 'react';
import type { ConnectionSettingsView, ConnectionView, InputOf, SiteSettingsView } from '../../../../api/client.ts';
import { Icon } from '../../../components/display/Icon.tsx';
import { InlineCode } from '../../../components/display/InlineCode.tsx';
import { ConfirmDialog } from '../../../components/feedback/ConfirmDialog.tsx';
import { ErrorAlert } from '../../../components/feedback/ErrorStates.tsx';
import { OwnerOnly } from '../../../components/feedback/OwnerOnly.tsx';
import { RouterAnchor } from '../../../components/layout/router-links.tsx';
import { callApi } from '../../../data/api-client.ts';
import { useApiMutation } from '../../../data/queries.ts';

type Action = InputOf<'POST /api/sites/:site/connections/:connection/:action'>['action'];

interface ConnectionActionsProps {
  readonly site: SiteSettingsView;
  readonly connection: ConnectionSettingsView;
  readonly view: ConnectionView;
}

/** What can be done about a connection at once, and what came of it. */
export function ConnectionActions({ site, connection, view }: ConnectionActionsProps) {
  const [isAskingToSend, setIsAskingToSend] = useState(false);
  const asked = { site: site.id, connection: connection.id };
  const act = useApiMutation((action: Action) =>
    callApi('POST /api/sites/:site/connections/:connection/:action', { ...asked, action }),
  );
  const send = useApiMutation((live: '1' | undefined) => callApi('POST /api/sites/:site/send-test', { site: site.id, live }), {
    onDone: () => setIsAskingToSend(false),
  });
  // The platform's refusal is a pause too, which a person may end.
  const isPaused = view.pausedSince !== undefined;
  const receivers = site.connections.filter(({ isLive, enabled }) => isLive && enabled);
  const isOff = view.health === 'disabled';
  return (
    <Stack gap="sm">
      <OwnerOnly>
        {(isOwner) => (
          <Group gap="xs">
            <Button
              variant="default"
              disabled={!isOwner || isOff}
              loading={act.isPending && act.variables === 'probe'}
              onClick={() => act.mutate('probe')}
            >
              Test connection
            </Button>
            <Button
              variant="default"
              disabled={!isOwner || isOff}
              loading={send.isPending}
              onClick={() => (receivers.length > 0 ? setIsAskingToSend(true) : send.mutate(undefined))}
            >
              Send test event
            </Button>
            <Button
              variant="default"
              disabled={!isOwner || isOff}
              leftSection={<Icon name={isPaused ? 'play' : 'pause'} size={16} />}
              loading={act.isPending && act.variables !== 'probe'}
              onClick={() => act.mutate(isPaused ? 'resume' : 'pause')}
            >
              {isPaused ? 'Resume' : 'Pause'}
            </Button>
          </Group>
        )}
      </OwnerOnly>
      {act.error && <ErrorAlert error={act.error} />}
      {act.data && (
        <Alert
          color={act.data.ok ? 'green' : 'red'}
          icon={<Icon name={act.data.ok ? 'check' : 'warn'} />}
          role="status"
          withCloseButton
          closeButtonLabel="Close"
          onClose={act.reset}
        >
          <InlineCode text={act.data.says} />
        </Alert>
      )}
      {send.error && !isAskingToSend && <ErrorAlert error={send.error} />}
      {send.data && (
        <Alert
          color="green"
          icon={<Icon name="check" />}
          role="status"
          withCloseButton
          closeButtonLabel="Close"
          onClose={send.reset}
        >
          A test event was accepted.{' '}
          <RouterAnchor
            to="/sites/$site/events/$event"
            params={{ site: site.id, event: send.data.eventId }}
            inherit
            underline="always"
          >
            See what becomes of it
          </RouterAnchor>
        </Alert>
      )}
      <ConfirmDialog
        opened={isAskingToSend}
        onClose={() => setIsAskingToSend(false)}
        title="A real platform would receive it"
        label="Send it all the same"
        isPending={send.isPending}
        error={send.error}
        onConfirm={() => send.mutate('1')}
      >
        The test event goes through every connection of this site, and {receivers.map(({ id }) => id).join(', ')}{' '}
        {receivers.length === 1 ? 'reaches its' : 'reach their'} real platform. It is named convey_test, has no value and matches
        no goal, but it stands in the platform's reports. Test connection asks about the credential without sending anything.
      </ConfirmDialog>
    </Stack>
  );
}
