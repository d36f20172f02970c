/** The type of the data that an event may have. */
export type DataType = 'contents' | 'customer_action' | 'plan_enrollment' | 'custom';

/** The public settings of the driver in `browser/`. Every shopper can read them. */
export interface OpenaiTagSettings {
  readonly mode: 'attach' | 'load';
  readonly pixelId: string;
  readonly script: string;
  /** Events by name and alias in lower case. Another name is a custom event under its own name in lower case. */
  readonly events: Readonly<Record<string, OpenaiTagEvent>>;
  /** The pattern of an item's id in the product feed: `shopify_US_{productId}_{variantId}`. */
  readonly itemId: string;
  /** Whether an item's amount is that of all its pieces. */
  readonly isLine?: true;
  /** The currency of amounts without one. */
  readonly currency?: string;
}

export interface OpenaiTagEvent {
  /** OpenAI's standard name, or `custom`. */
  readonly type: string;
  readonly data: DataType;
  /** The name of a custom event. */
  readonly custom?: string;
}
