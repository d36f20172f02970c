import { isIP } from 'node:net';
import type { Fields } from '../../kit/fields.ts';
import type { Settings, Severity } from '../settings.ts';

/** A problem of one value. The message is `'name' rule.`, as Microsoft's. */
export interface Problem {
  readonly code: string;
  readonly rule: string;
  readonly severity: Severity;
  /** Returned as `attemptedValue`. */
  readonly attempted?: number | string;
}

/** The input of a check beyond the value. */
export interface RuleContext {
  readonly settings: Settings;
  readonly nowSeconds: number;
  readonly event: Fields;
  /** Returns whether the current fault rejects the event with this id. */
  readonly isRejectedId: (eventId: unknown) => boolean;
}

/** A check gets `undefined` for absent and null values, and only if its rule is `required`. */
type Check = (value: unknown, context: RuleContext) => Problem | undefined;

export type Rule =
  | { readonly kind: 'value'; readonly check: Check; readonly required?: true }
  | {
      readonly kind: 'object';
      readonly fields: readonly (readonly [name: string, rule: Rule])[];
      /** Absence and another type are errors. */
      readonly required?: true;
      /** Checked after the members and reported before them. `kept` is the object without removed members. */
      readonly whole?: (input: Fields, kept: Fields, context: RuleContext) => Problem | undefined;
    }
  | { readonly kind: 'array'; readonly each: Rule; readonly required?: never };

const isBlank = (value: unknown): boolean => value === undefined || (typeof value === 'string' && value.trim() === '');

/** Creates the rule of an optional value, which is removed if it is invalid. */
function optional(code: keyof Settings['codes'], rule: string, fits: (value: unknown, settings: Settings) => boolean): Rule {
  return {
    kind: 'value',
    check: (value, { settings }) =>
      fits(value, settings) ? undefined : { code: settings.codes[code], rule, severity: settings.severities.optional },
  };
}

const text = optional('string', 'must be a string', (value) => typeof value === 'string');

const isNumber = (value: unknown, settings: Settings): boolean =>
  typeof value === 'number' ||
  (settings.numbersAsStrings && typeof value === 'string' && /^-?\d{1,15}(\.\d{1,15})?$/.test(value));

const number = optional('number', 'must be a valid number', isNumber);
const whole = optional(
  'number',
  'must be a whole number',
  (value, settings) => isNumber(value, settings) && Number.isSafeInteger(Number(value)),
);

function isOption(value: unknown, options: readonly string[], settings: Settings): boolean {
  if (typeof value !== 'string') return false;
  if (settings.enumCase === 'exact') return options.includes(value);
  return options.some((option) => option.toLowerCase() === value.toLowerCase());
}

const enumRule = (options: readonly string[]): string => `must be one of the following: ${options.join(', ')}`;

const choice = (options: readonly string[]): Rule => ({
  kind: 'value',
  check: (value, { settings }) =>
    isOption(value, options, settings)
      ? undefined
      : { code: 'InvalidEnumValue', rule: enumRule(options), severity: settings.severities.optional },
});

const hash: Rule = {
  kind: 'value',
  check: (value, { settings }) =>
    typeof value === 'string' && (settings.hashCase === 'any' ? /^[0-9a-f]{64}$/i : /^[0-9a-f]{64}$/).test(value)
      ? undefined
      : { code: 'InvalidSha256', rule: 'must be a valid SHA256 string', severity: 'warning' },
};

const dashedGuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const plainGuid = /^[0-9a-f]{32}$/i;
const version4 = /^.{8}-?.{4}-?4.{3}-?[89ab]/i;

function isGuid(value: unknown, settings: Settings): value is string {
  return (
    typeof value === 'string' && (dashedGuid.test(value) || (settings.guidForm === 'dashed-or-plain' && plainGuid.test(value)))
  );
}

const guid: Rule = {
  kind: 'value',
  check: (value, { settings }) =>
    isGuid(value, settings)
      ? undefined
      : { code: settings.codes.guid, rule: 'must be a valid UUID', severity: settings.severities.guid },
};

const pageLoadId: Rule = {
  kind: 'value',
  check: (value, { settings }) =>
    isGuid(value, settings) && (!settings.pageLoadIdVersion4 || version4.test(value))
      ? undefined
      : { code: settings.codes.guid, rule: 'must be a valid version 4 UUID', severity: settings.severities.guid },
};

const isUrl = (value: unknown): boolean =>
  typeof value === 'string' && /^[a-z][a-z0-9+.-]*:\/\//i.test(value) && URL.canParse(value);

const referrerUrl: Rule = {
  kind: 'value',
  check: (value) => (isUrl(value) ? undefined : { code: 'InvalidUrl', rule: 'must be a valid URL', severity: 'warning' }),
};

const currencies = new Set(Intl.supportedValuesOf('currency'));

const currency = optional('currency', 'must be a valid ISO 4217 currency code', (value, settings) =>
  typeof value === 'string' ? currencies.has(settings.currencyCase === 'any' ? value.toUpperCase() : value) : false,
);

const date = optional('date', 'must be a valid date in the form YYYY-MM-DD', (value) => {
  if (typeof value !== 'string' || !/^\d{4}-\d{2}-\d{2}$/.test(value)) return false;
  const read = new Date(`${value}T00:00:00Z`);
  return !Number.isNaN(read.getTime()) && read.toISOString().startsWith(value);
});

const ipAddress = optional('ipAddress', 'must be a valid IP address', (value) => typeof value === 'string' && isIP(value) !== 0);

const eventTypes = ['pageLoad', 'custom'];

const eventType: Check = (value, { settings }) =>
  isOption(value, eventTypes, settings) ? undefined : { code: 'InvalidEnumValue', rule: enumRule(eventTypes), severity: 'error' };

const eventTime: Check = (value, { settings, nowSeconds }) => {
  if (isBlank(value)) return { code: 'Empty', rule: 'must not be empty', severity: 'error' };
  let seconds = isNumber(value, settings) ? Number(value) : Number.NaN;
  if (settings.timeInMilliseconds && seconds >= 1e12) seconds = Math.floor(seconds / 1_000);
  const age = nowSeconds - seconds;
  if (Number.isSafeInteger(seconds) && age <= settings.maxAgeSeconds && age >= -settings.maxFutureSeconds) return undefined;
  return {
    code: 'InvalidEventTime',
    rule: 'must be a valid UNIX UTC timestamp in seconds within last 7 days',
    severity: 'error',
    ...(typeof value === 'number' || (typeof value === 'string' && value.length <= 100) ? { attempted: value } : {}),
  };
};

const refusedByFault = 'is refused on purpose by a fault of the simulator. Retry the event after the fault ends';

const eventId: Check = (value, { settings, isRejectedId }) => {
  if (isRejectedId(value)) return { code: settings.codes.refused, rule: refusedByFault, severity: 'error' };
  if (value === undefined || typeof value === 'string') return undefined;
  return { code: settings.codes.string, rule: 'must be a string', severity: settings.severities.optional };
};

const eventSourceUrl: Check = (value, { settings, event }) => {
  const pageLoad = isOption(event.eventType, ['pageLoad'], settings);
  if (pageLoad && isBlank(value)) return { code: 'Empty', rule: 'must not be empty', severity: 'error' };
  if (value === undefined || isUrl(value)) return undefined;
  const severity = pageLoad ? 'error' : settings.severities.customEventUrl;
  return { code: 'InvalidUrl', rule: 'must be a valid URL', severity };
};

/** The members that identify a person. An IP address or a user agent does not suffice. */
const identifiers = ['anonymousId', 'externalId', 'em', 'ph', 'msclkid', 'idfa', 'gaid'];

function hasIdentifier(raw: Fields, kept: Fields, { settings }: RuleContext): Problem | undefined {
  const counted = settings.identifiersCount === 'after-stripping' ? kept : raw;
  if (identifiers.some((name) => !isBlank(counted[name] ?? undefined))) return undefined;
  const rule = `must contain at least one of the following: ${identifiers.join(', ')}`;
  return { code: settings.codes.missingIdentifier, rule, severity: 'error' };
}

/**
 * The rule of one event. Members are reported in this order. Unknown members are accepted.
 *
 * @source https://learn.microsoft.com/en-us/advertising/guides/uet-conversion-api-integration (2026-08-04)
 */
export const eventRule: Rule = {
  kind: 'object',
  required: true,
  fields: [
    ['eventType', { kind: 'value', check: eventType, required: true }],
    ['eventTime', { kind: 'value', check: eventTime, required: true }],
    ['eventId', { kind: 'value', check: eventId, required: true }],
    ['eventName', text],
    ['eventSourceUrl', { kind: 'value', check: eventSourceUrl, required: true }],
    ['pageLoadId', pageLoadId],
    ['referrerUrl', referrerUrl],
    ['pageTitle', text],
    ['keywords', text],
    ['adStorageConsent', choice(['G', 'D'])],
    [
      'userData',
      {
        kind: 'object',
        required: true,
        whole: hasIdentifier,
        fields: [
          ['msclkid', guid],
          ['em', hash],
          ['ph', hash],
          ['anonymousId', text],
          ['externalId', text],
          ['clientIpAddress', ipAddress],
          ['clientUserAgent', text],
          ['idfa', guid],
          ['gaid', guid],
        ],
      },
    ],
    [
      'customData',
      {
        kind: 'object',
        fields: [
          ['eventCategory', text],
          ['eventLabel', text],
          ['eventValue', number],
          ['searchTerm', text],
          ['transactionId', text],
          ['value', number],
          ['currency', currency],
          [
            'items',
            {
              kind: 'array',
              each: {
                kind: 'object',
                fields: [
                  ['id', text],
                  ['quantity', whole],
                  ['price', number],
                  ['name', text],
                ],
              },
            },
          ],
          ['itemIds', { kind: 'array', each: text }],
          ['pageType', choice(['cart', 'category', 'home', 'other', 'product', 'purchase', 'searchresults'])],
          ['ecommTotalValue', number],
          ['ecommCategory', text],
          [
            'hotelData',
            {
              kind: 'object',
              fields: [
                ['totalPrice', number],
                ['basePrice', number],
                ['checkinDate', date],
                ['checkoutDate', date],
                ['lengthOfStay', whole],
                ['partnerHotelId', text],
                ['bookingHref', text],
              ],
            },
          ],
        ],
      },
    ],
  ],
};
