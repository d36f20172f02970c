import type { PageType } from '../../event/event.ts';

/** The public settings of the driver in `browser/`. Every shopper can read them. */
export interface MicrosoftTagSettings {
  /** Absent if the site's pages have no UET tag. */
  readonly tag?: UetTagSettings;
  /** The URL of ID Sync, with the customer id; absent if no connection has one. */
  readonly idSync?: string;
}

/** The UET tag of a page, and the interface by which the pixel calls it. */
export interface UetTagSettings extends TagVocabulary {
  readonly mode: 'attach' | 'load';
  readonly tagId: string;
  readonly script: string;
  /** The page's variable that holds the tag, or the queue of calls to it. */
  readonly queue: string;
  /** The currency of amounts without one. */
  readonly currency?: string;
}

/** The tag's names, so that its report of an event equals the connection's. */
export interface TagVocabulary {
  /** Events by name and alias in lower case. A custom event that is not listed keeps its own name. */
  readonly events: Readonly<Record<string, TagEvent>>;
  /** The page types that the tag accepts. */
  readonly pageTypes: readonly PageType[];
  /** The pattern of an item's id in the catalogue: `shopify_US_{productId}_{variantId}`. */
  readonly itemId: string;
}

export interface TagEvent {
  /** Absent for a page view. */
  readonly name?: string;
  /** The page type of the event if the event itself states none. */
  readonly pageType?: PageType;
}
