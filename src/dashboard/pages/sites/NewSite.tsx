import { Button, Group, Stack, TextInput } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { ErrorAlert } from '../../components/feedback/ErrorStates.tsx';
import { OwnerOnly } from '../../components/feedback/OwnerOnly.tsx';
import { Form } from '../../components/forms/Form.tsx';
import { areAllShown, getFieldError, getFieldIssues } from '../../components/forms/field-errors.ts';
import { useStagedForm } from '../../components/forms/use-staged-form.ts';
import { Page } from '../../components/layout/Page.tsx';
import { Panel } from '../../components/layout/Panel.tsx';
import { RouterButton } from '../../components/layout/router-links.tsx';
import { callApi } from '../../data/api-client.ts';
import { useApiMutation } from '../../data/queries.ts';
import { ConsentField, DomainsField, NameField, PlatformField, UetFields } from './form/SiteFields.tsx';
import { type SiteForm, siteFields, suggestSiteId, toSitePatch } from './form/site-form.ts';

const empty: SiteForm = {
  name: '',
  domains: [],
  platform: 'custom',
  publicUrl: '',
  policy: 'regional',
  defaultCountry: '',
  defaultCurrency: '',
  bots: 'drop',
  uet: { mode: 'off', tagId: '', script: '', queue: '', idSync: '' },
  purchaseHoldSeconds: 'auto',
  purchases: 'as-reported',
  purchaseOn: 'create',
};

export function NewSite() {
  const form = useStagedForm(empty);
  const [typedId, setTypedId] = useState<string>();
  const id = typedId ?? suggestSiteId(form.value.name);
  const navigate = useNavigate();
  const create = useApiMutation(
    () => {
      const { name, domains, platform, policy, uet } = form.value;
      const { mode, tagId } = uet;
      return callApi(
        'POST /api/sites',
        {},
        {
          id,
          ...toSitePatch({ ...empty, platform, policy }, ['platform', 'policy']),
          ...(name.trim() !== '' && { name }),
          domains: [...domains],
          uet: mode === 'off' ? { mode } : { mode, tagId },
        },
      );
    },
    { refreshes: ['GET /api/sites'], onDone: (site) => void navigate({ to: '/sites/$site', params: { site: site.id } }) },
  );
  const issues = getFieldIssues(create.error);
  return (
    <Page
      title="Add site"
      description="One site for each shop. It accepts events at once and sends none until you add a destination."
    >
      <Panel>
        <Form onSubmit={() => create.mutate(undefined)}>
          <Stack gap="lg" maw={640}>
            <NameField form={form} issues={issues} />
            <TextInput
              label="ID"
              description="Identifies the site in URLs and commands. Cannot be changed later."
              withAsterisk
              autoComplete="off"
              autoCapitalize="none"
              spellCheck={false}
              value={id}
              onChange={({ currentTarget }) => setTypedId(currentTarget.value)}
              error={getFieldError(issues, 'id')}
            />
            <DomainsField form={form} issues={issues} />
            <PlatformField form={form} issues={issues} />
            <ConsentField form={form} issues={issues} />
            <UetFields form={form} issues={issues} />
            {create.error && !areAllShown(issues, ['id', ...siteFields]) && <ErrorAlert error={create.error} />}
            <Group>
              <OwnerOnly>
                {(isOwner) => (
                  <Button type="submit" loading={create.isPending} disabled={!isOwner}>
                    Add site
                  </Button>
                )}
              </OwnerOnly>
              <RouterButton to="/sites" variant="default">
                Cancel
              </RouterButton>
            </Group>
          </Stack>
        </Form>
      </Panel>
    </Page>
  );
}
