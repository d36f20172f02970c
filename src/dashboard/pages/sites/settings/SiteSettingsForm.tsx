import { Fieldset, Stack } from '@mantine/core';
import type { DestinationView, SiteSettingsView } from '../../../../api/client.ts';
import { Form } from '../../../components/forms/Form.tsx';
import { SaveBar } from '../../../components/forms/SaveBar.tsx';
import { useFieldIssues } from '../../../components/forms/use-field-issues.ts';
import { useSaveForm } from '../../../components/forms/use-save-form.ts';
import { useStagedForm } from '../../../components/forms/use-staged-form.ts';
import { Panel } from '../../../components/layout/Panel.tsx';
import { callApi } from '../../../data/api-client.ts';
import { CountingFields } from '../form/CountingFields.tsx';
import { AssigneeField, ConsentField, DomainsField, NameField, PlatformField, PublicUrlField } from '../form/SiteFields.tsx';
import { siteFields, toSiteForm, toSitePatch } from '../form/site-form.ts';
import { TagFields } from '../form/TagFields.tsx';

interface SiteSettingsFormProps {
  readonly site: SiteSettingsView;
  readonly mayChange: boolean;
  /** The platforms, for the settings of their browser tags. */
  readonly destinations: readonly DestinationView[];
}

export function SiteSettingsForm({ site, mayChange, destinations }: SiteSettingsFormProps) {
  const form = useStagedForm(toSiteForm(site, destinations), site.revision);
  const patch = toSitePatch(form.value, form.changed, site);
  const save = useSaveForm(form, () =>
    callApi('PATCH /api/sites/:site', { site: site.id }, { revision: form.revision, ...patch }),
  );
  const issues = useFieldIssues(save.error, patch);
  return (
    <Form error={save.error} onSubmit={() => save.mutate()}>
      <Fieldset variant="unstyled" m={0} disabled={!mayChange}>
        <Stack gap="lg">
          <Panel title="Shop">
            <Stack maw={640}>
              <NameField form={form} issues={issues} />
              <DomainsField form={form} issues={issues} />
              <PlatformField form={form} issues={issues} />
              <PublicUrlField form={form} issues={issues} />
              <AssigneeField form={form} issues={issues} />
            </Stack>
          </Panel>
          <Panel title="Consent and browser tags">
            <Stack maw={640} gap="lg">
              <ConsentField form={form} issues={issues} />
              <TagFields destinations={destinations} form={form} issues={issues} />
            </Stack>
          </Panel>
          <Panel title="Event handling">
            <Stack maw={640}>
              <CountingFields form={form} issues={issues} />
            </Stack>
          </Panel>
          <SaveBar form={form} save={save} fields={siteFields} />
        </Stack>
      </Fieldset>
    </Form>
  );
}
