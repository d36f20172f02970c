import type { StatedConsent } from './consent.ts';
import type { PageType } from './event.ts';

/** The settings that the collector inserts into the pixel for one site. Public: every shopper can read them. */
export interface PixelSettings {
  readonly writeKey: string;
  /** The consent that applies to this shopper without a choice, by the site's policy and the shopper's country. */
  readonly silence: Exclude<StatedConsent, 'unknown'>;
  /** Names and aliases of a purchase, in lower case. A purchase's event id is derived from its order id. */
  readonly purchase: readonly string[];
  /** Names and aliases, in lower case, of the events that are sent at once. */
  readonly urgent: readonly string[];
  /** Platform cookies on the page that the browser may not send to the collector itself. */
  readonly cookies: readonly string[];
  /** Parameters of a page's URL that hold click ids, in lower case. */
  readonly clicks: readonly string[];
  /** The site's UET tag; absent if the mode is `off`. */
  readonly uet?: TagSettings;
  /** The URL of ID Sync, with the customer id; absent if no connection has one. */
  readonly idSync?: string;
}

/** The UET tag of a page, and the interface by which the pixel calls it. */
export interface TagSettings extends TagVocabulary {
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

/** The browser's part of a site's connections. */
export interface BrowserConfig {
  /** The vocabulary of the connection that belongs to the site's tag. */
  readonly vocabulary: TagVocabulary;
  /** The customer id for ID Sync; absent if no connection has one. */
  readonly customerId?: string;
}

export interface TagEvent {
  /** Absent for a page view. */
  readonly name?: string;
  /** The page type of the event if the event itself states none. */
  readonly pageType?: PageType;
}
