import { Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import type { DestinationView } from '../../../api/client.ts';
import { QueryState } from '../../components/feedback/QueryState.tsx';
import { RoleOnly } from '../../components/feedback/RoleOnly.tsx';
import { Fields } from '../../components/forms/Fields.tsx';
import { Form } from '../../components/forms/Form.tsx';
import { FormError } from '../../components/forms/FormError.tsx';
import { getFieldError } from '../../components/forms/field-errors.ts';
import { useFieldIssues } from '../../components/forms/use-field-issues.ts';
import { useStagedForm } from '../../components/forms/use-staged-form.ts';
import { Page } from '../../components/layout/Page.tsx';
import { Panel } from '../../components/layout/Panel.tsx';
import { RouterButton } from '../../components/layout/router-links.tsx';
import { callApi } from '../../data/api-client.ts';
import { useApiMutation, useApiQuery } from '../../data/queries.ts';
import { toCaptureForm } from './capture/capture-form.ts';
import { siteFields, siteTable } from './form/site-fields.tsx';
import { type SiteForm, suggestSiteId, toSitePatch } from './form/site-form.ts';
import { TagFields } from './form/TagFields.tsx';
import { toTagForms, toTagPatch } from './form/tag-form.ts';

const empty: SiteForm = {
  name: '',
  domains: [],
  platform: 'custom',
  publicUrl: '',
  policy: 'regional',
  missingCountry: 'unknown',
  defaultCountry: '',
  defaultCurrency: '',
  timeZone: 'UTC',
  assignee: '',
  bots: 'drop',
  tags: {},
  purchaseHoldSeconds: 'auto',
  purchases: 'as-reported',
  purchaseOn: 'create',
  purchaseId: 'checkout_id',
  adConsentCategories: [],
  capture: toCaptureForm({ dataLayer: { mode: 'off', layer: ['dataLayer'], map: {} } }),
};

export function NewSite() {
  const query = useApiQuery('GET /api/destinations', {});
  return (
    <Page
      title="Add site"
      description="One site for each shop. It accepts events at once and sends none until you add a connection."
    >
      <Panel>
        <QueryState query={query} height={640}>
          {(destinations) => <NewSiteForm destinations={destinations} />}
        </QueryState>
      </Panel>
    </Page>
  );
}

function NewSiteForm({ destinations }: { readonly destinations: readonly DestinationView[] }) {
  const form = useStagedForm({ ...empty, tags: toTagForms(destinations, {}) });
  const [typedId, setTypedId] = useState<string>();
  const id = typedId ?? suggestSiteId(form.value.name);
  const navigate = useNavigate();
  const { name, domains, platform, policy, tags } = form.value;
  const input = {
    id,
    ...toSitePatch({ ...empty, platform, policy }, ['platform', 'policy']),
    ...(name.trim() !== '' && { name }),
    domains: [...domains],
    tags: toTagPatch(tags),
  };
  const create = useApiMutation(() => callApi('POST /api/sites', {}, input), {
    refreshes: ['GET /api/sites'],
    onDone: (site) => void navigate({ to: '/sites/$site', params: { site: site.id } }),
  });
  const issues = useFieldIssues(create.error, input);
  return (
    <Form error={create.error} onSubmit={() => create.mutate(undefined)}>
      <Stack gap="lg" maw={640}>
        <Fields table={siteTable} names={['name']} form={form} issues={issues} />
        <TextInput
          label="ID"
          description="Made from the name. Identifies the site in URLs and commands. Cannot be changed later."
          withAsterisk
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          value={id}
          onChange={({ currentTarget }) => setTypedId(currentTarget.value)}
          error={getFieldError(issues, 'id')}
        />
        <Fields table={siteTable} names={['domains', 'platform', 'policy']} form={form} issues={issues} />
        <details open={issues.some(({ field }) => field.startsWith('tags')) || undefined}>
          <Text component="summary" size="sm" fw={600} mb="sm" style={{ cursor: 'pointer' }}>
            Browser tags (optional)
          </Text>
          <TagFields destinations={destinations} form={form} issues={issues} />
        </details>
        <FormError error={create.error} fields={['id', ...siteFields]} />
        <Group>
          <RoleOnly needs="owner">
            {(isPermitted) => (
              <Button type="submit" loading={create.isPending} disabled={!isPermitted}>
                Add site
              </Button>
            )}
          </RoleOnly>
          <RouterButton to="/sites" variant="default">
            Cancel
          </RouterButton>
        </Group>
      </Stack>
    </Form>
  );
}
