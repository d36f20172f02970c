import { Stack } from '@mantine/core';
import type { UseMutationResult } from '@tanstack/react-query';
import type { AlertChannelTypeView, AlertChannelView, AlertsView } from '../../../api/client.ts';
import { DialogButtons } from '../../components/forms/DialogButtons.tsx';
import { Fields, type FieldTable, listIssueFields } from '../../components/forms/Fields.tsx';
import { Form } from '../../components/forms/Form.tsx';
import { FormError } from '../../components/forms/FormError.tsx';
import { createMultiSelect, createSelect, createText } from '../../components/forms/inputs.tsx';
import { useFieldIssues } from '../../components/forms/use-field-issues.ts';
import { useStagedForm } from '../../components/forms/use-staged-form.ts';
import { useSites } from '../../data/queries.ts';
import { SettingsFields } from '../destinations/settings/SettingsFields.tsx';
import { parseSettingFields, toSettingsForm } from '../destinations/settings/setting-fields.ts';
import { type ChannelHead, type ChannelInput, channelLabels, fromChannelForm, toChannelHead } from './channel-input.ts';

interface ChannelFormProps {
  /** Absent: a new channel. */
  readonly channel: AlertChannelView | undefined;
  readonly types: readonly AlertChannelTypeView[];
  /** The place of the channel in the saved list, which the errors name. */
  readonly position: number;
  readonly save: UseMutationResult<AlertsView, Error, readonly ChannelInput[]>;
  readonly onSave: (channel: ChannelInput) => void;
  readonly onCancel: () => void;
}

/** Adds or changes a channel. Stored secrets are not shown, and stay if their field is empty. */
export function ChannelForm({ channel, types, position, save, onSave, onCancel }: ChannelFormProps) {
  const head = useStagedForm(toChannelHead(channel));
  const chosen = types.find(({ type }) => type === head.value.type);
  const fields = chosen ? parseSettingFields(chosen) : [];
  const form = useStagedForm(toSettingsForm(fields, channel?.settings ?? {}));
  const { data: allSites = [] } = useSites();
  const path = `channels[${position}]`;
  const issues = useFieldIssues(save.error, { channels: { [position]: { ...form.value, ...head.value } } });
  const table: FieldTable<ChannelHead> = {
    type: {
      label: 'Type',
      input: createSelect(
        types.map(({ type }) => [type, channelLabels[type]]),
        channel !== undefined,
      ),
    },
    id: {
      label: 'Name',
      description: 'Lower-case letters, digits and hyphens. Rules name the channel by it.',
      placeholder: 'ops',
      isRequired: true,
      input: createText({ required: true, 'data-autofocus': true, disabled: channel !== undefined }),
    },
    sites: {
      label: 'Only these sites',
      description: 'For a merchant who should receive only the alerts and the digest of their shop.',
      placeholder: 'All sites',
      input: createMultiSelect(allSites.map(({ id, name }) => [id, name])),
    },
  };
  const paths = [...listIssueFields(table), ...fields.map(({ name }) => name)].map((name) => `${path}.${name}`);
  return (
    <Form onSubmit={() => onSave(fromChannelForm(head.value, fields, form.value))} error={save.error}>
      <Stack gap="lg">
        <Fields table={table} names={['type', 'id']} form={head} issues={issues} path={path} />
        <SettingsFields fields={fields} form={form} storedSecrets={channel?.secrets ?? []} issues={issues} path={path} />
        <Fields table={table} names={['sites']} form={head} issues={issues} path={path} />
        <FormError error={save.error} fields={paths} />
        <DialogButtons label="Save channel" isPending={save.isPending} onCancel={onCancel} />
      </Stack>
    </Form>
  );
}
