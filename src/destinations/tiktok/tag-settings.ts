/** The public settings of the driver in `browser/`. Every shopper can read them. */
export interface TiktokTagSettings {
  readonly mode: 'attach' | 'load';
  readonly pixelCode: string;
  /** The URL of the tag's library, which the tag itself reads. */
  readonly library: string;
  /** The URL of the script: the library with the pixel's code. */
  readonly script: string;
  /** TikTok's names by Convey's names and aliases in lower case. An event that is not listed keeps its own name. */
  readonly events: Readonly<Record<string, string>>;
  /** The pattern of an item's id in the catalogue: `shopify_US_{productId}_{variantId}`. */
  readonly itemId: string;
  readonly contentType: string;
  /** Whether events have Limited Data Use. */
  readonly isLimited?: true;
  /** The currency of amounts without one. */
  readonly currency?: string;
}
