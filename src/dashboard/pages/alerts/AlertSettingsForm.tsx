import { Group, Stack } from '@mantine/core';
import { useState } from 'react';
import type { AlertSettingsView, AlertsView } from '../../../api/client.ts';
import { Fields, type FieldTable, listIssueFields } from '../../components/forms/Fields.tsx';
import { Form } from '../../components/forms/Form.tsx';
import { getFieldError, getFieldIssues } from '../../components/forms/field-errors.ts';
import { createChoice, createText } from '../../components/forms/inputs.tsx';
import { SaveBar } from '../../components/forms/SaveBar.tsx';
import { useSaveForm } from '../../components/forms/use-save-form.ts';
import { useStagedForm } from '../../components/forms/use-staged-form.ts';
import { Panel } from '../../components/layout/Panel.tsx';
import { callApi } from '../../data/api-client.ts';
import { useHasRole } from '../../data/queries.ts';
import { type AlertFormValue, getRuleErrors, toAlertSettings, toFormValue } from './alert-form.ts';
import { toChannelInput } from './channel-input.ts';
import { RuleRows } from './RuleRows.tsx';

interface AlertSettingsFormProps {
  readonly view: AlertsView;
  readonly settings: AlertSettingsView;
}

const table: FieldTable<AlertFormValue> = {
  digest: {
    label: 'Digest',
    description: 'The figures of each shop at 8:00, every day or on Mondays. E-mail receives a page to forward.',
    input: createChoice(['daily', 'Daily'], ['weekly', 'Weekly'], ['off', 'Off']),
  },
  timeZone: { label: 'Time zone', placeholder: 'Europe/Berlin', input: createText({ maw: 280 }) },
  quietFrom: {
    label: 'Quiet from',
    description: 'Messages wait, unless they are urgent.',
    placeholder: '22:00',
    issueField: 'quietHours',
    input: createText({ maw: 260 }),
  },
  quietTo: { label: 'Quiet to', description: 'Empty: no quiet hours.', placeholder: '07:00', input: createText({ maw: 220 }) },
};

/** The rules, the digest and the quiet hours. */
export function AlertSettingsForm({ view, settings }: AlertSettingsFormProps) {
  const { conditions } = view;
  const canChange = useHasRole('owner') && settings.origin === 'dashboard';
  const form = useStagedForm(toFormValue(settings, conditions), settings.revision);
  const save = useSaveForm(
    form,
    () => {
      const body = toAlertSettings(form.value, settings.channels.map(toChannelInput), conditions);
      return callApi('PUT /api/alerts/settings', {}, { revision: form.revision, settings: body });
    },
    'GET /api/alerts',
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
              <Fields table={table} names={['digest', 'timeZone']} form={form} issues={issues} />
              <Group gap="sm" align="flex-start">
                <Fields table={table} names={['quietFrom', 'quietTo']} form={form} issues={issues} />
              </Group>
            </Stack>
          </Panel>
          <SaveBar form={form} save={save} fields={['rules', ...listIssueFields(table)]} />
        </Stack>
      </fieldset>
    </Form>
  );
}
