import type { StatedConsent } from './consent.ts';
import type { PageType } from './event.ts';

/** What the collector writes into the pixel for one site. Public: every shopper can read it. */
export interface PixelSettings {
  readonly writeKey: string;
  /** What silence about consent counts as for this shopper, by the site's policy and where they are. */
  readonly silence: Exclude<StatedConsent, 'unknown'>;
  /** Names and aliases of a purchase, in lower case: its id is made of the order's. */
  readonly purchase: readonly string[];
  /** Names and aliases, in lower case, of the events that are sent at once. */
  readonly urgent: readonly string[];
  /** Cookies of the page that a platform wrote and that the collector may not see itself. */
  readonly cookies: readonly string[];
  /** Parameters of a page's address that hold click ids, in lower case. */
  readonly clicks: readonly string[];
  /** The site's UET tag; absent where the mode is `off`. */
  readonly uet?: TagSettings;
  /** Address of ID Sync, with the customer id; absent where no connection has one. */
  readonly idSync?: string;
}

/** The UET tag of a page, and how the pixel speaks to it. */
export interface TagSettings extends TagVocabulary {
  readonly mode: 'attach' | 'load';
  readonly tagId: string;
  readonly script: string;
  /** The variable of the page that the tag is, or that waits for it. */
  readonly queue: string;
  /** Of an amount that came without one. */
  readonly currency?: string;
}

/** What the tag calls things, so that its copy of an event equals the connection's. */
export interface TagVocabulary {
  /** By name and alias in lower case; a custom event that is not listed keeps its own name. */
  readonly events: Readonly<Record<string, TagEvent>>;
  /** Kinds of page that it knows. */
  readonly pageTypes: readonly PageType[];
  /** How an item's id is written in the catalogue: `shopify_US_{productId}_{variantId}`. */
  readonly itemId: string;
}

/** What a site's connections have the browser do. */
export interface BrowserConfig {
  /** Of the connection to the site's tag. */
  readonly words: TagVocabulary;
  /** The customer id for ID Sync; absent where no connection has one. */
  readonly customerId?: string;
}

export interface TagEvent {
  /** A page view has none. */
  readonly name?: string;
  /** Where the event happens, unless it says so itself. */
  readonly pageType?: PageType;
}
