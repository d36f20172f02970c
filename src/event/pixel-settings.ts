import type { StatedConsent } from './consent.ts';

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
  /** The TCF consent that the site's platforms need. Only the reading of consent tools uses it. */
  readonly tcf?: TcfNeeds;
  /** The public settings of each browser tag's driver, by destination id. */
  readonly tags?: Readonly<Record<string, object>>;
}

/** Vendors and purposes of IAB Europe's Transparency and Consent Framework. Consent counts as granted if all of them have it. */
export interface TcfNeeds {
  readonly vendors: readonly number[];
  readonly purposes: readonly number[];
}

/** The browser tags that the pixel drives on a site's pages. */
export interface SiteTags {
  /** The public settings of each driver, by destination id. */
  readonly drivers: Readonly<Record<string, object>>;
  readonly tcf: TcfNeeds;
}
