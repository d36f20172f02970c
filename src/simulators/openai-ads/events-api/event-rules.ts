import { type Fields, isFields } from '../../kit/fields.ts';
import type { Settings } from '../settings.ts';
import type { EventWarning, Problem } from './answer.ts';

interface RuleContext {
  readonly settings: Settings;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Path of the event, such as `events[1]`. */
  readonly path: string;
}

interface Member {
  readonly fits: (value: unknown) => boolean;
  readonly rule: string;
  readonly isRequired?: true;
}

type Members = Readonly<Record<string, Member>>;

const isText = (value: unknown): value is string => typeof value === 'string' && value.trim() !== '';
const isWhole = (value: unknown): value is number => Number.isSafeInteger(value);
const isHash = (value: unknown): boolean => typeof value === 'string' && /^[0-9a-f]{64}$/.test(value);

const text: Member = { fits: isText, rule: 'must be a non-empty string' };
const flag: Member = { fits: (value) => typeof value === 'boolean', rule: 'must be a boolean' };
const object: Member = { fits: isFields, rule: 'must be an object' };
const minorUnits: Member = {
  fits: (value) => isWhole(value) && value >= 0,
  rule: 'must be a non-negative integer in minor units: 12999 is 129.99',
};
const currency: Member = {
  fits: (value) => typeof value === 'string' && /^[A-Z]{3}$/.test(value),
  rule: 'must be three upper-case letters',
};
const texts: Member = {
  fits: (value) => Array.isArray(value) && value.every((each) => typeof each === 'string'),
  rule: 'must be a list of strings',
};
const oneOf = (values: readonly string[]): Member => ({
  fits: (value) => typeof value === 'string' && values.includes(value),
  rule: `must be one of ${values.join(', ')}`,
});

/** The type of `data` by event. @source https://developers.openai.com/ads/supported-events (2026-09-11) */
const dataTypes: Readonly<Record<string, string>> = {
  page_viewed: 'contents',
  contents_viewed: 'contents',
  items_added: 'contents',
  checkout_started: 'contents',
  order_created: 'contents',
  lead_created: 'customer_action',
  registration_completed: 'customer_action',
  appointment_scheduled: 'customer_action',
  app_installed: 'customer_action',
  app_opened: 'customer_action',
  subscription_created: 'plan_enrollment',
  trial_started: 'plan_enrollment',
  custom: 'custom',
};

/** @source https://developers.openai.com/ads/api-reference (2026-09-11) */
const eventMembers: Members = {
  id: { ...text, isRequired: true },
  type: { ...oneOf(Object.keys(dataTypes)), isRequired: true },
  timestamp_ms: { fits: isWhole, rule: 'must be an integer of UNIX milliseconds', isRequired: true },
  custom_event_name: text,
  // One page calls it optional.
  action_source: oneOf(['web', 'mobile_app', 'offline', 'physical_store', 'phone_call', 'email', 'other']),
  source_url: {
    fits: (value) => isText(value) && /^https?:\/\//i.test(value) && URL.canParse(value),
    rule: 'must be a URL with scheme and host',
  },
  oppref: text,
  opt_out: flag,
  user: object,
  data: { ...object, isRequired: true },
};

const hashedLists = ['emails', 'phone_numbers', 'external_ids', 'first_names', 'last_names'];

/** Older copies of the pages have single values, which are accepted too (an assumption). */
const userMembers: Members = {
  ...Object.fromEntries(
    hashedLists.flatMap((name) => [[`${name}_sha256`, texts] as const, [`${name.slice(0, -1)}_sha256`, text] as const]),
  ),
  countries: texts,
  cities: texts,
  regions: texts,
  postal_codes: texts,
  country: text,
  city: text,
  zip_code: text,
  obref: text,
  ip_address: text,
  user_agent: text,
  android_advertising_id: text,
};

const dataMembers: Members = {
  type: { ...text, isRequired: true },
  amount: minorUnits,
  currency,
  contents: { fits: (value) => Array.isArray(value) && value.every(isFields), rule: 'must be a list of objects' },
  plan_id: text,
};

const contentMembers: Members = {
  id: text,
  group_id: text,
  name: text,
  content_type: oneOf(['product', 'plan', 'page']),
  quantity: { fits: (value) => isWhole(value) && value >= 0, rule: 'must be an integer' },
  amount: minorUnits,
  currency,
  variant_dict: object,
};

/** Returns the first problem of an event. */
export function findProblem(event: unknown, context: RuleContext): Problem | undefined {
  const { path } = context;
  if (!isFields(event)) return { param: path, message: 'An event must be an object.' };
  const user = isFields(event.user) ? event.user : {};
  const data = isFields(event.data) ? event.data : {};
  const contents: readonly unknown[] = Array.isArray(data.contents) ? data.contents : [];
  return (
    findMemberProblem(event, eventMembers, path) ??
    findMemberProblem(user, userMembers, `${path}.user`) ??
    findMemberProblem(data, dataMembers, `${path}.data`) ??
    contents.reduce<Problem | undefined>(
      (found, content, index) =>
        found ?? (isFields(content) ? findContentProblem(content, `${path}.data.contents[${index}]`) : undefined),
      undefined,
    ) ??
    findEventProblem(event, data, context)
  );
}

/** Assumption: an unknown member refuses the request. A `null` does by OpenAI's pages. */
function findMemberProblem(given: Fields, members: Members, path: string): Problem | undefined {
  for (const [name, value] of Object.entries(given)) {
    const member = Object.hasOwn(members, name) ? members[name] : undefined;
    if (member === undefined) return { param: `${path}.${name}`, message: 'The field is unknown.' };
    if (value === null) return { param: `${path}.${name}`, message: 'The field must not be null: leave it out.' };
    if (!member.fits(value)) return { param: `${path}.${name}`, message: `The value ${member.rule}.` };
  }
  const missing = Object.entries(members).find(([name, { isRequired }]) => isRequired && given[name] === undefined);
  return missing && { param: `${path}.${missing[0]}`, message: 'The field is required.' };
}

function findContentProblem(content: Fields, path: string): Problem | undefined {
  const needsCurrency = content.amount !== undefined && content.currency === undefined;
  return (
    findMemberProblem(content, contentMembers, path) ??
    (needsCurrency ? { param: `${path}.currency`, message: 'An amount requires a currency.' } : undefined)
  );
}

function findEventProblem(event: Fields, data: Fields, { settings, now, path }: RuleContext): Problem | undefined {
  const { type, timestamp_ms, custom_event_name: custom, action_source: source, source_url } = event;
  const at = Number(timestamp_ms);
  const problem = (field: string, message: string): Problem => ({ param: `${path}.${field}`, message });
  if (at < now - settings.maxAgeMs) return problem('timestamp_ms', 'The event is older than 7 days.');
  if (at > now + settings.maxFutureMs) return problem('timestamp_ms', 'The event is more than 10 minutes ahead.');
  if (type === 'custom' && custom === undefined) return problem('custom_event_name', 'A custom event requires a name.');
  if (type !== 'custom' && custom !== undefined) return problem('custom_event_name', 'Only a custom event has a name.');
  if (typeof custom === 'string' && !/^[A-Za-z0-9](?:[\w-]{0,62}[A-Za-z0-9])?$/.test(custom))
    return problem('custom_event_name', 'The name must be 1 to 64 letters, digits, _ or -, alphanumeric at both ends.');
  if (typeof custom === 'string' && Object.hasOwn(dataTypes, custom))
    return problem('custom_event_name', 'The name is a standard event.');
  if (source === 'web' && source_url === undefined) return problem('source_url', 'An event of the web requires a URL.');
  if (data.type !== dataTypes[String(type)])
    return problem('data.type', `The event ${String(type)} requires data of the type ${dataTypes[String(type)]}.`);
  if (data.amount !== undefined && data.currency === undefined) return problem('data.currency', 'An amount requires a currency.');
  if (data.type === 'customer_action' && data.contents !== undefined)
    return problem('data.contents', 'A customer_action has no contents.');
  if (data.plan_id !== undefined && data.type !== 'plan_enrollment' && data.type !== 'custom')
    return problem('data.plan_id', 'Only a plan_enrollment or custom event has a plan.');
  return undefined;
}

/** Names of the keys by which OpenAI can match a person. Address and agent support them. */
export function findMatchKeys({ oppref, user }: Fields): readonly string[] {
  const given = isFields(user) ? user : {};
  const hasHash = (name: string): boolean => {
    const value = given[`${name}s_sha256`];
    return (Array.isArray(value) && value.some(isHash)) || isHash(given[`${name}_sha256`]);
  };
  return [
    ...(isText(oppref) ? ['oppref'] : []),
    ...(isText(given.obref) ? ['obref'] : []),
    ...['email', 'phone_number', 'external_id'].filter(hasHash),
  ];
}

/** Returns the values that are accepted and ignored: OpenAI counts the first three valid, different values of a list. */
export function findWarnings(event: Fields): readonly EventWarning[] {
  const user = isFields(event.user) ? event.user : {};
  const ofUser = Object.entries(user).flatMap(([name, value]): EventWarning[] => {
    if (!name.endsWith('_sha256')) return [];
    const values: readonly unknown[] = Array.isArray(value) ? value : [value];
    const field = `user.${name}`;
    if (!values.every(isHash)) return [{ field, message: 'has a value that is no SHA-256 in lower case. It is ignored' }];
    return new Set(values).size > 3 ? [{ field, message: 'has more than three values. The others are ignored' }] : [];
  });
  const anonymous = findMatchKeys(event).length === 0;
  return anonymous ? [...ofUser, { field: 'user', message: 'has no key that identifies a person' }] : ofUser;
}
