/** The public settings of the driver in `browser/`. Every shopper can read them. */
export interface GoogleAdsTagSettings {
  readonly mode: 'attach' | 'load';
  /** The id of the Google tag: `AW-123456789`. */
  readonly tagId: string;
  /** The URL of the script, with the tag's id. */
  readonly script: string;
  /** The reported events by name and alias in lower case. */
  readonly conversions: Readonly<Record<string, TagConversion>>;
  /** The pattern of an item's id in the product feed: `shopify_US_{productId}_{variantId}`. */
  readonly itemId: string;
  /** The Merchant Center account of the items. Absent: purchases have no cart data. */
  readonly merchantId?: string;
  /** The currency of amounts without one. */
  readonly currency?: string;
}

export interface TagConversion {
  /** The conversion action's label, as in `send_to: 'AW-123456789/label'`. */
  readonly label: string;
  /** Whether the order id is the transaction id. Otherwise the event id is. */
  readonly isPurchase?: true;
}
