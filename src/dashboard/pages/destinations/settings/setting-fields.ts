/**
 * A form field, generated from the schema of settings, so that a new destination, tag or type of channel needs no form of its own.
 * Unknown kinds of values become text fields.
 */
export interface SettingField {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly isRequired: boolean;
  readonly kind: 'text' | 'number' | 'lines' | 'secret' | 'choice' | 'choices' | 'names' | 'pairs';
  /** The options of one choice, or of several. */
  readonly options: readonly string[];
  /** The default value as text. Undefined if there is none or it is neither text nor a number. */
  readonly defaultValue?: string;
  /** Whether the text has several lines, like the text of a file. */
  readonly isMultiline: boolean;
  /** Whether spaces around the text belong to it. */
  readonly isPassword: boolean;
  /** The names of the connected account that the field offers. Others can be typed. */
  readonly offers?: 'goals';
  /** Whether Convey can make the secret. */
  readonly isGenerated: boolean;
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
  /** The options of a choice beside the text, at whose end the chosen one stands, and the name of the choice. */
  readonly choice?: { readonly title: string; readonly options: readonly string[] };
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
  const fields = Object.entries(toRecord(settings.properties)).map(([name, property]) => {
    const schema = toRecord(property);
    const usual = schema.default;
    const [when, pair] = [readCondition(schema.when), readPairTexts(schema.pair)];
    const options = toStrings(schema.enum ?? toRecord(schema.items).enum);
    return {
      name,
      title: typeof schema.title === 'string' ? schema.title : name,
      description: typeof schema.description === 'string' ? schema.description : '',
      isRequired: required.includes(name),
      kind: secrets.includes(name) ? ('secret' as const) : pair ? ('pairs' as const) : getFieldKind(schema),
      options,
      isMultiline: schema.multiline === true,
      isPassword: schema.format === 'password',
      isGenerated: schema.generated === true,
      ...((typeof usual === 'string' || typeof usual === 'number') && { defaultValue: String(usual) }),
      ...(schema.offers === 'goals' && { offers: 'goals' as const }),
      ...(when && { when }),
      ...(pair && { pair }),
    };
  });
  return fields.map((field) => ({ ...field, description: toFormText(field.description, fields, field) }));
}

const optionLabels: Readonly<Partial<Record<string, string>>> = {
  auto: 'Automatic',
  'us-states': 'US states',
  'outside-eea': 'Outside the EEA',
  starttls: 'STARTTLS',
  tls: 'TLS',
};

/** Returns the label of an option: `send-denied` is Send denied. */
export function getOptionLabel(option: string): string {
  const words = option.replace(/[-_]/g, ' ');
  return optionLabels[option] ?? `${words.charAt(0).toUpperCase()}${words.slice(1)}`;
}

/**
 * Returns a text about settings in the words of the form: with the titles of settings and the labels of options, and without what is for
 * the config file alone. `of` is the setting that it describes.
 */
export function toFormText(
  text: string,
  fields: readonly Pick<SettingField, 'name' | 'title' | 'options' | 'pair'>[],
  of?: Pick<SettingField, 'options' | 'pair'>,
): string {
  const plain = text.replace(/ In the config file, .*?\.(?= |$)/g, '').replace(/(?:,? such as|:) `?[[{]"[^\]}]*[\]}]`?/g, '');
  const labels = [
    ...(of ? [of] : fields).flatMap(({ options, pair }) =>
      [...options, ...(pair?.choice?.options ?? [])].map((option) => [option, getOptionLabel(option)] as const),
    ),
    ...fields.map(({ name, title }) => [name, title] as const),
  ];
  return labels.reduce((before, [code, label]) => before.replaceAll(`\`${code}\``, `“${label}”`), plain);
}

function readCondition(raw: unknown): SettingField['when'] {
  const { setting, is } = toRecord(raw);
  return typeof setting === 'string' && typeof is === 'string' ? { setting, is } : undefined;
}

function readPairTexts(given: unknown): PairTexts | undefined {
  const { add, value, placeholder } = toRecord(given);
  const isComplete = typeof add === 'string' && typeof value === 'string' && typeof placeholder === 'string';
  const { title, options } = toRecord(toRecord(given).choice);
  const choice = typeof title === 'string' && { title, options: toStrings(options) };
  return isComplete ? { add, value, placeholder, ...(choice && { choice }) } : undefined;
}

/** Returns the fields that apply to the form's values. */
export function listShownFields(fields: readonly SettingField[], form: SettingsForm): readonly SettingField[] {
  return fields.filter(({ when }) => when === undefined || getText(form, when.setting) === when.is);
}

function getFieldKind(schema: UnknownRecord): SettingField['kind'] {
  if (toStrings(schema.enum).length > 0) return 'choice';
  if (toStrings(toRecord(schema.items).enum).length > 0) return 'choices';
  if (schema.type === 'object') return 'pairs';
  if (schema.type === 'array') return 'lines';
  if (schema.type === 'integer' || schema.type === 'number') return 'number';
  const forms: readonly unknown[] = Array.isArray(schema.anyOf) ? schema.anyOf : [];
  return forms.some((form) => toRecord(form).type === 'array') ? 'names' : 'text';
}

/** Splits the text of a pair into the typed part and the option at its end; the first option if it has none. */
export function splitOption(text: string, options: readonly string[]): readonly [typed: string, option: string] {
  const found = options.find((option) => text === option || text.endsWith(` ${option}`));
  return found === undefined ? [text, options[0] ?? ''] : [text.slice(0, -found.length - 1), found];
}

/** Joins the typed part and the option. An option that was typed too replaces the other one. */
export function joinOption(typed: string, option: string, options: readonly string[]): string {
  return options.some((one) => typed.endsWith(` ${one}`)) ? typed : `${typed} ${option}`;
}

/** Returns whether a setting chooses the kind of the credential. */
function choosesCredential({ name }: Pick<SettingField, 'name'>, fields: readonly SettingField[]): boolean {
  return fields.some(({ kind, when }) => kind === 'secret' && when?.setting === name);
}

/** Returns whether every connection needs the setting: it is required, or belongs to the credential. */
export function isNeeded(field: SettingField, fields: readonly SettingField[]): boolean {
  const { isRequired, kind, when } = field;
  const isOfCredential = when !== undefined && choosesCredential({ name: when.setting }, fields);
  return isRequired || kind === 'secret' || isOfCredential || choosesCredential(field, fields);
}

/** Returns what a person needs at hand to fill the form: the required settings, and the credential if there is a choice of it. */
export function listNeeded(fields: readonly SettingField[]): readonly string[] {
  return fields.flatMap((field) => {
    if (choosesCredential(field, fields))
      return [field.options.map((option) => getOptionLabel(option).toLowerCase()).join(' or ')];
    return field.isRequired ? [field.title] : [];
  });
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
  if (kind === 'lines') return toStrings(input).join('\n');
  if (kind === 'choices') return { names: toStrings(input) };
  if (kind === 'pairs') return { pairs: Object.entries(toRecord(input)).map(([key, value]) => [key, String(value)]) };
  return input === undefined || input === null ? usual : String(input);
}

/** Returns all settings for the API. An empty secret keeps its stored value. */
export function toSettings(fields: readonly SettingField[], form: SettingsForm): Record<string, unknown> {
  return Object.fromEntries(
    fields.flatMap((field): [string, unknown][] => {
      const { name, isPassword } = field;
      const value = form[name] ?? '';
      if (typeof value === 'string')
        return value.trim() === '' ? [] : [[name, parseText(field, isPassword ? value : value.trim())]];
      if ('names' in value) return [[name, value.names]];
      if ('link' in value) return [];
      return [[name, Object.fromEntries(value.pairs.filter(([key]) => key.trim() !== ''))]];
    }),
  );
}

/** Returns the value of a typed text. A text that is no number stays text, which the API refuses with the rule. */
function parseText({ kind, offers }: SettingField, text: string): unknown {
  // The name of a goal may have a comma.
  if (kind === 'lines' && offers) return text.split(/\s*\n\s*/).filter((line) => line !== '');
  if (kind === 'lines') return text.split(/[\s,]*[\n,][\s,]*/).filter((line) => line !== '');
  return kind === 'number' && Number.isFinite(Number(text)) ? Number(text) : text;
}

export function getText(form: SettingsForm, name: string): string {
  const value = form[name];
  return typeof value === 'string' ? value : '';
}

/** Returns the account link that holds a field's value. */
export function getAccountLinkId(form: SettingsForm, name: string): string | undefined {
  const value = form[name];
  return typeof value === 'object' && 'link' in value ? value.link : undefined;
}

/** The value of a secret: none, a stored one, or that of an account that the operator has just connected. */
export type SecretState = 'none' | 'stored' | 'connected';

/** Returns the hint in the empty field of a secret, which the API never returns. */
export function getSecretHint(state: SecretState): string {
  if (state === 'none') return '';
  return state === 'connected' ? 'Leave empty to use the value that you entered' : 'Leave empty to keep the stored value';
}

/** Returns the account link that holds values of a form. */
export function findLink(form: SettingsForm): string | undefined {
  return Object.keys(form)
    .map((name) => getAccountLinkId(form, name))
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
