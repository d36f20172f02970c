import { embedNames, type Issue } from '../../../../api/client.ts';
import { ChoiceField } from '../../../components/forms/ChoiceField.tsx';
import { Fields, type FieldTable } from '../../../components/forms/Fields.tsx';
import { createMultiSelect } from '../../../components/forms/inputs.tsx';
import { FormRows } from './FormRows.tsx';
import type { LeadForm } from './lead-form.ts';

const labels = {
  calendly: 'Calendly',
  hubspot: 'HubSpot',
  tally: 'Tally',
  typeform: 'Typeform',
  'contact-form-7': 'Contact Form 7',
} as const satisfies Record<(typeof embedNames)[number], string>;

const table: FieldTable<LeadForm> = {
  embeds: {
    label: 'Forms of other services',
    description: 'A completed form of these services is a lead. Answers are not read.',
    placeholder: 'Calendly',
    input: createMultiSelect(embedNames.map((name) => [name, labels[name]])),
  },
};

const contactModes = [
  { value: 'off', label: 'Off' },
  { value: 'on', label: 'On' },
] as const;

interface LeadFieldsProps {
  readonly value: LeadForm;
  readonly issues: readonly Issue[];
  readonly onChange: (changes: Partial<LeadForm>) => void;
}

/** The fields of a site's leads: its forms, those of other services, and calls. */
export function LeadFields({ value, issues, onChange }: LeadFieldsProps) {
  const fields = { value, set: (name: keyof LeadForm, input: unknown) => onChange({ [name]: input }) };
  return (
    <>
      <FormRows rows={value.forms} issues={issues} onChange={(forms) => onChange({ forms })} />
      <Fields table={table} form={fields} issues={issues} path="capture" />
      <ChoiceField
        label="Calls and e-mails"
        description="A click on a link to a phone number or an e-mail address is an event “Contact”. The address is not sent."
        options={contactModes}
        value={value.contact}
        onChange={(contact) => onChange({ contact })}
      />
    </>
  );
}
