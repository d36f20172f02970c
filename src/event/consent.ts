/** The stated choice about advertising storage, by the shopper or a tool. `unknown`: no choice was stated, or only a tool's default. */
export type StatedConsent = 'granted' | 'denied' | 'unknown';

/**
 * The consent that applies under the site's policy.
 * `pending`: a server's or webhook's event without a statement of its own; the browser's report or the visitor's profile may still have
 * one.
 */
export const effectiveConsents = ['granted', 'denied', 'pending'] as const;
export type EffectiveConsent = (typeof effectiveConsents)[number];

export const consentSources = ['call', 'shopify', 'uet', 'gcm', 'tcf', 'gpc', 'server'] as const;
export type ConsentSource = (typeof consentSources)[number];

export const consentPolicies = ['strict', 'regional', 'granted'] as const;
export type ConsentPolicy = (typeof consentPolicies)[number];

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

/** The time from arrival for which a `pending` event waits for a statement, in milliseconds. */
export const pendingConsentMs = 90_000;

/** A browser's denial overrides a grant that the shop states only if both were received within this time of each other. */
export const denialReachMs = 3_600_000;
