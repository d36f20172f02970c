import { ConveyError } from '../../errors.ts';
import { listTitles } from '../csv-rows.ts';

/** A field of an event, such as `commerce.value`, by the column that has it. */
export type ColumnFields = readonly (string | undefined)[];

interface Template {
  readonly name: string;
  /** One of these columns makes the template. */
  readonly marks: readonly string[];
  readonly fields: Readonly<Record<string, string>>;
}

const conversion = {
  conversion_name: 'name',
  conversion_time: 'time',
  conversion_value: 'commerce.value',
  conversion_currency: 'commerce.currency',
  conversion_currency_code: 'commerce.currency',
} as const;

/**
 * The platforms' templates for offline conversions, by their columns in lower case with underscores. Meta publishes no exact one: its columns
 * are those of its API, as upload tools write them, which is an assumption.
 * @source https://learn.microsoft.com/en-us/advertising/bulk-service/offline-conversion (2026-12)
 * @source https://support.google.com/google-ads/answer/7014069 (2026-12)
 */
const templates: readonly Template[] = [
  {
    name: "Microsoft's template",
    marks: ['microsoft_click_id', 'click_id'],
    fields: {
      microsoft_click_id: 'clickIds.msclkid',
      click_id: 'clickIds.msclkid',
      ...conversion,
      hashed_email_address: 'user.emailSha256',
      hashed_phone_number: 'user.phoneSha256',
    },
  },
  {
    name: "Google's template",
    marks: ['google_click_id', 'gclid', 'gbraid', 'wbraid', 'ad_user_data'],
    fields: {
      google_click_id: 'clickIds.gclid',
      gclid: 'clickIds.gclid',
      gbraid: 'clickIds.gbraid',
      wbraid: 'clickIds.wbraid',
      ...conversion,
      order_id: 'commerce.orderId',
      ad_user_data: 'consent.adUserData',
      ad_personalization: 'consent.adPersonalization',
      email: 'user.email',
      phone_number: 'user.phone',
    },
  },
  {
    name: "Meta's columns",
    marks: ['event_time'],
    fields: {
      event_name: 'name',
      event_time: 'time',
      event_id: 'id',
      value: 'commerce.value',
      currency: 'commerce.currency',
      order_id: 'commerce.orderId',
      email: 'user.email',
      phone: 'user.phone',
      fn: 'user.firstName',
      ln: 'user.lastName',
      ct: 'user.address.city',
      st: 'user.address.state',
      zip: 'user.address.zip',
      country: 'user.country',
      gen: 'user.gender',
      ge: 'user.gender',
      doby: 'user.dateOfBirth',
      db: 'user.dateOfBirth',
      external_id: 'user.externalId',
    },
  },
];

/** Columns that every form may have. */
const common: Readonly<Record<string, string>> = { consent: 'consent.adStorage', ad_storage: 'consent.adStorage' };

/** Columns of an adjustment of conversions, which changes earlier ones. */
const adjustmentMark = 'adjustment_type';

const roots: ReadonlySet<string> = new Set([
  ...['name', 'id', 'time', 'page', 'user', 'clickIds', 'browserIds', 'consent', 'commerce', 'goal', 'properties'],
]);
const plainFields: ReadonlySet<string> = new Set(['name', 'id', 'time']);
const fieldForm = /^[A-Za-z]+(?:\.[A-Za-z_][\w-]{0,63}){0,3}$/;
const unsafe: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/** Returns whether a text is the path of a field of an event, such as `user.email`. */
export function isFieldPath(text: string): boolean {
  const [root = '', ...rest] = text.split('.');
  const isWhole = plainFields.has(root) ? rest.length === 0 : rest.length > 0;
  return fieldForm.test(text) && roots.has(root) && isWhole && !rest.some((part) => unsafe.has(part));
}

/** The recognized columns of a file. */
export interface RecognizedColumns {
  /** The form, for the operator: `Microsoft's template`. */
  readonly form: string;
  readonly fields: ColumnFields;
  /** The titles of columns that have no field. */
  readonly unused: readonly string[];
}

/** The columns of fields by the operator's own mapping: `{"commerce.value": "Total"}`. */
export type OwnColumns = Readonly<Record<string, string>>;

/** Returns the fields of the columns of a header. The operator's own mapping takes precedence. @throws ConveyError */
export function recognizeColumns(header: readonly string[], own: OwnColumns): RecognizedColumns {
  const keys = header.map((title) =>
    title
      .trim()
      .toLowerCase()
      .replace(/[\s_]+/g, '_'),
  );
  if (keys.includes(adjustmentMark))
    throw new ConveyError(
      'The file has adjustments of conversions, which `convey import` does not take',
      'Send refunds and cancellations as events named `Refund` or `OrderCancelled`',
    );
  const template = templates.find(({ marks }) => marks.some((mark) => keys.includes(mark)));
  const ownFields = new Map(Object.entries(own).map(([field, title]) => [title.trim(), field]));
  for (const [title, field] of ownFields)
    if (!header.some((one) => one.trim() === title))
      throw new ConveyError(
        `The file has no column for ${field} of the mapping. Its columns are ${listTitles(header)}`,
        'Correct the file of --map',
      );
  const taken = new Set(ownFields.values());
  const fields = header.map((title, index) => {
    const mapped = ownFields.get(title.trim());
    if (mapped !== undefined) return mapped;
    const key = keys[index] ?? '';
    const found = find(template?.fields ?? {}, key) ?? (isFieldPath(title.trim()) ? title.trim() : find(common, key));
    if (found === undefined || taken.has(found)) return undefined;
    taken.add(found);
    return found;
  });
  const unused = header.filter((title, index) => fields[index] === undefined && title.trim() !== '');
  if (fields.every((field) => field === undefined))
    throw new ConveyError(
      `The header has no known column. Its columns are ${listTitles(header)}`,
      'Add a line with the titles of the columns: a template of Microsoft, Google or Meta, columns such as `name`, `time` and `commerce.value`, or others with --map FILE',
    );
  return { form: template?.name ?? 'named columns', fields, unused };
}

function find(table: Readonly<Record<string, string>>, key: string): string | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}
