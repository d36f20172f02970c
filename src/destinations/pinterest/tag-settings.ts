/** The public settings of the driver in `browser/`. Every shopper can read them. */
export interface PinterestTagSettings {
  readonly mode: 'attach' | 'load';
  readonly tagId: string;
  readonly script: string;
  /** The tag's names by name and alias in lower case. A custom event that is not listed keeps its own name, in lower case. */
  readonly names: Readonly<Record<string, string>>;
  /** The name of every event that is not in `names`. Absent: its own name. */
  readonly customName?: string;
  /** The names of page views in lower case. */
  readonly views: readonly string[];
  /** The name of a view of a category page; absent: the name of other page views. */
  readonly categoryView?: string;
  /** Whether the view of a product page is left to the product view. */
  readonly skipsProductPages?: true;
  /** Whether events have Limited Data Processing. */
  readonly isLimited?: true;
  /** The pattern of an item's id in the catalogue: `shopify_US_{productId}_{variantId}`. */
  readonly itemId: string;
  /** The currency of amounts without one. */
  readonly currency?: string;
}
