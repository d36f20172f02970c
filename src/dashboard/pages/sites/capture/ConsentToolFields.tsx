import { consentCategories, consentToolChoices, consentToolLabels, type Issue } from '../../../../api/client.ts';
import { Fields, type FieldTable } from '../../../components/forms/Fields.tsx';
import { createSelect, createText } from '../../../components/forms/inputs.tsx';
import type { StagedForm } from '../../../components/forms/use-staged-form.ts';
import { type CaptureForm, hasOwnCategory } from './capture-form.ts';

const choices = consentToolChoices.map(
  (choice) => [choice, choice === 'auto' ? 'Any of them' : consentToolLabels[choice]] as const,
);

const table: FieldTable<CaptureForm> = {
  consentTool: {
    label: 'Consent tool',
    description: 'The banner of the pages. Its choices are read besides those of Google Consent Mode, the TCF and Shopify.',
    input: createSelect([['', 'None of these'], ...choices]),
  },
  consentCategory: {
    label: 'Category for advertising',
    description: ({ consentTool }) =>
      hasOwnCategory(consentTool) ? `Your name for it. Empty: ${consentCategories[consentTool]}.` : undefined,
    isShown: ({ consentTool }) => hasOwnCategory(consentTool),
    input: createText(),
  },
};

interface ConsentToolFieldsProps {
  readonly form: Pick<StagedForm<CaptureForm>, 'value' | 'set'>;
  readonly issues: readonly Issue[];
}

/** The fields of the consent tool that the pixel reads. */
export function ConsentToolFields({ form, issues }: ConsentToolFieldsProps) {
  return <Fields table={table} form={form} issues={issues} path="capture" />;
}
