import { Fieldset, SimpleGrid, Stack } from '@mantine/core';
import type { DestinationView, SiteSettingsView } from '../../../../api/client.ts';
import { Fields } from '../../../components/forms/Fields.tsx';
import { Form } from '../../../components/forms/Form.tsx';
import { SaveBar } from '../../../components/forms/SaveBar.tsx';
import { useFieldIssues } from '../../../components/forms/use-field-issues.ts';
import { useSaveForm } from '../../../components/forms/use-save-form.ts';
import { useStagedForm } from '../../../components/forms/use-staged-form.ts';
import { Panel } from '../../../components/layout/Panel.tsx';
import { callApi } from '../../../data/api-client.ts';
import { CaptureFields } from '../capture/CaptureFields.tsx';
import { siteFields, siteTable } from '../form/site-fields.tsx';
import { type SiteForm, toSiteForm, toSitePatch } from '../form/site-form.ts';
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
  const list = (...names: readonly (keyof SiteForm)[]) => <Fields table={siteTable} names={names} form={form} issues={issues} />;
  return (
    <Form error={save.error} onSubmit={() => save.mutate()}>
      <Fieldset variant="unstyled" m={0} disabled={!mayChange}>
        <Stack gap="lg">
          <Panel title="Shop">
            <Stack maw={640}>{list('name', 'domains', 'platform', 'publicUrl', 'assignee')}</Stack>
          </Panel>
          <Panel title="Consent and browser tags">
            <Stack maw={640} gap="lg">
              {list('policy')}
              <TagFields destinations={destinations} form={form} issues={issues} />
            </Stack>
          </Panel>
          <Panel title="Event handling">
            <Stack maw={640}>
              <SimpleGrid cols={{ base: 1, xs: 2 }}>{list('defaultCountry', 'defaultCurrency')}</SimpleGrid>
              {list('timeZone', 'missingCountry', 'bots', 'purchaseOn', 'purchases', 'purchaseHoldSeconds')}
            </Stack>
          </Panel>
          <Panel title="Capture">
            <CaptureFields site={site} form={form} issues={issues} mayChange={mayChange} />
          </Panel>
          <Panel title="Segment SDKs">
            <Stack maw={640}>{list('purchaseId', 'adConsentCategories')}</Stack>
          </Panel>
          <SaveBar form={form} save={save} fields={siteFields} />
        </Stack>
      </Fieldset>
    </Form>
  );
}
