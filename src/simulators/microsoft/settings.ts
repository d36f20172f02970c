import { type CommonSettings, commonDefaults } from '../kit/settings.ts';

/** `error` rejects the event. `warning` removes the field and processes the rest of the event. */
export type Severity = 'error' | 'warning';

export const dedupPolicies = ['first-wins', 'server-wins', 'browser-wins'] as const;

/**
 * Settings for the behaviour that Microsoft's guide does not define. The guide defines the fields, the required fields, the seven
 * days, the thousand events, the ten details and five error codes. All other defaults are assumptions.
 *
 * @source https://learn.microsoft.com/en-us/advertising/guides/uet-conversion-api-integration (2026-08-04)
 */
export interface Settings extends CommonSettings {
  /** Checks the token before the body. */
  readonly authBeforeBody: boolean;
  /** Rejects other content types than `application/json`. */
  readonly checkContentType: boolean;
  /** HTTP statuses of requests that fail before validation. */
  readonly statuses: {
    readonly unknownTag: number;
    readonly wrongMethod: number;
    readonly wrongContentType: number;
    readonly tooLarge: number;
    readonly malformed: number;
  };
  /** Error codes beyond the five documented ones. */
  readonly codes: {
    readonly tooManyItems: string;
    readonly missingIdentifier: string;
    readonly guid: string;
    readonly currency: string;
    readonly number: string;
    readonly date: string;
    readonly ipAddress: string;
    readonly string: string;
    readonly object: string;
    readonly array: string;
    readonly refused: string;
  };
  readonly severities: {
    /** `msclkid`, `pageLoadId`, `idfa`, `gaid`. */
    readonly guid: Severity;
    /** `eventSourceUrl` of a custom event. */
    readonly customEventUrl: Severity;
    /** Other optional members: currency, page type, consent, numbers, dates, IP addresses, types. */
    readonly optional: Severity;
  };
  readonly maxEvents: number;
  readonly maxDetails: number;
  /** `dashed-or-plain` accepts 32 hexadecimal digits as a GUID too. */
  readonly guidForm: 'dashed' | 'dashed-or-plain';
  /** `pageLoadId` must be a version 4 UUID. */
  readonly pageLoadIdVersion4: boolean;
  readonly hashCase: 'lower' | 'any';
  readonly currencyCase: 'upper' | 'any';
  readonly enumCase: 'exact' | 'any';
  /** Accepts a string of digits as a number. */
  readonly numbersAsStrings: boolean;
  /** Accepts 13 digits as milliseconds. */
  readonly timeInMilliseconds: boolean;
  readonly maxAgeSeconds: number;
  readonly maxFutureSeconds: number;
  /** Whether an identifier that was removed as invalid still counts as an identifier. */
  readonly identifiersCount: 'after-stripping' | 'before-stripping';
  /** Time after the first report in which another one with the same key is a duplicate. */
  readonly dedupWindowMs: number;
  readonly dedupNames: 'exact' | 'any-case';
  /** The report that is used for an event of browser and server. */
  readonly dedupPolicy: (typeof dedupPolicies)[number];
  /** The browser tag throws on an invalid parameter; otherwise it sends the parameter unchanged. */
  readonly tagThrows: boolean;
  /** The browser tag accepts product ids of 1 to 50 letters, digits and dashes only. */
  readonly tagProductIdRule: boolean;
  /** The browser tag assumes a shopper in the EEA, the UK or Switzerland: consent is denied until the page grants it. */
  readonly tagEnforcesConsent: boolean;
  /** Maximum stored parameters of a beacon or ID sync, and maximum characters of each. */
  readonly beaconParameters: number;
  readonly beaconValueChars: number;
  /** The developer token of the advertising API. Undefined: any. */
  readonly developerToken: string | undefined;
  /** The `Retry-After` of a 429. */
  readonly retryAfterSeconds: number;
}

export const defaults: Settings = {
  ...commonDefaults,
  authBeforeBody: true,
  checkContentType: true,
  statuses: { unknownTag: 401, wrongMethod: 405, wrongContentType: 415, tooLarge: 413, malformed: 400 },
  codes: {
    tooManyItems: 'TooManyItems',
    missingIdentifier: 'MissingIdentifier',
    guid: 'InvalidGuid',
    currency: 'InvalidCurrency',
    number: 'InvalidNumber',
    date: 'InvalidDate',
    ipAddress: 'InvalidIpAddress',
    string: 'InvalidString',
    object: 'InvalidObject',
    array: 'InvalidArray',
    refused: 'Refused',
  },
  severities: { guid: 'warning', customEventUrl: 'warning', optional: 'warning' },
  maxBodyBytes: 5_000_000,
  maxEvents: 1_000,
  maxDetails: 10,
  guidForm: 'dashed-or-plain',
  pageLoadIdVersion4: true,
  hashCase: 'any',
  currencyCase: 'any',
  enumCase: 'exact',
  numbersAsStrings: false,
  timeInMilliseconds: false,
  maxAgeSeconds: 604_800,
  maxFutureSeconds: 300,
  identifiersCount: 'after-stripping',
  dedupWindowMs: 86_400_000,
  dedupNames: 'exact',
  dedupPolicy: 'first-wins',
  tagThrows: true,
  tagProductIdRule: false,
  tagEnforcesConsent: false,
  beaconParameters: 100,
  beaconValueChars: 2_000,
  developerToken: undefined,
  retryAfterSeconds: 30,
};

/**
 * `strict` interprets the open points of validation against the sender, `lenient` in favour of the sender. The defaults are the most
 * likely interpretation. Neither preset changes the deduplication window or policy.
 */
export const presets = {
  strict: {
    severities: { guid: 'error', customEventUrl: 'error', optional: 'error' },
    guidForm: 'dashed',
    hashCase: 'lower',
    currencyCase: 'upper',
    maxFutureSeconds: 0,
    tagProductIdRule: true,
  },
  lenient: {
    checkContentType: false,
    pageLoadIdVersion4: false,
    enumCase: 'any',
    numbersAsStrings: true,
    timeInMilliseconds: true,
    maxFutureSeconds: 86_400,
    identifiersCount: 'before-stripping',
    dedupNames: 'any-case',
    tagThrows: false,
  },
} as const satisfies Record<string, Partial<Settings>>;

export type Preset = keyof typeof presets;

/** Returns the defaults, overridden by the preset, overridden by `overrides`. */
export function resolveSettings(preset?: Preset, overrides: Partial<Settings> = {}): Settings {
  return { ...defaults, ...(preset === undefined ? {} : presets[preset]), ...overrides };
}
