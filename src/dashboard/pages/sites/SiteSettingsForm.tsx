import { Fieldset, Stack } from '@mantine/core';
import type { SiteSettingsView } from '../../../api/client.ts';
import { fieldIssues } from '../../components/field-errors.ts';
import { Panel } from '../../components/Panel.tsx';
import { SaveBar } from '../../components/SaveBar.tsx';
import { useSaveForm } from '../../components/use-save.ts';
import { useStagedForm } from '../../components/use-staged-form.ts';
import { callApi } from '../../data/api-client.ts';
import { CountingFields } from './DefaultValueFields.tsx';
import { ConsentField, DomainsField, NameField, PlatformField, UetFields } from './SiteFields.tsx';
import { changeOf, formOf, siteFields } from './site-form.ts';
import { UetPlaces } from './UetAdvancedFields.tsx';

/** What the site is set to. Changes are staged until they are saved. */
export function SettingsOfSite({ site, mayChange }: { readonly site: SiteSettingsView; readonly mayChange: boolean }) {
  const form = useStagedForm(formOf(site), site.revision);
  const save = useSaveForm(form, () =>
    callApi('PATCH /api/sites/:site', { site: site.id }, { revision: form.revision, ...changeOf(form.value, form.changed) }),
  );
  const issues = fieldIssues(save.error);
  return (
    <form
      onSubmit={(submitted) => {
        submitted.preventDefault();
        save.mutate();
      }}
    >
      <Fieldset variant="unstyled" m={0} disabled={!mayChange}>
        <Stack gap="lg">
          <Panel title="The shop">
            <Stack maw={640}>
              <NameField form={form} issues={issues} />
              <DomainsField form={form} issues={issues} />
              <PlatformField form={form} issues={issues} />
            </Stack>
          </Panel>
          <Panel title="Consent and the browser">
            <Stack maw={640} gap="lg">
              <ConsentField form={form} issues={issues} />
              <UetFields form={form} issues={issues} />
              <UetPlaces form={form} issues={issues} />
            </Stack>
          </Panel>
          <Panel title="How events are read">
            <Stack maw={640}>
              <CountingFields form={form} issues={issues} />
            </Stack>
          </Panel>
          <SaveBar form={form} save={save} fields={siteFields} />
        </Stack>
      </Fieldset>
    </form>
  );
}
