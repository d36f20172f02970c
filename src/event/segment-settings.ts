import type { Sha256 } from './event.ts';

/** A key of the kind `browser` is public; one of the kind `server` is secret. */
export const segmentKeyKinds = ['browser', 'server'] as const;
export type SegmentKeyKind = (typeof segmentKeyKinds)[number];

export const segmentPurchaseIds = ['checkout_id', 'order_id'] as const;

/** The settings of messages that Segment's SDKs send. */
export interface SegmentSettings {
  /** Keys of SDKs beside the site's own. */
  readonly keys: readonly { readonly hash: Sha256; readonly kind: SegmentKeyKind }[];
  /** The number of an order in a purchase's id. `checkout_id`: the checkout's, else the order's. */
  readonly purchaseId: (typeof segmentPurchaseIds)[number];
  /** The consent categories that stand for advertising. */
  readonly adConsentCategories: readonly string[];
}

/**
 * The consent categories that stand for advertising, as consent tools name them by default. `C0004` is OneTrust's for targeting.
 * @source https://segment.com/docs/privacy/consent-management/ (2025-11)
 */
export const defaultAdConsentCategories = ['Advertising', 'advertising', 'marketing', 'targeting', 'C0004'] as const;

/** The settings of a site that has none. */
export const defaultSegmentSettings: SegmentSettings = {
  keys: [],
  purchaseId: 'checkout_id',
  adConsentCategories: defaultAdConsentCategories,
};
