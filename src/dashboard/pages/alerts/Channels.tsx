import { Alert, Badge, Box, Button, Group, Modal, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { type AlertChannelView, type AlertSettingsView, type AlertsView, describeChannel } from '../../../api/client.ts';
import { Icon } from '../../components/display/Icon.tsx';
import { Timestamp } from '../../components/display/Timestamp.tsx';
import { EmptyState } from '../../components/feedback/EmptyState.tsx';
import { ErrorAlert } from '../../components/feedback/ErrorStates.tsx';
import { QueryState } from '../../components/feedback/QueryState.tsx';
import { Panel } from '../../components/layout/Panel.tsx';
import { callApi } from '../../data/api-client.ts';
import { useApiMutation, useApiQuery, useHasRole } from '../../data/queries.ts';
import { toAlertSettings, toFormValue } from './alert-form.ts';
import { ChannelForm } from './ChannelForm.tsx';
import { type ChannelInput, channelLabels, toChannelInput } from './channel-input.ts';
import { RemoveChannelDialog } from './RemoveChannelDialog.tsx';

interface ChannelsProps {
  readonly view: AlertsView;
  readonly settings: AlertSettingsView;
}

/** The channels, with a test of each. */
export function Channels({ view, settings }: ChannelsProps) {
  const isOwner = useHasRole('owner');
  const canChange = isOwner && settings.origin === 'dashboard';
  const [edited, setEdited] = useState<AlertChannelView | 'new'>();
  const [removed, setRemoved] = useState<string>();
  const close = () => {
    setEdited(undefined);
    setRemoved(undefined);
  };
  const save = useApiMutation(
    (channels: readonly ChannelInput[]) => {
      const saved = toAlertSettings(toFormValue(settings, view.conditions), channels, view.conditions);
      const { rules, ...others } = saved;
      const body = settings.hasDefaultRules ? others : { ...others, rules };
      return callApi('PUT /api/alerts/settings', {}, { revision: settings.revision, settings: body });
    },
    { onDone: close },
  );
  const types = useApiQuery('GET /api/alerts/channel-types', {});
  const test = useApiMutation((channel: string) => callApi('POST /api/alerts/channels/:channel/test', { channel }));
  const replace = (id: string | undefined, channel?: ChannelInput) => {
    const others = settings.channels.filter((one) => one.id !== id).map(toChannelInput);
    save.mutate(channel ? [...others, channel] : others);
  };
  return (
    <Panel
      title="Channels"
      description="Receivers of the messages. If there is none, problems are only logged, and listed under Issues."
      actions={
        canChange && (
          <Button variant="default" leftSection={<Icon name="plus" size={16} />} onClick={() => setEdited('new')}>
            Add channel
          </Button>
        )
      }
    >
      {settings.channels.length === 0 ? (
        <EmptyState icon="send" title="No channels yet">
          Add Slack, Microsoft Teams, Discord, e-mail or a webhook. Add two, so that one can report that the other fails.
        </EmptyState>
      ) : (
        <Stack component="ul" gap={0} m={0} p={0} style={{ listStyle: 'none' }}>
          {settings.channels.map((channel) => (
            <ChannelRow
              key={channel.id}
              channel={channel}
              canTest={isOwner}
              canChange={canChange}
              isTesting={test.isPending && test.variables === channel.id}
              onTest={() => test.mutate(channel.id)}
              onEdit={() => setEdited(channel)}
              onRemove={() => setRemoved(channel.id)}
            />
          ))}
        </Stack>
      )}
      {test.data && (
        <Alert
          mt="sm"
          color={test.data.ok ? 'green' : 'red'}
          icon={<Icon name={test.data.ok ? 'check' : 'warn'} />}
          role="status"
          withCloseButton
          closeButtonLabel="Close"
          onClose={test.reset}
        >
          {test.data.says}
        </Alert>
      )}
      {test.error && <ErrorAlert error={test.error} />}
      <Modal opened={edited !== undefined} onClose={close} title={edited === 'new' ? 'Add channel' : 'Edit channel'}>
        {edited !== undefined && (
          <QueryState query={types}>
            {(all) => (
              <ChannelForm
                channel={edited === 'new' ? undefined : edited}
                types={all}
                position={settings.channels.length - (edited === 'new' ? 0 : 1)}
                save={save}
                onCancel={close}
                onSave={(channel) => replace(edited === 'new' ? undefined : edited.id, channel)}
              />
            )}
          </QueryState>
        )}
      </Modal>
      <RemoveChannelDialog
        channel={removed}
        view={view}
        settings={settings}
        mutation={save}
        onClose={close}
        onConfirm={() => replace(removed)}
      />
    </Panel>
  );
}

interface ChannelRowProps {
  readonly channel: AlertChannelView;
  readonly canTest: boolean;
  readonly canChange: boolean;
  readonly isTesting: boolean;
  readonly onTest: () => void;
  readonly onEdit: () => void;
  readonly onRemove: () => void;
}

function ChannelRow({ channel, canTest, canChange, isTesting, onTest, onEdit, onRemove }: ChannelRowProps) {
  const { id, type, problem, failingSince, lastProblem, lastSentAt, settings } = channel;
  const receivers = Array.isArray(settings.to) ? settings.to.join(', ') : settings.url;
  return (
    <Group component="li" py="sm" justify="space-between" gap="sm" className="row">
      <Box flex="1 1 16rem" miw={0}>
        <Group gap="xs">
          <Text fw={600} style={{ overflowWrap: 'anywhere' }}>
            {id}
          </Text>
          <Badge color="gray">{channelLabels[type]}</Badge>
          {problem !== undefined && <Badge color="red">Fails</Badge>}
        </Group>
        {typeof receivers === 'string' && (
          <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
            {receivers}
          </Text>
        )}
        {problem !== undefined && (
          <Text size="sm">
            {problem}
            {failingSince !== undefined && (
              <>
                {' '}
                It began <Timestamp at={failingSince} as="ago" />.
              </>
            )}
          </Text>
        )}
        {problem === undefined && lastProblem !== undefined && <Text size="sm">{describeChannel(channel)}</Text>}
        <Text size="xs" c="dimmed">
          {lastSentAt === undefined ? (
            'No message yet'
          ) : (
            <>
              Last message <Timestamp at={lastSentAt} as="ago" />
            </>
          )}
        </Text>
      </Box>
      <Group gap="xs">
        {canTest && (
          <Button size="xs" variant="default" aria-label={`Test: ${id}`} loading={isTesting} onClick={onTest}>
            Test
          </Button>
        )}
        {canChange && (
          <>
            <Button size="xs" variant="default" aria-label={`Edit: ${id}`} onClick={onEdit}>
              Edit
            </Button>
            <Button size="xs" variant="light" color="red" aria-label={`Remove: ${id}`} onClick={onRemove}>
              Remove
            </Button>
          </>
        )}
      </Group>
    </Group>
  );
}
