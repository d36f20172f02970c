import { type Fields, isFields } from '../../kit/fields.ts';
import type { Settings } from '../settings.ts';
import { findMatchKeys, isEnough } from './match-keys.ts';
import { invalidValue, missingKey, type Problem, toPath, unexpectedKey } from './problem.ts';

interface RuleContext {
  readonly settings: Settings;
  readonly nowSeconds: number;
  /** Position of the event in `data`. */
  readonly index: number;
}

type Check = (event: Fields, context: RuleContext) => Problem | undefined;

const isText = (value: unknown): value is string => typeof value === 'string' && value.trim() !== '';
const isList = (value: unknown): boolean => Array.isArray(value);
const isAbsent = (value: unknown): value is null | undefined => value === undefined || value === null;
const isWhole = (value: unknown): value is number => Number.isSafeInteger(value);

const actionSources = [
  'email',
  'website',
  'app',
  'phone_call',
  'chat',
  'physical_store',
  'system_generated',
  'business_messaging',
  'other',
];

interface Member {
  readonly fits: (value: unknown) => boolean;
  readonly rule: string;
  readonly isRequired?: true;
}

const text: Member = { fits: (value) => typeof value === 'string', rule: 'must be a string' };
const whole: Member = { fits: isWhole, rule: 'must be an integer' };
const object: Member = { fits: isFields, rule: 'must be an object' };

/**
 * The members of an event. Any other is refused.
 *
 * @source https://developers.facebook.com/docs/marketing-api/conversions-api/parameters/server-event (2026-02-12). The refusal of
 * unknown members was seen by senders in 2023. The refusal of a wrong type of an optional member is an assumption.
 */
const members: ReadonlyMap<string, Member> = new Map([
  ['event_name', { fits: isText, rule: 'must be a non-empty string', isRequired: true }],
  ['event_time', { ...whole, rule: 'must be a UNIX timestamp in seconds', isRequired: true }],
  [
    'action_source',
    {
      fits: (value) => typeof value === 'string' && actionSources.includes(value),
      rule: `must be one of ${actionSources.join(', ')}`,
      isRequired: true,
    },
  ],
  ['user_data', { ...object, isRequired: true }],
  ['event_id', text],
  ['event_source_url', text],
  ['referrer_url', text],
  ['opt_out', { fits: (value) => typeof value === 'boolean', rule: 'must be a boolean' }],
  ['custom_data', object],
  ['data_processing_options', { fits: isList, rule: 'must be a list' }],
  ['data_processing_options_country', whole],
  ['data_processing_options_state', whole],
  ['app_data', object],
  ['original_event_data', object],
  ['attribution_data', object],
  ['customer_segmentation', object],
  ['messaging_channel', text],
] satisfies [string, Member][]);

const checkMembers: Check = (event, { index }) => {
  const unknown = Object.keys(event).find((key) => !members.has(key));
  if (unknown !== undefined) return unexpectedKey(toPath(index), unknown);
  for (const [key, { fits, rule, isRequired }] of members) {
    const value = event[key];
    if (isAbsent(value) && isRequired) return missingKey(toPath(index), key);
    if (!isAbsent(value) && !fits(value)) return invalidValue(toPath(index, key), rule);
  }
  return undefined;
};

const checkAge: Check = ({ event_time, action_source }, { settings, nowSeconds }) => {
  const maxSeconds = action_source === 'physical_store' ? settings.maxStoreAgeSeconds : settings.maxAgeSeconds;
  if (Number(event_time) >= nowSeconds - maxSeconds) return undefined;
  return { subcode: 2_804_003, kind: 'too-old', days: Math.round(maxSeconds / 86_400) };
};

const checkIdentity: Check = ({ user_data }) => {
  const keys = isFields(user_data) ? findMatchKeys(user_data) : [];
  return isEnough(keys) ? undefined : { subcode: 2_804_050, kind: 'too-little-identity' };
};

const currencies = new Set(Intl.supportedValuesOf('currency'));

/** Assumption: the subcode of a purchase without a currency. */
const checkPurchase: Check = ({ event_name, custom_data }, { index }) => {
  if (event_name !== 'Purchase') return undefined;
  const { value, currency } = isFields(custom_data) ? custom_data : {};
  if (typeof value !== 'number') return { subcode: 2_804_009, kind: 'no-value' };
  if (isAbsent(currency)) return missingKey(toPath(index, 'custom_data'), 'currency');
  if (typeof currency === 'string' && currencies.has(currency.toUpperCase())) return undefined;
  return invalidValue(toPath(index, 'custom_data', 'currency'), 'must be an ISO 4217 currency code');
};

/** Assumption: an absent country and state count as 0. */
const checkDataProcessing: Check = (event) => {
  const { data_processing_options: options, user_data } = event;
  if (!Array.isArray(options) || !options.includes('LDU')) return undefined;
  const country = event.data_processing_options_country ?? 0;
  const state = event.data_processing_options_state;
  const isLocated = isFields(user_data) && findMatchKeys(user_data).includes('client_ip_address');
  const isValid = country === 0 ? isLocated : !isAbsent(state);
  return isValid ? undefined : { subcode: 2_804_030, kind: 'data-processing' };
};

const checkStrictly: Check = (event, { settings, nowSeconds, index }) => {
  if (!settings.strict) return undefined;
  const { event_time, event_name, event_source_url, action_source, user_data } = event;
  if (Number(event_time) > nowSeconds + settings.maxFutureSeconds)
    return invalidValue(toPath(index, 'event_time'), 'must not be in the future');
  if (String(event_name).length > settings.maxNameChars)
    return invalidValue(toPath(index, 'event_name'), `must have at most ${settings.maxNameChars} characters`);
  if (action_source !== 'website') return undefined;
  if (!isWebUrl(event_source_url)) return invalidValue(toPath(index, 'event_source_url'), 'must be an http or https URL');
  if (isFields(user_data) && !isText(user_data.client_user_agent))
    return missingKey(toPath(index, 'user_data'), 'client_user_agent');
  return undefined;
};

export const isWebUrl = (value: unknown): boolean =>
  typeof value === 'string' && /^https?:\/\//i.test(value) && URL.canParse(value);

const checks: readonly Check[] = [checkMembers, checkAge, checkIdentity, checkPurchase, checkDataProcessing, checkStrictly];

/** Returns the first problem of an event. */
export function findProblem(event: unknown, context: RuleContext): Problem | undefined {
  if (!isFields(event)) return invalidValue(toPath(context.index), 'must be an object');
  for (const check of checks) {
    const problem = check(event, context);
    if (problem !== undefined) return problem;
  }
  return undefined;
}
