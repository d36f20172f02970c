/** What the shopper, or a tool on their behalf, said about advertising storage. `unknown`: nobody said, or only a default did. */
export type StatedConsent = 'granted' | 'denied' | 'unknown';

/**
 * What the statement counts as under the site's policy.
 * `pending`: a server's event without a statement of its own; its browser copy or its visitor may still bring one.
 */
export type EffectiveConsent = 'granted' | 'denied' | 'pending';

export const consentSources = ['call', 'shopify', 'uet', 'gcm', 'tcf', 'gpc', 'server'] as const;
export type ConsentSource = (typeof consentSources)[number];

export const consentPolicies = ['strict', 'regional', 'granted'] as const;
export type ConsentPolicy = (typeof consentPolicies)[number];

export interface Consent {
  readonly stated: StatedConsent;
  readonly effective: EffectiveConsent;
  readonly source?: ConsentSource;
}

/** How long a `pending` event waits for a statement from its copy or its visitor, from its arrival, in milliseconds. */
export const pendingConsentMs = 90_000;

/** A browser's denial counts against a grant that the shop states only if both were received within this time of each other. */
export const denialReachMs = 3_600_000;
