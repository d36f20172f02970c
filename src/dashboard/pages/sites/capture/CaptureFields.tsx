import { Stack } from '@mantine/core';
import { ga4EventNames, type Issue, type SiteSettingsView } from '../../../../api/client.ts';
import { ChoiceField } from '../../../components/forms/ChoiceField.tsx';
import { Fields, type FieldTable } from '../../../components/forms/Fields.tsx';
import { createMultiSelect, createTags } from '../../../components/forms/inputs.tsx';
import type { StagedForm } from '../../../components/forms/use-staged-form.ts';
import type { SiteForm } from '../form/site-form.ts';
import { ConsentToolFields } from './ConsentToolFields.tsx';
import { type CaptureForm, suggestRow } from './capture-form.ts';
import { LeadFields } from './LeadFields.tsx';
import { MappingRows } from './MappingRows.tsx';
import { PageRows } from './PageRows.tsx';
import { SeenEvents } from './SeenEvents.tsx';

const modes = [
  { value: 'off', label: 'Off' },
  { value: 'preview', label: 'Preview' },
  { value: 'on', label: 'On' },
] as const;

const table: FieldTable<CaptureForm> = {
  layer: {
    label: 'Layer',
    description: 'The name of the global variable, at most four.',
    placeholder: 'dataLayer',
    input: createTags((text) => text.trim()),
  },
  events: {
    label: "Google's events",
    description: 'Those that are reported. A purchase is left out if the shop reports its orders itself.',
    input: createMultiSelect(ga4EventNames.map((name) => [name, name])),
  },
};

const linksTable: FieldTable<CaptureForm> = {
  links: {
    label: 'Links to other domains',
    description: "The site's domains to which links carry the visitor, such as that of the checkout.",
    placeholder: 'checkout.example',
    input: createTags((text) => text.trim().toLowerCase()),
  },
};

interface CaptureFieldsProps {
  readonly site: SiteSettingsView;
  readonly form: StagedForm<SiteForm>;
  readonly issues: readonly Issue[];
  readonly mayChange: boolean;
}

/** The fields of a site's data layers, leads, pages and consent tool, and the events and forms that a page has. */
export function CaptureFields({ site, form, issues, mayChange }: CaptureFieldsProps) {
  const value = form.value.capture;
  const change = (changes: Partial<CaptureForm>) => form.set('capture', { ...value, ...changes });
  const { mode, rows, events } = value;
  const fields = { value, set: (name: keyof CaptureForm, input: unknown) => change({ [name]: input }) };
  return (
    <Stack maw={640}>
      <ChoiceField
        label="dataLayer"
        description="Events that the pages write for Google Analytics, also by gtag(). No code is needed."
        options={modes}
        value={mode}
        onChange={(chosen) => change({ mode: chosen })}
      />
      {mode !== 'off' && (
        <>
          <Fields table={table} form={fields} issues={issues} path="capture.dataLayer" />
          <MappingRows rows={rows} issues={issues} onChange={(changed) => change({ rows: changed })} />
        </>
      )}
      <LeadFields value={value} issues={issues} onChange={change} />
      {[site.capture.dataLayer, ...(site.capture.forms ?? [])].some(({ mode: saved }) => saved === 'preview') && (
        <SeenEvents
          site={site.id}
          domain={site.domains[0] ?? ''}
          mayChange={mayChange}
          onMap={({ name, keys }) => change({ rows: [...rows, suggestRow(name, keys)] })}
          onChoose={(ga4) => change({ events: [...events, ga4] })}
          isTaken={({ name, ga4 }) => rows.some((row) => row.name === name) || (ga4 !== undefined && events.includes(ga4))}
        />
      )}
      <Fields table={linksTable} form={fields} issues={issues} path="capture" />
      <PageRows rows={value.pages} issues={issues} onChange={(pages) => change({ pages })} />
      <ConsentToolFields form={fields} issues={issues} />
    </Stack>
  );
}
