/** The stated choice about advertising storage, by the shopper or a tool. `unknown`: no choice was stated, or only a tool's default. */
export type StatedConsent = 'granted' | 'denied' | 'unknown';

/**
 * The consent that applies under the site's policy.
 * `pending`: a server's or webhook's event without a statement of its own; the browser's report or the visitor's profile may still have
 * one.
 */
export const effectiveConsents = ['granted', 'denied', 'pending'] as const;
export type EffectiveConsent = (typeof effectiveConsents)[number];

/** `cmp`: a consent tool that the site's settings name. */
export const consentSources = ['call', 'cmp', 'shopify', 'uet', 'gcm', 'tcf', 'gpc', 'server'] as const;
export type ConsentSource = (typeof consentSources)[number];

export const consentPolicies = ['strict', 'regional', 'granted'] as const;
export type ConsentPolicy = (typeof consentPolicies)[number];

/**
 * The country of a server's event that states none, under the `regional` policy. `unknown`: it may be any, so the event waits for consent.
 * `default-country`: the site's default country.
 */
export const missingCountryRules = ['unknown', 'default-country'] as const;
export type MissingCountryRule = (typeof missingCountryRules)[number];

/**
 * The countries in which the `regional` policy counts unknown consent as denied: the EEA, the United Kingdom and Switzerland, and the parts
 * of the EU that have country codes of their own.
 */
const optInCountries: ReadonlySet<string> = new Set([
  ...['AT', 'BE', 'BG', 'CY', 'CZ', 'DE', 'DK', 'EE', 'ES', 'FI', 'FR', 'GR', 'HR', 'HU', 'IE', 'IT', 'LT', 'LU', 'LV'],
  ...['MT', 'NL', 'PL', 'PT', 'RO', 'SE', 'SI', 'SK', 'IS', 'LI', 'NO', 'GB', 'CH'],
  ...['AX', 'GF', 'GP', 'MF', 'MQ', 'RE', 'YT'],
]);

/** Returns whether missing consent counts as denied. @param country ISO 3166-1 alpha-2 in upper case, if it is known. */
export function requiresConsent(policy: ConsentPolicy, country: string | undefined): boolean {
  switch (policy) {
    case 'strict':
      return true;
    case 'regional':
      return country === undefined || optInCountries.has(country);
    case 'granted':
      return false;
  }
}

/**
 * Uses of data that a shopper can deny while advertising storage is granted: sending it to platforms for advertising, and personalized
 * advertising. The words are those of Google Consent Mode.
 * @source https://developers.google.com/tag-platform/security/guides/consent (2026-08)
 */
export const consentUses = ['adUserData', 'adPersonalization'] as const;
export type ConsentUse = (typeof consentUses)[number];

/** The choices about single uses. An absent one is the same as the effective consent. */
export type UseChoices = { readonly [Use in ConsentUse]?: 'granted' | 'denied' };

export interface Consent extends UseChoices {
  readonly stated: StatedConsent;
  readonly effective: EffectiveConsent;
  readonly source?: ConsentSource;
}

/** Returns whether Global Privacy Control alone denies, without a choice of the shopper. */
export function isGpcDenial({ stated, source }: Pick<Consent, 'stated' | 'source'>): boolean {
  return stated === 'denied' && source === 'gpc';
}

/** The time from arrival for which a `pending` event waits for a statement, in milliseconds. */
export const pendingConsentMs = 90_000;

/** A browser's denial overrides a grant that the shop states only if both were received within this time of each other. */
export const denialReachMs = 3_600_000;
