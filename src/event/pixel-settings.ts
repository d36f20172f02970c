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
  /** The forms whose submits are events. Only the reader of forms uses them. */
  readonly forms?: readonly FormSettings[];
  /** The forms in the mode `preview`, each with its place in the site's list. Only the preview of forms uses them. */
  readonly formPreviews?: readonly (readonly [at: number, form: FormSettings])[];
  /** The signals of services whose forms are a lead, by the name of the service. Only the reader of embedded forms uses them. */
  readonly embeds?: readonly (readonly [embed: string, signal: EmbedSignal])[];
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

/** A form of the page whose submit is an event. */
export interface FormSettings {
  readonly selector: string;
  readonly event: string;
  /** The event's name and its aliases, in lower case. */
  readonly names: readonly string[];
  /** The selector of each field of the person. The target of a member of the address begins with a dot; texts of one target are joined. */
  readonly fields: readonly (readonly [target: string, selector: string])[];
  /** The sign of success that the event waits for: one of them. */
  readonly success?: {
    /** Matches path, query and fragment of the page. */
    readonly url?: string;
    /** Selects an element that appears. */
    readonly selector?: string;
    /** A service whose signal is the success. */
    readonly embed?: string;
  };
}

/** A signal by which a service reports a completed form to the page around it. */
export interface EmbedSignal {
  /** The event of the window, or the name of the function that the service calls. */
  readonly on: string;
  readonly isFunction?: true;
  /** The origin of the sender. Empty: the page's own. Absent: the event is not a message. */
  readonly from?: string;
  /** The form of each text that the signal must have, by its path. The first group of the last one is the event's id. */
  readonly has?: readonly (readonly [path: string, form: string])[];
}

/** The events of a page's data layers that are reported. */
export interface DataLayerSettings {
  /** Names of global variables. */
  readonly layers: readonly string[];
  /** The events that are reported, by the page's name. */
  readonly events: readonly (readonly [name: string, event: DataLayerMapping])[];
  /** Whether nothing is reported, because the site's mode is `preview`. */
  readonly isPreview?: true;
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
