/** The public settings of the driver in `browser/`. Every shopper can read them. */
export interface MetaTagSettings {
  readonly mode: 'attach' | 'load';
  readonly pixelId: string;
  readonly script: string;
  /** Events by name and alias in lower case. A custom event that is not listed keeps its own name, and has all parts. */
  readonly events: Readonly<Record<string, MetaTagEvent>>;
  /** Meta's standard names. Other names are custom events, which have a command of their own. */
  readonly standard: readonly string[];
  /** The pattern of an item's id in the catalogue: `shopify_US_{productId}_{variantId}`. */
  readonly itemId: string;
  readonly contentType: string;
  /** Whether events have Limited Data Use. */
  readonly isLimited?: true;
  /** The currency of amounts without one. */
  readonly currency?: string;
}

export interface MetaTagEvent {
  readonly name: string;
  /** The parts of `commerce` that the server sends with the event; absent: all. */
  readonly parts?: readonly CustomDataPart[];
}

export type CustomDataPart = 'money' | 'items' | 'itemCount' | 'order' | 'search';
