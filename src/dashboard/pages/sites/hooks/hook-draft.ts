/** The mapping of a hook as its form edits it, and its conversion from and to the form of the config file. */

/** `place`: a JSON Pointer. `fixed`: a text. `json`: any other expression, as JSON. */
export type SourceKind = 'place' | 'fixed' | 'json';

export interface FieldDraft {
  /** Identifies the row while its name changes. */
  readonly key: string;
  readonly name: string;
  readonly kind: SourceKind;
  readonly text: string;
  /** Empty for the default. */
  readonly unit: string;
}

export interface ConditionDraft {
  readonly key: string;
  readonly at: string;
  readonly values: readonly string[];
}

export interface EventDraft {
  readonly key: string;
  readonly conditions: readonly ConditionDraft[];
  readonly fields: readonly FieldDraft[];
  readonly itemsAt: string;
  readonly items: readonly FieldDraft[];
}

type Json = Readonly<Record<string, unknown>>;

let keys = 0;
export function createKey(): string {
  keys += 1;
  return `row-${keys}`;
}

export function createField(name = '', text = '', kind: SourceKind = 'place'): FieldDraft {
  return { key: createKey(), name, kind, text, unit: '' };
}

export function createEvent(): EventDraft {
  return {
    key: createKey(),
    conditions: [],
    fields: [createField('name', 'Lead', 'fixed'), createField('id'), createField('user.email')],
    itemsAt: '',
    items: [],
  };
}

export function toEventDrafts(events: readonly Json[]): readonly EventDraft[] {
  return events.map(({ when, fields, items }) => {
    const list = isJson(items) ? items : {};
    return {
      key: createKey(),
      conditions: (Array.isArray(when) ? when : []).filter(isJson).map(({ at, in: values }) => ({
        key: createKey(),
        at: String(at),
        values: (Array.isArray(values) ? values : []).map(formatScalar),
      })),
      fields: toFieldDrafts(fields),
      itemsAt: typeof list.at === 'string' ? list.at : '',
      items: toFieldDrafts(list.fields),
    };
  });
}

function toFieldDrafts(fields: unknown): readonly FieldDraft[] {
  if (!isJson(fields)) return [];
  return Object.entries(fields).map(([name, source]) => ({ key: createKey(), name, ...readSource(source) }));
}

function readSource(source: unknown): Pick<FieldDraft, 'kind' | 'text' | 'unit'> {
  if (typeof source === 'string') return { kind: 'place', text: source, unit: '' };
  if (isJson(source)) {
    const { at, unit = '', const: fixed, ...rest } = source;
    const isPlain = Object.keys(rest).length === 0;
    if (isPlain && typeof fixed === 'string' && at === undefined) return { kind: 'fixed', text: fixed, unit: '' };
    if (isPlain && typeof at === 'string' && fixed === undefined) return { kind: 'place', text: at, unit: String(unit) };
  }
  return { kind: 'json', text: JSON.stringify(source), unit: '' };
}

/**
 * Returns the event with a field that has a place: the field whose name is like the last step, such as `user.firstName` for `/contact/first_name`;
 * otherwise a property of its name. An empty row of the field is filled.
 */
export function fillField(event: EventDraft, at: string, known: readonly { readonly name: string }[]): EventDraft {
  const { fields } = event;
  const step = /([A-Za-z]\w*)$/.exec(at)?.[1] ?? 'value';
  const toPlain = (text: string) => text.toLowerCase().replaceAll('_', '');
  const isFree = (name: string) => !fields.some((field) => field.name === name && field.text !== '');
  const found = known.find(({ name }) => toPlain(name.split('.').at(-1) ?? '') === toPlain(step) && isFree(name));
  const name = found?.name ?? `properties.${step}`;
  const index = fields.findIndex((field) => field.name === name && field.text === '');
  const filled = createField(name, at);
  return { ...event, fields: index < 0 ? [...fields, filled] : fields.with(index, filled) };
}

/** Returns the mapping for the API. Rows without a name and a source are left out. */
export function toEvents(drafts: readonly EventDraft[]): readonly Json[] {
  return drafts.map(({ conditions, fields, itemsAt, items }) => {
    const when = conditions
      .filter(({ at, values }) => at !== '' || values.length > 0)
      .map(({ at, values }) => ({ at, in: values.map(parseScalar) }));
    return {
      ...(when.length > 0 && { when }),
      fields: toFields(fields),
      ...(itemsAt !== '' && { items: { at: itemsAt, fields: toFields(items) } }),
    };
  });
}

function toFields(fields: readonly FieldDraft[]): Json {
  return Object.fromEntries(
    fields.filter(({ name, text }) => name !== '' && text !== '').map((field) => [field.name, toSource(field)]),
  );
}

function toSource({ kind, text, unit }: FieldDraft): unknown {
  if (kind === 'fixed') return { const: text };
  if (kind === 'place') return unit === '' ? text : { at: text, unit };
  try {
    const source: unknown = JSON.parse(text);
    return source;
  } catch {
    return text;
  }
}

/** Writes a value of a condition. A text that would be read as another value is in quotes. */
export function formatScalar(value: unknown): string {
  if (typeof value !== 'string') return JSON.stringify(value);
  return parseScalar(value) === value ? value : JSON.stringify(value);
}

/** Reads a value of a condition: `true`, `false`, `null`, a number, or a text, in quotes if it looks like one of the others. */
export function parseScalar(text: string): unknown {
  if (!/^(?:true|false|null|-?\d+(?:\.\d+)?|".*")$/.test(text)) return text;
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    return text;
  }
}

function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
