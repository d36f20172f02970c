import { Alert, Button, Group, Stack } from '@mantine/core';
import { useLocation } from '@tanstack/react-router';
import { useState } from 'react';
import {
  type ApiInput,
  type ConnectionSettingsView,
  type ConnectionView,
  type SiteSettingsView,
  settingsTestTexts,
} from '../../../../api/client.ts';
import { Icon } from '../../../components/display/Icon.tsx';
import { InlineCode } from '../../../components/display/InlineCode.tsx';
import { ConfirmDialog } from '../../../components/feedback/ConfirmDialog.tsx';
import { ErrorAlert } from '../../../components/feedback/ErrorStates.tsx';
import { RoleOnly } from '../../../components/feedback/RoleOnly.tsx';
import { IssueAction } from '../../../components/layout/IssueAction.tsx';
import { RouterAnchor } from '../../../components/layout/router-links.tsx';
import { callApi } from '../../../data/api-client.ts';
import { useApiMutation } from '../../../data/queries.ts';
import { selectOpen, useIssues } from '../../../data/use-issues.ts';
import { MuteButton } from './MuteButton.tsx';

type Action = ApiInput<'POST /api/sites/:site/connections/:connection/:action'>['action'];

interface ConnectionActionsProps {
  readonly site: SiteSettingsView;
  readonly connection: ConnectionSettingsView;
  readonly view: ConnectionView;
}

const done = { label: undefined, color: 'green', shape: 'check' } as const;

/** Buttons that act on a connection at once, with their results. */
export function ConnectionActions({ site, connection, view }: ConnectionActionsProps) {
  const [isConfirming, setIsConfirming] = useState(false);
  const target = { site: site.id, connection: connection.id };
  const act = useApiMutation((action: Action) =>
    callApi('POST /api/sites/:site/connections/:connection/:action', { ...target, action }),
  );
  const send = useApiMutation((live: '1' | undefined) => callApi('POST /api/sites/:site/send-test', { site: site.id, live }), {
    onDone: () => setIsConfirming(false),
  });
  // A connection that the platform blocked counts as paused too. An operator may resume it.
  const isPaused = view.pausedSince !== undefined;
  const receivers = site.connections.filter(({ isLive, enabled, problem }) => isLive && enabled && problem === undefined);
  const isOff = view.health === 'disabled';
  const { href, pathname } = useLocation();
  const { data: issues = [] } = useIssues();
  const [worst] = selectOpen(issues).filter((one) => one.site === site.id && one.connection === connection.id);
  // A button that leads to this page leads nowhere.
  const helping = worst && worst.action.path !== pathname && worst.action.path !== href ? worst : undefined;
  const result = act.data?.state === undefined ? done : settingsTestTexts[act.data.state];
  return (
    <Stack gap="sm">
      <RoleOnly needs="editor">
        {(isPermitted) => (
          <Group gap="xs">
            {helping && <IssueAction issue={helping} isMain />}
            <Button
              variant="default"
              disabled={!isPermitted || isOff}
              loading={act.isPending && act.variables === 'probe'}
              onClick={() => act.mutate('probe')}
            >
              Test connection
            </Button>
            <Button
              variant="default"
              disabled={!isPermitted || isOff}
              loading={send.isPending}
              onClick={() => (receivers.length > 0 ? setIsConfirming(true) : send.mutate(undefined))}
            >
              Send test event
            </Button>
            <Button
              variant="default"
              disabled={!isPermitted || isOff}
              leftSection={<Icon name={isPaused ? 'play' : 'pause'} size={16} />}
              loading={act.isPending && act.variables !== 'probe'}
              onClick={() => act.mutate(isPaused ? 'resume' : 'pause')}
            >
              {isPaused ? 'Resume' : 'Pause'}
            </Button>
            <MuteButton target={target} isDisabled={!isPermitted || isOff} />
          </Group>
        )}
      </RoleOnly>
      {act.error && <ErrorAlert error={act.error} />}
      {act.data && (
        <Alert
          color={result.color}
          icon={<Icon name={result.shape} />}
          title={result.label}
          role="status"
          withCloseButton
          closeButtonLabel="Close"
          onClose={act.reset}
        >
          <InlineCode text={act.data.says} />
        </Alert>
      )}
      {send.error && !isConfirming && <ErrorAlert error={send.error} />}
      {send.data && (
        <Alert
          color="green"
          icon={<Icon name="check" />}
          role="status"
          withCloseButton
          closeButtonLabel="Close"
          onClose={send.reset}
        >
          Convey received the test event.{' '}
          <RouterAnchor
            to="/sites/$site/events/$event"
            params={{ site: site.id, event: send.data.eventId }}
            inherit
            underline="always"
          >
            View event
          </RouterAnchor>
        </Alert>
      )}
      <ConfirmDialog
        opened={isConfirming}
        onClose={() => setIsConfirming(false)}
        title="Send to a live platform?"
        label="Send test event"
        mutation={send}
        onConfirm={() => send.mutate('1')}
      >
        The test event goes to every connection of this site. {receivers.map(({ id }) => id).join(', ')}{' '}
        {receivers.length === 1 ? 'is' : 'are'} live. The event is named convey_test, has no value and matches no goal, but
        appears in the platform's reports. To check the credentials without sending an event, use Test connection.
      </ConfirmDialog>
    </Stack>
  );
}
