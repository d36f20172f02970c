/**
 * A form field, generated from the schema of a destination's settings, so that a new destination needs no form of its own. Unknown
 * kinds of values become text fields.
 */
export interface SettingField {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly isRequired: boolean;
  readonly kind: 'text' | 'secret' | 'choice' | 'choices' | 'names' | 'pairs';
  /** The options of one choice, or of several. */
  readonly options: readonly string[];
  /** The default value. Undefined if there is none or it is no text. */
  readonly defaultValue?: string;
  /** Whether the text has several lines, like the text of a file. */
  readonly isMultiline: boolean;
  /** The values of another setting for which this one is shown. */
  readonly when?: { readonly setting: string; readonly is: string };
  /** The texts of a field for pairs. */
  readonly pair?: PairTexts;
}

/** The texts of a field that binds each event to a text. */
export interface PairTexts {
  /** The button that adds a pair. */
  readonly add: string;
  /** The second value, as a noun. */
  readonly value: string;
  readonly placeholder: string;
}

export function parseSettingFields({
  settings,
  secrets,
}: {
  /** JSON Schema. */
  readonly settings: UnknownRecord;
  readonly secrets: readonly string[];
}): readonly SettingField[] {
  const required = toStrings(settings.required);
  return Object.entries(toRecord(settings.properties)).map(([name, property]) => {
    const schema = toRecord(property);
    const usual = schema.default;
    const [when, pair] = [readCondition(schema.when), readPairTexts(schema.pair)];
    const options = toStrings(schema.enum ?? toRecord(schema.items).enum);
    return {
      name,
      title: typeof schema.title === 'string' ? schema.title : name,
      description: typeof schema.description === 'string' ? toFormText(schema.description, options) : '',
      isRequired: required.includes(name),
      kind: secrets.includes(name) ? 'secret' : pair ? 'pairs' : getFieldKind(schema),
      options,
      isMultiline: schema.multiline === true,
      ...(typeof usual === 'string' && { defaultValue: usual }),
      ...(when && { when }),
      ...(pair && { pair }),
    };
  });
}

const optionLabels: Readonly<Partial<Record<string, string>>> = {
  auto: 'Automatic',
  'us-states': 'US states',
  'outside-eea': 'Outside the EEA',
};

/** Returns the label of an option: `send-denied` is Send denied. */
export function getOptionLabel(option: string): string {
  const words = option.replace(/[-_]/g, ' ');
  return optionLabels[option] ?? `${words.charAt(0).toUpperCase()}${words.slice(1)}`;
}

/** Returns a description with the labels of the options, and without the advice for the config file. */
function toFormText(description: string, options: readonly string[]): string {
  return options.reduce(
    (text, option) => text.replaceAll(`\`${option}\``, `“${getOptionLabel(option)}”`),
    description.replace(/ In the config file, [^.]*\./g, ''),
  );
}

function readCondition(raw: unknown): SettingField['when'] {
  const { setting, is } = toRecord(raw);
  return typeof setting === 'string' && typeof is === 'string' ? { setting, is } : undefined;
}

function readPairTexts(given: unknown): PairTexts | undefined {
  const { add, value, placeholder } = toRecord(given);
  const isComplete = typeof add === 'string' && typeof value === 'string' && typeof placeholder === 'string';
  return isComplete ? { add, value, placeholder } : undefined;
}

/** Returns the fields that apply to the form's values. */
export function listShownFields(fields: readonly SettingField[], form: SettingsForm): readonly SettingField[] {
  return fields.filter(({ when }) => when === undefined || getText(form, when.setting) === when.is);
}

function getFieldKind(schema: UnknownRecord): SettingField['kind'] {
  if (toStrings(schema.enum).length > 0) return 'choice';
  if (toStrings(toRecord(schema.items).enum).length > 0) return 'choices';
  if (schema.type === 'object') return 'pairs';
  const forms: readonly unknown[] = Array.isArray(schema.anyOf) ? schema.anyOf : [];
  return forms.some((form) => toRecord(form).type === 'array') ? 'names' : 'text';
}

export type NamePair = readonly [key: string, value: string];

/**
 * The value of a field: a text, a list of names, name pairs, or the id of the account link that holds the value. An empty text means that the
 * value is not set.
 */
export type FieldValue =
  | string
  | { readonly names: readonly string[] }
  | { readonly pairs: readonly NamePair[] }
  | { readonly link: string };
export type SettingsForm = Readonly<Record<string, FieldValue>>;

export const allNames = 'all';

/** Fills a form with stored settings. Secrets stay empty, because the API never returns them. */
export function toSettingsForm(fields: readonly SettingField[], settings: UnknownRecord): SettingsForm {
  return Object.fromEntries(fields.map((field) => [field.name, toFieldValue(field, settings[field.name])]));
}

function toFieldValue({ kind, defaultValue: usual = '' }: SettingField, input: unknown): FieldValue {
  if (kind === 'secret') return '';
  if (kind === 'names') return Array.isArray(input) ? { names: toStrings(input) } : allNames;
  if (kind === 'choices') return { names: toStrings(input) };
  if (kind === 'pairs') return { pairs: Object.entries(toRecord(input)).map(([key, value]) => [key, String(value)]) };
  return input === undefined || input === null ? usual : String(input);
}

/** Returns all settings for the API. An empty secret keeps its stored value. */
export function toSettings(fields: readonly SettingField[], form: SettingsForm): Record<string, unknown> {
  return Object.fromEntries(
    fields.flatMap(({ name }): [string, unknown][] => {
      const value = form[name] ?? '';
      if (typeof value === 'string') return value.trim() === '' ? [] : [[name, value.trim()]];
      if ('names' in value) return [[name, value.names]];
      if ('link' in value) return [];
      return [[name, Object.fromEntries(value.pairs.filter(([key]) => key.trim() !== ''))]];
    }),
  );
}

export function getText(form: SettingsForm, name: string): string {
  const value = form[name];
  return typeof value === 'string' ? value : '';
}

/** Returns the account link that holds a field's value. */
export function getHolder(form: SettingsForm, name: string): string | undefined {
  const value = form[name];
  return typeof value === 'object' && 'link' in value ? value.link : undefined;
}

/** Returns the account link that holds values of a form. */
export function findLink(form: SettingsForm): string | undefined {
  return Object.keys(form)
    .map((name) => getHolder(form, name))
    .find((link) => link !== undefined);
}

/** Returns the names of a field, or `allNames`. */
export function getNames(form: SettingsForm, name: string): typeof allNames | readonly string[] {
  const value = form[name];
  return typeof value === 'object' && 'names' in value ? value.names : allNames;
}

/** Returns the chosen options of a field. */
export function getChoices(form: SettingsForm, name: string): readonly string[] {
  const names = getNames(form, name);
  return names === allNames ? [] : names;
}

export function getPairs(form: SettingsForm, name: string): readonly NamePair[] {
  const value = form[name];
  return typeof value === 'object' && 'pairs' in value ? value.pairs : [];
}

type UnknownRecord = Readonly<Record<string, unknown>>;

function toRecord(value: unknown): UnknownRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}

function toStrings(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}
