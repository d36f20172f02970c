import { type ApiBody, type PersonField, personFields, type SiteSettingsView } from '../../../../api/client.ts';

type SavedForm = NonNullable<SiteSettingsView['capture']['forms']>[number];
type Success = keyof NonNullable<SavedForm['success']>;

/** A form of the shop's own. An empty text means that the field is found by its autocomplete token. */
export interface FormRow {
  readonly mode: SavedForm['mode'];
  readonly selector: string;
  readonly event: string;
  readonly fields: Readonly<Partial<Record<PersonField, string>>>;
  /** `submit`: each submit counts. */
  readonly sign: Success | 'submit';
  readonly signText: string;
}

/** The values of the form of a site's leads. */
export interface LeadForm {
  readonly forms: readonly FormRow[];
  readonly embeds: readonly string[];
  readonly contact: NonNullable<SiteSettingsView['capture']['contact']>;
}

/** A form in the mode `preview`, so that its fields are seen before anything is reported. */
export const newFormRow: FormRow = { mode: 'preview', selector: '', event: 'Lead', fields: {}, sign: 'submit', signText: '' };

export function toLeadForm({ forms = [], embeds = [], contact = 'off' }: SiteSettingsView['capture']): LeadForm {
  const rows = forms.map(({ mode, selector, event, fields, success = {} }): FormRow => {
    const [sign, signText = ''] = findSign(success);
    return { mode, selector, event, fields, sign, signText };
  });
  return { forms: rows, embeds, contact };
}

function findSign({ url, selector, embed }: NonNullable<SavedForm['success']>): readonly [FormRow['sign'], string?] {
  if (url !== undefined) return ['url', url];
  if (selector !== undefined) return ['selector', selector];
  return embed === undefined ? ['submit'] : ['embed', embed];
}

/** Returns the members of a change. Members that are `null` are removed. */
export function toLeadPatch({ forms, embeds, contact }: LeadForm): NonNullable<ApiBody<'PATCH /api/sites/:site'>['capture']> {
  return {
    forms: forms.length === 0 ? null : forms.map(toFormBody),
    embeds: embeds.length === 0 ? null : [...embeds],
    contact: contact === 'off' ? null : contact,
  };
}

function toFormBody({ mode, selector, event, fields, sign, signText }: FormRow): Record<string, unknown> {
  const written = personFields.flatMap((field) => {
    const text = fields[field]?.trim();
    return text ? [[field, text] as const] : [];
  });
  return {
    mode,
    selector: selector.trim(),
    event: event.trim(),
    fields: Object.fromEntries(written),
    ...(sign !== 'submit' && { success: { [sign]: signText.trim() } }),
  };
}
