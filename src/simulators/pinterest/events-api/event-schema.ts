import { type Fields, isFields } from '../../kit/fields.ts';

/** Returns the problem of a value in the words of a JSON-schema checker; undefined if there is none. */
type Check = (value: unknown) => string | undefined;

const show = (value: unknown): string =>
  (typeof value === 'string' ? `'${value.slice(0, 80)}'` : JSON.stringify(value)).slice(0, 120);

const typeOf =
  (type: string, fits: (value: unknown) => boolean): Check =>
  (value) =>
    fits(value) ? undefined : `${show(value)} is not of type '${type}'`;

const text = typeOf('string', (value) => typeof value === 'string');
const whole = typeOf('integer', Number.isSafeInteger);
const flag = typeOf('boolean', (value) => typeof value === 'boolean');
const object = typeOf('object', isFields);

const oneOf =
  (names: readonly string[]): Check =>
  (value) =>
    typeof value === 'string' && names.includes(value)
      ? undefined
      : `${show(value)} is not one of [${names.map((name) => `'${name}'`).join(', ')}]`;

const listOf =
  (check: Check, bounds: { readonly min?: number; readonly max?: number } = {}): Check =>
  (value) => {
    if (!Array.isArray(value)) return `${show(value)} is not of type 'array'`;
    if (value.length < (bounds.min ?? 0)) return '[] is too short';
    if (value.length > (bounds.max ?? Number.POSITIVE_INFINITY)) return `A list of ${value.length} is too long`;
    for (const each of value) {
      const problem = check(each);
      if (problem !== undefined) return problem;
    }
    return undefined;
  };

interface Members {
  readonly required?: readonly string[];
  /** Members that may be `null`, too. */
  readonly nullable?: readonly string[];
  readonly all: Readonly<Record<string, Check>>;
}

/** Checks an object with no other members. */
const strictObject =
  ({ required = [], nullable = [], all }: Members): Check =>
  (value) => {
    if (!isFields(value)) return object(value);
    const missing = required.find((name) => !Object.hasOwn(value, name));
    if (missing !== undefined) return `'${missing}' is a required property`;
    const others = Object.keys(value).filter((name) => !Object.hasOwn(all, name));
    if (others.length > 0)
      return `Additional properties are not allowed (${others.map((name) => `'${name}'`).join(', ')} ${others.length === 1 ? 'was' : 'were'} unexpected)`;
    for (const [name, check] of Object.entries(all)) {
      const member = value[name];
      if (member === undefined || (member === null && nullable.includes(name))) continue;
      const problem = check(member);
      if (problem !== undefined) return problem;
    }
    return undefined;
  };

/** The keys of a person that are lists of hashes. */
export const hashedKeys = [
  'em',
  'hashed_maids',
  'external_id',
  'ph',
  'ge',
  'db',
  'ln',
  'fn',
  'ct',
  'st',
  'zp',
  'country',
] as const;

const person: Check = (value) => {
  const members = strictObject({
    all: {
      ...Object.fromEntries(hashedKeys.map((key) => [key, listOf(text)])),
      client_ip_address: text,
      client_user_agent: text,
      click_id: text,
      partner_id: text,
    },
    nullable: ['click_id', 'partner_id'],
  });
  const problem = members(value);
  if (problem !== undefined || !isFields(value)) return problem;
  return isEnough(value)
    ? undefined
    : `${Object.keys(value).length === 0 ? '{}' : 'user_data'} is not valid under any of the given schemas`;
};

/** Returns whether the person has an e-mail, an advertising id, or both address and agent. */
function isEnough(value: Fields): boolean {
  const has = (name: string) => value[name] !== undefined;
  return has('em') || has('hashed_maids') || (has('client_ip_address') && has('client_user_agent'));
}

const content = strictObject({
  all: {
    id: text,
    item_price: text,
    quantity: whole,
    item_name: text,
    item_category: text,
    item_brand: text,
    item_brand_id: text,
  },
  nullable: ['id', 'item_name', 'item_category', 'item_brand'],
});

const customData = strictObject({
  all: {
    currency: text,
    value: text,
    content_ids: listOf(text),
    content_name: text,
    content_category: text,
    content_brand: text,
    contents: listOf(content),
    num_items: whole,
    order_id: text,
    search_string: text,
    opt_out_type: text,
    predicted_ltv: text,
    np: text,
    external_measurement_id: text,
    external_measurement_vendor_id: text,
  },
  nullable: ['currency', 'value', 'content_name', 'content_category', 'content_brand', 'order_id', 'search_string', 'np'],
});

const appFields = [
  'app_id',
  'app_name',
  'app_version',
  'device_brand',
  'device_carrier',
  'device_model',
  'device_type',
  'os_version',
  'language',
];

const event = strictObject({
  required: ['event_name', 'action_source', 'event_time', 'event_id', 'user_data'],
  all: {
    event_name: text,
    action_source: oneOf(['app_android', 'app_ios', 'web', 'offline']),
    event_time: whole,
    event_id: text,
    user_data: person,
    event_source_url: text,
    opt_out: flag,
    partner_name: text,
    custom_data: customData,
    wifi: flag,
    app_info: object,
    device_info: object,
    ...Object.fromEntries(appFields.map((name) => [name, text])),
  },
  nullable: ['event_source_url', 'partner_name', 'opt_out', 'wifi', ...appFields],
});

/**
 * Returns the problem of a request's body. Unknown members are refused at every level. Assumptions: the strictness of `user_data`, the
 * members that may be `null`, and the words where none were seen.
 *
 * @source https://github.com/pinterest/api-description 5.23.0 (2025-12-11),
 * https://github.com/woocommerce/pinterest-for-woocommerce/issues/967 (2026-11-27; the words of a refusal)
 */
export function checkBody(body: unknown, maxEvents: number): string | undefined {
  const root = strictObject({ required: ['data'], all: { data: listOf(event, { min: 1, max: maxEvents }) } });
  return root(body);
}
