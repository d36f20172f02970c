import { Stack } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import type {
  AccountLinkView,
  ConnectionGoalsView,
  ConnectionSettingsView,
  DestinationView,
  SiteSettingsView,
} from '../../../../api/client.ts';
import { ErrorAlert } from '../../../components/feedback/ErrorStates.tsx';
import { ConfigFileNotice, LockedNotice } from '../../../components/feedback/LockedNotice.tsx';
import { Form } from '../../../components/forms/Form.tsx';
import { SaveBar } from '../../../components/forms/SaveBar.tsx';
import { useFieldIssues } from '../../../components/forms/use-field-issues.ts';
import { useSaveForm } from '../../../components/forms/use-save-form.ts';
import { useStagedForm } from '../../../components/forms/use-staged-form.ts';
import { Panel } from '../../../components/layout/Panel.tsx';
import { callApi } from '../../../data/api-client.ts';
import { useApiQuery, useHasRole } from '../../../data/queries.ts';
import { AccountPanel } from '../account/AccountPanel.tsx';
import { GoalsPanel } from '../goals/GoalsPanel.tsx';
import { LatePanel } from '../goals/LatePanel.tsx';
import { EventGoals } from './EventGoals.tsx';
import { SettingsFields } from './SettingsFields.tsx';
import { SettingsTestResult, TestSettingsButton } from './SettingsTestResult.tsx';
import { ShownSettings } from './ShownSettings.tsx';
import { findLink, getNames, getPairs, parseSettingFields, toSettings, toSettingsForm } from './setting-fields.ts';
import { restoreForm, useAccountLink } from './use-account-link.ts';
import { useSettingsTest } from './use-settings-test.ts';

interface ConnectionSettingsProps {
  readonly site: SiteSettingsView;
  readonly connection: ConnectionSettingsView;
  readonly destination: DestinationView;
  /** The account that was just connected, or the reason why it was not. */
  readonly linkResult?: AccountLinkView | undefined;
}

/** The form of a connection's settings, and the goals that the platform needs for them. */
export function ConnectionSettings({ site, connection, destination, linkResult }: ConnectionSettingsProps) {
  const { id, origin, enabled } = connection;
  const fields = parseSettingFields(destination);
  const form = useStagedForm(toSettingsForm(fields, connection.settings), site.revision, restoreForm(destination, linkResult));
  const link = findLink(form.value);
  const input = { destination: destination.id, settings: toSettings(fields, form.value), ...(link !== undefined && { link }) };
  const navigate = useNavigate();
  const save = useSaveForm(form, async () => {
    const body = { revision: form.revision, enabled, ...input };
    const saved = await callApi('PUT /api/sites/:site/connections/:connection', { site: site.id, connection: id }, body);
    // The link has ended, so the address may not lead to it again.
    if (linkResult) void navigate({ to: '.', search: ({ link: _, ...rest }) => rest, replace: true });
    return saved;
  });
  const test = useSettingsTest(site.id, { connection: id, ...input }, save.reset);
  const accountLink = useAccountLink({ site: site.id, connection: id, destination, form });
  const issues = [...useFieldIssues(save.error, input), ...test.issues];
  const isEditor = useHasRole('editor');
  const account = useApiQuery('GET /api/sites/:site/connections/:connection/account', { site: site.id, connection: id });
  const isConnected = account.data?.account !== undefined;
  const goals = useApiQuery(
    'GET /api/sites/:site/connections/:connection/goals',
    { site: site.id, connection: id },
    { enabled: isConnected },
  );
  const isEditable = origin === 'dashboard' && isEditor;
  return (
    <>
      {isEditor && (
        <AccountPanel
          canFill={isEditable}
          site={site.id}
          connection={id}
          destination={destination}
          form={form}
          linkResult={linkResult}
        />
      )}
      {isEditable ? (
        <Panel title="Settings" description="Changes apply after you save.">
          <Form
            error={save.error}
            onSubmit={() => {
              test.reset();
              save.mutate();
            }}
          >
            <Stack gap="lg">
              <Stack maw={720}>
                <SettingsFields
                  destination={destination}
                  fields={fields}
                  form={form}
                  storedSecrets={connection.secrets}
                  goals={listGoals(goals.data)}
                  issues={issues}
                  accountLink={accountLink}
                  linkResult={linkResult}
                />
                <SettingsTestResult test={test} />
              </Stack>
              <SaveBar form={form} save={save} fields={fields.map(({ name }) => `settings.${name}`)}>
                <TestSettingsButton label="Test settings" test={test} />
              </SaveBar>
            </Stack>
          </Form>
        </Panel>
      ) : (
        <Panel title="Settings">
          <Stack gap="lg">
            {origin === 'file' ? (
              <ConfigFileNotice subject="this connection" entry={`${id} under the connections of ${site.id}`}>
                {typeof connection.settings.endpoint === 'string' && `Events are sent to ${connection.settings.endpoint}.`}
              </ConfigFileNotice>
            ) : (
              <LockedNotice title="You are a viewer of this site">
                Only editors and owners can change these settings.
              </LockedNotice>
            )}
            <ShownSettings fields={fields} form={form.value} storedSecrets={connection.secrets} />
          </Stack>
        </Panel>
      )}
      {account.error && !account.data && <ErrorAlert error={account.error} onRetry={account.refetch} />}
      {isConnected && <GoalsPanel site={site.id} connection={id} />}
      {isConnected && <LatePanel site={site.id} connection={id} isOfFile={origin === 'file'} />}
      {account.data && !isConnected && destination.setup?.goals && (
        <EventGoals
          site={site.id}
          connection={id}
          goalTexts={destination.setup.goals}
          defaultNames={destination.eventNames}
          customNames={getPairs(form.value, 'eventNames')}
          sentEvents={getNames(form.value, 'events')}
        />
      )}
    </>
  );
}

/** Returns the names of the account's goals, those that count purchases first. */
function listGoals(view: ConnectionGoalsView | undefined): readonly string[] | undefined {
  const events = view?.events.toSorted((one, other) => Number(other.event === 'Purchase') - Number(one.event === 'Purchase'));
  return events && [...new Set(events.flatMap(({ countedBy }) => countedBy))];
}
