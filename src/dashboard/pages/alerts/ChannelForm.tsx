import { Button, Group, MultiSelect, NativeSelect, PasswordInput, Stack, Textarea, TextInput } from '@mantine/core';
import type { UseMutationResult } from '@tanstack/react-query';
import { useState } from 'react';
import type { AlertChannelView, AlertsView } from '../../../api/client.ts';
import { ErrorAlert } from '../../components/feedback/ErrorStates.tsx';
import { Form } from '../../components/forms/Form.tsx';
import { areAllShown, getFieldError, getFieldIssues } from '../../components/forms/field-errors.ts';
import { useFieldIssues } from '../../components/forms/use-field-issues.ts';
import { useSites } from '../../data/queries.ts';
import { SecretTextField } from '../destinations/settings/SecretTextField.tsx';
import { type ChannelFormValue, type ChannelInput, channelLabels, fromChannelForm, toChannelForm } from './channel-input.ts';

interface ChannelFormProps {
  /** Absent: a new channel. */
  readonly channel: AlertChannelView | undefined;
  /** The place of the channel in the saved list, which the errors name. */
  readonly position: number;
  readonly save: UseMutationResult<AlertsView, Error, readonly ChannelInput[]>;
  readonly onSave: (channel: ChannelInput) => void;
  readonly onCancel: () => void;
}

const securities = [
  { value: 'starttls', label: 'STARTTLS (port 587)' },
  { value: 'tls', label: 'TLS (port 465)' },
  { value: 'none', label: 'None' },
];
const types = Object.entries(channelLabels).map(([value, label]) => ({ value, label }));
const hooks = {
  slack: 'Address of an incoming webhook of your Slack app.',
  teams: 'Address of a workflow that posts webhook requests to a channel.',
  discord: "Address of a webhook in the channel's integrations.",
} as const;

/** Adds or changes a channel. Stored secrets are not shown, and stay if their field is empty. */
export function ChannelForm({ channel, position, save, onSave, onCancel }: ChannelFormProps) {
  const [value, setValue] = useState(() => toChannelForm(channel));
  const { data: sites = [] } = useSites();
  const issues = getFieldIssues(save.error);
  const openIssues = useFieldIssues(save.error, { channels: { [position]: value } });
  const fields = ['id', 'type', 'url', 'secrets', 'host', 'port', 'security', 'user', 'password', 'from', 'to', 'sites'];
  const paths = fields.map((name) => `channels[${position}].${name}`);
  const error = (name: keyof ChannelFormValue) => getFieldError(openIssues, `channels[${position}].${name}`);
  const set = (name: keyof ChannelFormValue) => (text: string) => setValue((before) => ({ ...before, [name]: text }));
  const field = (name: Exclude<keyof ChannelFormValue, 'sites'>) => ({
    value: value[name],
    error: error(name),
    onChange: ({ currentTarget }: { readonly currentTarget: { readonly value: string } }) => set(name)(currentTarget.value),
  });
  const kept = (name: string) =>
    channel?.secrets.includes(name) ? { placeholder: 'Stored. Enter a new value to change it.' } : {};
  const { type } = value;
  return (
    <Form onSubmit={() => onSave(fromChannelForm(value))} error={save.error}>
      <Stack>
        <NativeSelect label="Type" data={types} disabled={channel !== undefined} {...field('type')} />
        <TextInput
          label="Name"
          description="Lower-case letters, digits and hyphens. Rules name the channel by it."
          placeholder="ops"
          autoComplete="off"
          required
          data-autofocus
          disabled={channel !== undefined}
          {...field('id')}
        />
        {(type === 'slack' || type === 'teams' || type === 'discord') && (
          <PasswordInput label="Webhook URL" description={hooks[type]} autoComplete="off" {...kept('url')} {...field('url')} />
        )}
        {type === 'webhook' && (
          <>
            <TextInput label="URL" description="Receives a POST for each message." autoComplete="off" {...field('url')} />
            <SecretTextField
              label="Signing secrets"
              description="With one or two keys, each on a line of its own, the receiver checks that a message is from Convey."
              rows={2}
              isGenerated
              {...kept('secrets')}
              {...field('secrets')}
              onChange={set('secrets')}
            />
          </>
        )}
        {type === 'email' && (
          <>
            <TextInput label="SMTP server" placeholder="smtp.example.com" autoComplete="off" {...field('host')} />
            <Group gap="sm" align="flex-start" grow>
              <TextInput label="Port" inputMode="numeric" autoComplete="off" {...field('port')} />
              <NativeSelect label="Encryption" data={securities} {...field('security')} />
            </Group>
            <TextInput
              label="User name"
              description="Leave empty if the server asks for none."
              autoComplete="off"
              {...field('user')}
            />
            <PasswordInput label="Password" autoComplete="new-password" {...kept('password')} {...field('password')} />
            <TextInput label="From" placeholder="Convey <convey@shop.example>" autoComplete="off" {...field('from')} />
            <Textarea label="To" description="One address on each line." autosize minRows={2} {...field('to')} />
          </>
        )}
        <MultiSelect
          label="Only these sites"
          description="For a merchant who should receive only the alerts and the digest of their shop."
          placeholder={value.sites.length === 0 ? 'All sites' : ''}
          data={sites.map(({ id, name }) => ({ value: id, label: name }))}
          value={[...value.sites]}
          onChange={(chosen) => setValue((before) => ({ ...before, sites: chosen }))}
          error={error('sites')}
        />
        {save.error && !areAllShown(issues, paths) && <ErrorAlert error={save.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onCancel}>
            Cancel
          </Button>
          <Button type="submit" loading={save.isPending}>
            Save channel
          </Button>
        </Group>
      </Stack>
    </Form>
  );
}
