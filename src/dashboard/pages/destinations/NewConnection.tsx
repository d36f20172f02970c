import { Box, Button, Group, Radio, SimpleGrid, Stack, Text, TextInput } from '@mantine/core';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import type { AccountLinkView, DestinationView } from '../../../api/client.ts';
import { ErrorAlert } from '../../components/feedback/ErrorStates.tsx';
import { LoadingState, QueryState } from '../../components/feedback/QueryState.tsx';
import { RoleOnly } from '../../components/feedback/RoleOnly.tsx';
import { Form } from '../../components/forms/Form.tsx';
import { FormError } from '../../components/forms/FormError.tsx';
import { getFieldError } from '../../components/forms/field-errors.ts';
import { useFieldIssues } from '../../components/forms/use-field-issues.ts';
import { useStagedForm } from '../../components/forms/use-staged-form.ts';
import { GuideAnchor } from '../../components/layout/GuideAnchor.tsx';
import { Page } from '../../components/layout/Page.tsx';
import { Panel } from '../../components/layout/Panel.tsx';
import { RouterButton } from '../../components/layout/router-links.tsx';
import { callApi } from '../../data/api-client.ts';
import { parseGuideLink } from '../../data/guide-link.ts';
import { useApiMutation, useApiQuery } from '../../data/queries.ts';
import { useSite } from '../../data/use-site.ts';
import { AccountPanel } from './account/AccountPanel.tsx';
import { SettingsFields } from './settings/SettingsFields.tsx';
import { SettingsTestResult, TestSettingsButton } from './settings/SettingsTestResult.tsx';
import { findLink, listNeeded, parseSettingFields, toSettings, toSettingsForm } from './settings/setting-fields.ts';
import { restoreForm, useAccountLink } from './settings/use-account-link.ts';
import { useLinkResult } from './settings/use-link-result.ts';
import { useSettingsTest } from './settings/use-settings-test.ts';
import { TrySimulator } from './simulator/TrySimulator.tsx';

type PlatformGuides = NonNullable<DestinationView['setup']>['guides'];

export function NewConnection() {
  const destinations = useApiQuery('GET /api/destinations', {});
  const { link: linkId } = useSearch({ from: '/signed-in/shell/sites/$site/destinations/new' });
  const link = useLinkResult(useSite().id, linkId);
  const [chosen, setChosen] = useState<string>();
  return (
    <Page title="Add connection" description="Send this site's events to an ad platform, from now on.">
      <QueryState query={destinations} height={600}>
        {(all) => {
          if (link.isLoading) return <LoadingState height={600} />;
          const destination = all.find(({ id }) => id === (chosen ?? link.result?.destination)) ?? all[0];
          const linkResult = link.result?.destination === destination?.id ? link.result : undefined;
          return (
            <>
              {link.error && <ErrorAlert error={link.error} />}
              {all.length > 1 && (
                <Panel>
                  <Radio.Group label="Platform" value={destination?.id ?? ''} onChange={setChosen}>
                    <SimpleGrid cols={{ base: 1, xs: 2, lg: 3 }} mt="xs">
                      {all.map((one) => (
                        <PlatformCard key={one.id} destination={one} />
                      ))}
                    </SimpleGrid>
                  </Radio.Group>
                </Panel>
              )}
              {destination && <TrySimulator key={`simulator ${destination.id}`} destination={destination} />}
              {destination && <NewConnectionForm key={destination.id} destination={destination} linkResult={linkResult} />}
            </>
          );
        }}
      </QueryState>
    </Page>
  );
}

/** A platform to choose, with the settings that it requires. */
function PlatformCard({ destination }: { readonly destination: DestinationView }) {
  const { id, name, summary } = destination;
  const needed = listNeeded(parseSettingFields(destination));
  return (
    <Radio.Card value={id} p="md" radius="md" style={{ display: 'flex', alignItems: 'flex-start' }}>
      <Group wrap="nowrap" align="flex-start" gap="sm">
        <Radio.Indicator mt={2} />
        <Box miw={0}>
          <Text fw={600}>{name}</Text>
          <Text size="sm" mt={4}>
            {summary}
          </Text>
          {needed.length > 0 && (
            <Text size="sm" c="dimmed" mt={4}>
              You need: {needed.join(', ')}.
            </Text>
          )}
        </Box>
      </Group>
    </Radio.Card>
  );
}

interface NewConnectionFormProps {
  readonly destination: DestinationView;
  readonly linkResult: AccountLinkView | undefined;
}

function NewConnectionForm({ destination, linkResult }: NewConnectionFormProps) {
  const site = useSite();
  const guides = destination.setup?.guides;
  const fields = parseSettingFields(destination);
  const form = useStagedForm(toSettingsForm(fields, {}), '', restoreForm(destination, linkResult));
  const [id, setId] = useState(() => linkResult?.connection ?? findFreeId(destination.id, site.connections));
  const isTaken = site.connections.some((one) => one.id === id.trim());
  const navigate = useNavigate();
  const link = findLink(form.value);
  const input = { destination: destination.id, settings: toSettings(fields, form.value), ...(link !== undefined && { link }) };
  const accountLink = useAccountLink({ site: site.id, connection: id.trim(), destination, form });
  const create = useApiMutation(
    () => callApi('PUT /api/sites/:site/connections/:connection', { site: site.id, connection: id.trim() }, input),
    {
      onDone: () =>
        void navigate({ to: '/sites/$site/destinations/$connection', params: { site: site.id, connection: id.trim() } }),
    },
  );
  const test = useSettingsTest(site.id, input, create.reset);
  const issues = [...useFieldIssues(create.error, { id, ...input }), ...test.issues];
  return (
    <>
      <AccountPanel site={site.id} connection={id.trim()} isNew destination={destination} form={form} linkResult={linkResult} />
      <Panel title={destination.name} {...(guides && { description: <GuideLinks site={site.id} guides={guides} /> })}>
        <Form
          error={create.error}
          onSubmit={() => {
            if (isTaken) return;
            test.reset();
            create.mutate(undefined);
          }}
        >
          <Stack gap="lg" maw={720}>
            <TextInput
              label="ID"
              description="Identifies the connection in URLs and commands. Cannot be changed later."
              withAsterisk
              autoComplete="off"
              autoCapitalize="none"
              spellCheck={false}
              value={id}
              onChange={({ currentTarget }) => setId(currentTarget.value)}
              error={isTaken ? 'This site already has a connection with this ID. Choose another.' : getFieldError(issues, 'id')}
            />
            <SettingsFields
              destination={destination}
              fields={fields}
              form={form}
              storedSecrets={[]}
              issues={issues}
              accountLink={accountLink}
              linkResult={linkResult}
            />
            <SettingsTestResult test={test} />
            <FormError error={create.error} fields={['id', ...fields.map(({ name }) => `settings.${name}`)]} />
            <Group>
              <RoleOnly needs="editor">
                {(isPermitted) => (
                  <Button type="submit" loading={create.isPending} disabled={!isPermitted}>
                    Add connection
                  </Button>
                )}
              </RoleOnly>
              <TestSettingsButton label="Test connection" test={test} />
              <RouterButton to="/sites/$site/destinations" params={{ site: site.id }} variant="subtle" color="gray">
                Cancel
              </RouterButton>
            </Group>
          </Stack>
        </Form>
      </Panel>
    </>
  );
}

/** Links to the platform's guides. */
function GuideLinks({ site, guides }: { readonly site: string; readonly guides: PlatformGuides }) {
  const link = (path: string, text: string) => (
    <GuideAnchor site={site} guide={parseGuideLink(path)?.name ?? path}>
      {text}
    </GuideAnchor>
  );
  return (
    <>
      Guides: {link(guides.credential, 'Get the credential')}, {link(guides.settings, 'Every setting')}.
    </>
  );
}

/** Returns an unused id: that of the platform, or with a number if that is taken. */
function findFreeId(preferred: string, connections: readonly { readonly id: string }[]): string {
  const isFree = (id: string) => connections.every((one) => one.id !== id);
  const more = Array.from({ length: connections.length + 1 }, (_, index) => `${preferred}-${index + 2}`);
  return [preferred, ...more].find(isFree) ?? preferred;
}
