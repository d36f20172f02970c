import { Button, Group, Radio, Stack, TextInput } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import type { DestinationView } from '../../../api/client.ts';
import { ErrorAlert } from '../../components/feedback/ErrorStates.tsx';
import { OwnerOnly } from '../../components/feedback/OwnerOnly.tsx';
import { QueryState } from '../../components/feedback/QueryState.tsx';
import { Form } from '../../components/forms/Form.tsx';
import { areAllShown, getFieldError, getFieldIssues } from '../../components/forms/field-errors.ts';
import { useStagedForm } from '../../components/forms/use-staged-form.ts';
import { Page } from '../../components/layout/Page.tsx';
import { Panel } from '../../components/layout/Panel.tsx';
import { RouterAnchor, RouterButton } from '../../components/layout/router-links.tsx';
import { callApi } from '../../data/api-client.ts';
import { useApiMutation, useApiQuery } from '../../data/queries.ts';
import { useSite } from '../../data/use-site.ts';
import { SettingsFields } from './settings/SettingsFields.tsx';
import { SettingsTestResult, TestSettingsButton } from './settings/SettingsTestResult.tsx';
import { parseSettingFields, toSettings, toSettingsForm } from './settings/setting-fields.ts';
import { useSettingsTest } from './settings/use-settings-test.ts';

export function NewConnection() {
  const destinations = useApiQuery('GET /api/destinations', {});
  const [chosen, setChosen] = useState<string>();
  return (
    <Page title="Add destination" description="Send this site's events to an ad platform, from now on.">
      <QueryState query={destinations} height={600}>
        {(all) => {
          const destination = all.find(({ id }) => id === chosen) ?? all[0];
          return (
            <>
              {all.length > 1 && (
                <Panel>
                  <Radio.Group label="Platform" value={destination?.id ?? ''} onChange={setChosen}>
                    <Group mt="xs">
                      {all.map(({ id, name }) => (
                        <Radio key={id} value={id} label={name} />
                      ))}
                    </Group>
                  </Radio.Group>
                </Panel>
              )}
              {destination && <NewConnectionForm key={destination.id} destination={destination} />}
            </>
          );
        }}
      </QueryState>
    </Page>
  );
}

function NewConnectionForm({ destination }: { readonly destination: DestinationView }) {
  const site = useSite();
  const fields = parseSettingFields(destination);
  const form = useStagedForm(toSettingsForm(fields, {}));
  const [id, setId] = useState(() => findFreeId(destination.id, site.connections));
  const isTaken = site.connections.some((one) => one.id === id.trim());
  const navigate = useNavigate();
  const input = { destination: destination.id, settings: toSettings(fields, form.value) };
  const test = useSettingsTest(site.id, input);
  const create = useApiMutation(
    () => callApi('PUT /api/sites/:site/connections/:connection', { site: site.id, connection: id.trim() }, input),
    {
      onDone: () =>
        void navigate({ to: '/sites/$site/destinations/$connection', params: { site: site.id, connection: id.trim() } }),
    },
  );
  const issues = [...getFieldIssues(create.error), ...test.issues];
  return (
    <Panel title={destination.name} {...(destination.id === 'microsoft' && { description: <GuideLinks site={site.id} /> })}>
      <Form
        onSubmit={() => {
          if (!isTaken) create.mutate(undefined);
        }}
      >
        <Stack gap="lg" maw={720}>
          <TextInput
            label="ID"
            description="Identifies the destination in URLs and commands. Cannot be changed later."
            withAsterisk
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
            value={id}
            onChange={({ currentTarget }) => setId(currentTarget.value)}
            error={isTaken ? 'This site already has a destination with this ID. Choose another.' : getFieldError(issues, 'id')}
          />
          <SettingsFields destination={destination} fields={fields} form={form} storedSecrets={[]} issues={issues} />
          <SettingsTestResult test={test} />
          {create.error &&
            !areAllShown(getFieldIssues(create.error), ['id', ...fields.map(({ name }) => `settings.${name}`)]) && (
              <ErrorAlert error={create.error} />
            )}
          <Group>
            <OwnerOnly>
              {(isOwner) => (
                <Button type="submit" loading={create.isPending} disabled={!isOwner}>
                  Add destination
                </Button>
              )}
            </OwnerOnly>
            <TestSettingsButton label="Test connection" test={test} />
            <RouterButton to="/sites/$site/destinations" params={{ site: site.id }} variant="subtle" color="gray">
              Cancel
            </RouterButton>
          </Group>
        </Stack>
      </Form>
    </Panel>
  );
}

/** Links to the guides for Microsoft's settings. */
function GuideLinks({ site }: { readonly site: string }) {
  const params = (guide: string) => ({ site, guide });
  return (
    <>
      Where to find{' '}
      <RouterAnchor to="/sites/$site/guides/$guide" params={params('find-the-uet-tag-id')} inherit>
        the tag ID
      </RouterAnchor>
      ,{' '}
      <RouterAnchor to="/sites/$site/guides/$guide" params={params('enable-capi')} inherit>
        the token
      </RouterAnchor>
      ,{' '}
      <RouterAnchor to="/sites/$site/guides/$guide" params={params('configure-the-destination')} inherit>
        every setting
      </RouterAnchor>
      .
    </>
  );
}

/** Returns an unused id: `microsoft`, or `microsoft-2` if that is taken. */
function findFreeId(preferred: string, connections: readonly { readonly id: string }[]): string {
  const isFree = (id: string) => connections.every((one) => one.id !== id);
  const more = Array.from({ length: connections.length + 1 }, (_, index) => `${preferred}-${index + 2}`);
  return [preferred, ...more].find(isFree) ?? preferred;
}
