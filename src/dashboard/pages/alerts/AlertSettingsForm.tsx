import { Group, Stack, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { AlertSettingsView, AlertsView } from '../../../api/client.ts';
import { ChoiceField } from '../../components/forms/ChoiceField.tsx';
import { Form } from '../../components/forms/Form.tsx';
import { getFieldError, getFieldIssues } from '../../components/forms/field-errors.ts';
import { SaveBar } from '../../components/forms/SaveBar.tsx';
import { isConflict } from '../../components/forms/use-save-form.ts';
import { useStagedForm } from '../../components/forms/use-staged-form.ts';
import { Panel } from '../../components/layout/Panel.tsx';
import { callApi } from '../../data/api-client.ts';
import { useApiMutation, useHasRole } from '../../data/queries.ts';
import { getRuleErrors, toAlertSettings, toFormValue } from './alert-form.ts';
import { toChannelInput } from './channel-input.ts';
import { RuleRows } from './RuleRows.tsx';

interface AlertSettingsFormProps {
  readonly view: AlertsView;
  readonly settings: AlertSettingsView;
}

const digests = [
  { value: 'daily', label: 'Daily' },
  { value: 'weekly', label: 'Weekly' },
  { value: 'off', label: 'Off' },
] as const;

/** The rules, the digest and the quiet hours. */
export function AlertSettingsForm({ view, settings }: AlertSettingsFormProps) {
  const { conditions } = view;
  const canChange = useHasRole('owner') && settings.origin === 'dashboard';
  const form = useStagedForm(toFormValue(settings, conditions), settings.revision);
  const client = useQueryClient();
  const save = useApiMutation<void, AlertsView>(
    () => {
      const body = toAlertSettings(form.value, settings.channels.map(toChannelInput), conditions);
      return callApi('PUT /api/alerts/settings', {}, { revision: form.revision, settings: body }).catch(
        async (error: unknown) => {
          if (isConflict(error)) {
            await client.invalidateQueries({ queryKey: ['GET /api/alerts'] });
            form.rebase();
          }
          throw error;
        },
      );
    },
    { onDone: form.discard },
  );
  const issues = getFieldIssues(save.error);
  const { value } = form;
  // The issues name the rules as they were sent, and the rows may have changed since.
  const [sent, setSent] = useState(value.rules);
  const channelIds = settings.channels.map(({ id }) => id);
  return (
    <Form
      onSubmit={() => {
        setSent(value.rules);
        save.mutate();
      }}
      error={save.error}
    >
      <fieldset disabled={!canChange} style={{ border: 0, margin: 0, padding: 0, minWidth: 0 }}>
        <Stack gap="lg">
          <Panel title="Rules" description="Convey sends one message when a condition begins, and one when it ends.">
            <RuleRows
              rules={value.rules}
              conditions={conditions}
              channels={settings.channels}
              isDisabled={!canChange}
              errors={getRuleErrors(issues, sent, channelIds, conditions)}
              error={getFieldError(
                issues.filter(({ field }) => field === 'rules'),
                'rules',
              )}
              onChange={(rules) => form.set('rules', rules)}
            />
          </Panel>
          <Panel title="Digest and quiet hours">
            <Stack>
              <ChoiceField
                label="Digest"
                description="The figures of each shop at 8:00, every day or on Mondays. E-mail receives a page to forward."
                options={digests}
                value={value.digest}
                onChange={(digest) => form.set('digest', digest)}
              />
              <TextInput
                label="Time zone"
                placeholder="Europe/Berlin"
                maw={280}
                autoComplete="off"
                value={value.timeZone}
                onChange={({ currentTarget }) => form.set('timeZone', currentTarget.value)}
                error={getFieldError(issues, 'timeZone')}
              />
              <Group gap="sm" align="flex-start">
                <TextInput
                  label="Quiet from"
                  description="Messages wait, unless they are urgent."
                  placeholder="22:00"
                  autoComplete="off"
                  maw={260}
                  value={value.quietFrom}
                  onChange={({ currentTarget }) => form.set('quietFrom', currentTarget.value)}
                  error={getFieldError(issues, 'quietHours')}
                />
                <TextInput
                  label="Quiet to"
                  description="Empty: no quiet hours."
                  placeholder="07:00"
                  autoComplete="off"
                  maw={220}
                  value={value.quietTo}
                  onChange={({ currentTarget }) => form.set('quietTo', currentTarget.value)}
                />
              </Group>
            </Stack>
          </Panel>
          <SaveBar form={form} save={save} fields={['rules', 'timeZone', 'quietHours']} />
        </Stack>
      </fieldset>
    </Form>
  );
}
