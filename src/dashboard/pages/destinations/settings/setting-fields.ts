import type { DestinationView } from '../../../../api/client.ts';

/**
 * The fields of a form, read from the schema of a destination's settings: whoever adds a destination writes no form. A kind of
 * value that no field here is made for is taken as text.
 */
export interface SettingField {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly isRequired: boolean;
  readonly kind: 'text' | 'secret' | 'choice' | 'names' | 'pairs';
  /** Of a choice. */
  readonly options: readonly string[];
  /** What counts where nothing is given; absent where there is none or it is no text. */
  readonly usual?: string;
}

export function fieldsOf({ settings, secrets }: Pick<DestinationView, 'settings' | 'secrets'>): readonly SettingField[] {
  const required = listIn(settings.required);
  return Object.entries(membersOf(settings.properties)).map(([name, given]) => {
    const schema = membersOf(given);
    const usual = schema.default;
    return {
      name,
      title: typeof schema.title === 'string' ? schema.title : name,
      description: typeof schema.description === 'string' ? schema.description : '',
      isRequired: required.includes(name),
      kind: secrets.includes(name) ? 'secret' : kindOf(schema),
      options: listIn(schema.enum),
      ...(typeof usual === 'string' && { usual }),
    };
  });
}

function kindOf(schema: Members): SettingField['kind'] {
  if (listIn(schema.enum).length > 0) return 'choice';
  if (schema.type === 'object') return 'pairs';
  const forms: readonly unknown[] = Array.isArray(schema.anyOf) ? schema.anyOf : [];
  return forms.some((form) => membersOf(form).type === 'array') ? 'names' : 'text';
}

export type Pair = readonly [key: string, value: string];

/** What stands in a field: text, all names or these, or pairs. Empty text is absent. */
export type FieldValue = string | { readonly names: readonly string[] } | { readonly pairs: readonly Pair[] };
export type SettingsForm = Readonly<Record<string, FieldValue>>;

export const allNames = 'all';

/** Settings as the gateway tells them, in a form. Secrets it does not tell. */
export function formOf(fields: readonly SettingField[], settings: Members): SettingsForm {
  return Object.fromEntries(fields.map((field) => [field.name, shownIn(field, settings[field.name])]));
}

function shownIn({ kind, usual = '' }: SettingField, given: unknown): FieldValue {
  if (kind === 'secret') return '';
  if (kind === 'names') return Array.isArray(given) ? { names: listIn(given) } : allNames;
  if (kind === 'pairs') return { pairs: Object.entries(membersOf(given)).map(([key, value]) => [key, String(value)]) };
  return given === undefined || given === null ? usual : String(given);
}

/** The whole of the settings, as the gateway takes them. A secret that is left empty stays as it is. */
export function settingsOf(fields: readonly SettingField[], form: SettingsForm): Record<string, unknown> {
  return Object.fromEntries(
    fields.flatMap(({ name }): [string, unknown][] => {
      const value = form[name] ?? '';
      if (typeof value === 'string') return value.trim() === '' ? [] : [[name, value.trim()]];
      if ('names' in value) return [[name, value.names]];
      return [[name, Object.fromEntries(value.pairs.filter(([key]) => key.trim() !== ''))]];
    }),
  );
}

export function textIn(form: SettingsForm, name: string): string {
  const value = form[name];
  return typeof value === 'string' ? value : '';
}

/** All names, or these. */
export function namesIn(form: SettingsForm, name: string): typeof allNames | readonly string[] {
  const value = form[name];
  return typeof value === 'object' && 'names' in value ? value.names : allNames;
}

export function pairsIn(form: SettingsForm, name: string): readonly Pair[] {
  const value = form[name];
  return typeof value === 'object' && 'pairs' in value ? value.pairs : [];
}

type Members = Readonly<Record<string, unknown>>;

function membersOf(value: unknown): Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}

function listIn(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}
