import { List, Stack, Text } from '@mantine/core';
import type { AlertSettingsView, AlertsView } from '../../../api/client.ts';
import { ConfirmDialog } from '../../components/feedback/ConfirmDialog.tsx';
import { useSites } from '../../data/queries.ts';
import { conditionLabels, findUnreportedAlerts } from './alert-form.ts';

interface RemoveChannelDialogProps {
  /** The id of the channel to remove. Absent: the dialog is closed. */
  readonly channel: string | undefined;
  readonly view: AlertsView;
  readonly settings: AlertSettingsView;
  readonly mutation: { readonly isPending: boolean; readonly error: unknown };
  readonly onClose: () => void;
  readonly onConfirm: () => void;
}

/** Asks for confirmation before a channel is removed, and names the alerts that no other channel reports. */
export function RemoveChannelDialog({ channel, view, settings, mutation, onClose, onConfirm }: RemoveChannelDialogProps) {
  return (
    <ConfirmDialog
      opened={channel !== undefined}
      onClose={onClose}
      title="Remove channel?"
      label="Remove channel"
      isDestructive
      mutation={mutation}
      onConfirm={onConfirm}
    >
      <Stack gap="xs">
        <Text size="sm">The channel {channel} receives no more messages, and its secrets are deleted.</Text>
        {channel !== undefined && <UnreportedAlerts channel={channel} conditions={view.conditions} settings={settings} />}
      </Stack>
    </ConfirmDialog>
  );
}

interface UnreportedAlertsProps {
  readonly channel: string;
  readonly conditions: AlertsView['conditions'];
  readonly settings: AlertSettingsView;
}

function UnreportedAlerts({ channel, conditions, settings }: UnreportedAlertsProps) {
  const { data: sites = [] } = useSites();
  const ids = sites.map(({ id }) => id);
  const alerts = findUnreportedAlerts(settings, channel, conditions, ids);
  if (alerts.length === 0) return null;
  const isLast = settings.channels.length === 1;
  const hasOwnRule = settings.rules.some(({ for: receivers = [] }) => receivers.length === 1 && receivers[0] === channel);
  const getName = (id: string) => sites.find((site) => site.id === id)?.name ?? id;
  return (
    <>
      <Text size="sm">No other channel reports these alerts:</Text>
      <List size="sm">
        {alerts.map(({ on, sites: only }) => (
          <List.Item key={on}>
            {conditionLabels[on]}
            {only && ` (${only.map(getName).join(', ')})`}
          </List.Item>
        ))}
      </List>
      <Text size="sm">
        {isLast
          ? 'To keep their messages, add another channel first.'
          : 'To keep their messages, first choose another channel for them under “Rules”, or extend the sites of one.'}
        {hasOwnRule && ' Rules that name only this channel are removed.'}
      </Text>
    </>
  );
}
