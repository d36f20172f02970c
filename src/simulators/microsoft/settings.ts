/** `error`: the event is refused. `warning`: the field is removed and the rest of the event is processed. */
export type Severity = 'error' | 'warning';

export const dedupPolicies = ['first-wins', 'server-wins', 'browser-wins'] as const;

/**
 * How the simulator decides what Microsoft's page leaves open. The page says which fields exist, which are required, the
 * seven days, the thousand events, the ten details and five error codes; everything below beyond that is our assumption.
 *
 * @source https://learn.microsoft.com/en-us/advertising/guides/uet-conversion-api-integration (2026-08-04)
 */
export interface Settings {
  /** A bad token is reported before anything about the body is. */
  readonly authBeforeBody: boolean;
  /** Anything but `application/json` is refused. */
  readonly checkContentType: boolean;
  /** HTTP statuses of requests that never reach validation. */
  readonly statuses: {
    readonly unknownTag: number;
    readonly wrongMethod: number;
    readonly wrongContentType: number;
    readonly tooLarge: number;
    readonly malformed: number;
  };
  /** Error codes beyond the five that are documented. */
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
    /** Optional members that are not what they should be: currency, page type, consent, numbers, dates, addresses, types. */
    readonly optional: Severity;
  };
  /** Bytes of one request's body. */
  readonly maxBodyBytes: number;
  /** Levels of nesting in one request's body. */
  readonly maxBodyDepth: number;
  readonly maxEvents: number;
  readonly maxDetails: number;
  /** Whether 32 hexadecimal digits count as a GUID, or only 8-4-4-4-12. */
  readonly guidForm: 'dashed' | 'dashed-or-plain';
  /** `pageLoadId` must be a version 4 UUID. */
  readonly pageLoadIdVersion4: boolean;
  readonly hashCase: 'lower' | 'any';
  readonly currencyCase: 'upper' | 'any';
  readonly enumCase: 'exact' | 'any';
  /** A string of digits counts as a number. */
  readonly numbersAsStrings: boolean;
  /** 13 digits count as milliseconds; otherwise they are a time out of range. */
  readonly timeInMilliseconds: boolean;
  readonly maxAgeSeconds: number;
  readonly maxFutureSeconds: number;
  /** Whether an identifier that was removed for its form still counts as one. */
  readonly identifiersCount: 'after-stripping' | 'before-stripping';
  /** How long after the first report another one with the same key does not count. */
  readonly dedupWindowMs: number;
  readonly dedupNames: 'exact' | 'any-case';
  /** Which report stands for an event that was told by browser and server. */
  readonly dedupPolicy: (typeof dedupPolicies)[number];
  /** The browser's tag throws where a parameter breaks its rule; otherwise the parameter goes out as it is. */
  readonly tagThrows: boolean;
  /** Product ids of the browser's tag are 1 to 50 letters, digits and dashes. */
  readonly tagProductIdRule: boolean;
  /** The browser's tag takes the shopper for one of the EEA, the UK or Switzerland: denied until a page says otherwise. */
  readonly tagEnforcesConsent: boolean;
  /** How many parameters of one beacon or ID sync are kept, and how many characters of each. */
  readonly beaconParameters: number;
  readonly beaconValueChars: number;
  /** Of a 429. */
  readonly retryAfterSeconds: number;
  /** How long the fault `slow` waits. */
  readonly slowMs: number;
  /** The journal forgets what came first beyond either bound; requests are of every kind, bytes are those of bodies, answers and queries. */
  readonly journalRequests: number;
  readonly journalBytes: number;
}

export const defaults: Settings = {
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
  maxBodyDepth: 64,
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
  retryAfterSeconds: 30,
  slowMs: 2_000,
  journalRequests: 10_000,
  journalBytes: 64_000_000,
};

/**
 * `strict` reads what an event may look like against the sender, `lenient` for the sender; without either, the likeliest reading
 * holds. Neither says how long Microsoft looks back for a copy, or whose report stands.
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

/** The defaults, then the preset's, then what is given by name. */
export function settingsFor(preset?: Preset, overrides: Partial<Settings> = {}): Settings {
  return { ...defaults, ...(preset === undefined ? {} : presets[preset]), ...overrides };
}
