import { Button, Group, MultiSelect, NativeSelect, Stack, TextInput } from '@mantine/core';
import type { UseMutationResult } from '@tanstack/react-query';
import type { AlertChannelTypeView, AlertChannelView, AlertsView } from '../../../api/client.ts';
import { ErrorAlert } from '../../components/feedback/ErrorStates.tsx';
import { Form } from '../../components/forms/Form.tsx';
import { areAllShown, getFieldError, getFieldIssues } from '../../components/forms/field-errors.ts';
import { useFieldIssues } from '../../components/forms/use-field-issues.ts';
import { useStagedForm } from '../../components/forms/use-staged-form.ts';
import { useSites } from '../../data/queries.ts';
import { SettingsFields } from '../destinations/settings/SettingsFields.tsx';
import { parseSettingFields, toSettingsForm } from '../destinations/settings/setting-fields.ts';
import { type ChannelInput, channelLabels, fromChannelForm, toChannelHead } from './channel-input.ts';

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
  const { id, type, sites } = head.value;
  const chosen = types.find((one) => one.type === type);
  const fields = chosen ? parseSettingFields(chosen) : [];
  const form = useStagedForm(toSettingsForm(fields, channel?.settings ?? {}));
  const { data: allSites = [] } = useSites();
  const path = `channels[${position}]`;
  const issues = useFieldIssues(save.error, { channels: { [position]: { ...form.value, ...head.value } } });
  const paths = ['id', 'type', 'sites', ...fields.map(({ name }) => name)].map((name) => `${path}.${name}`);
  return (
    <Form onSubmit={() => onSave(fromChannelForm(head.value, fields, form.value))} error={save.error}>
      <Stack gap="lg">
        <NativeSelect
          label="Type"
          data={types.map(({ type: value }) => ({ value, label: channelLabels[value] }))}
          disabled={channel !== undefined}
          value={type}
          onChange={({ currentTarget }) => {
            const next = types.find((one) => one.type === currentTarget.value);
            if (next) head.set('type', next.type);
          }}
          error={getFieldError(issues, `${path}.type`)}
        />
        <TextInput
          label="Name"
          description="Lower-case letters, digits and hyphens. Rules name the channel by it."
          placeholder="ops"
          autoComplete="off"
          required
          data-autofocus
          disabled={channel !== undefined}
          value={id}
          onChange={({ currentTarget }) => head.set('id', currentTarget.value)}
          error={getFieldError(issues, `${path}.id`)}
        />
        <SettingsFields fields={fields} form={form} storedSecrets={channel?.secrets ?? []} issues={issues} path={path} />
        <MultiSelect
          label="Only these sites"
          description="For a merchant who should receive only the alerts and the digest of their shop."
          placeholder={sites.length === 0 ? 'All sites' : ''}
          data={allSites.map(({ id: value, name }) => ({ value, label: name }))}
          value={[...sites]}
          onChange={(only) => head.set('sites', only)}
          error={getFieldError(issues, `${path}.sites`)}
        />
        {save.error && !areAllShown(getFieldIssues(save.error), paths) && <ErrorAlert error={save.error} />}
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
