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
  /** What is read of the page's data layers. Only the reader of data layers uses it. */
  readonly dataLayer?: DataLayerSettings;
  /** The rules of pages: an expression of the path, the reported path or an empty text, and ignored parameters. */
  readonly pages?: readonly (readonly [expression: string, as: string, ...ignored: string[]])[];
  /** The site's domains to which links carry the visitor. */
  readonly links?: readonly { readonly domain: string }[];
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

/** The events of a page's data layers that are reported. */
export interface DataLayerSettings {
  /** Names of global variables. */
  readonly layers: readonly string[];
  /** The events that are reported, by the page's name. */
  readonly events: readonly (readonly [name: string, event: DataLayerMapping])[];
  /** Whether a purchase without order id and event id is left out, because the shop reports its orders, too. */
  readonly isOrderIdNeeded?: true;
}

/**
 * An event, and where its fields are, if they are not those of GA4. Fields are written as `name:path name:path`; a path has names with dots, and begins at the
 * pushed object or the parameters of `gtag()`.
 */
export interface DataLayerMapping {
  /** The name that Convey reports. */
  readonly as: string;
  readonly fields?: string;
  /** The path of the list of items. */
  readonly items?: string;
  /** The fields of an item. */
  readonly item?: string;
}
