import type { ConsentSource } from '../event/consent.ts';
import type { StandardEventName } from '../event/event-names.ts';

/** The pixel's commands, as a page calls them. The package `@convey/js` ships these types, so this file imports only small ones. */

/** Numbers and numeric strings are read alike. */
type Amount = number | string;
type Id = string | number;
/** Data layers use `null` for missing values. */
type Optional<T> = { readonly [K in keyof T]?: T[K] | null | undefined };

/** A standard event, or a custom one: a letter, then up to 99 letters, digits and underscores. */
export type EventName = StandardEventName | (string & {});

export type PageFields = Optional<{
  url: string;
  referrer: string;
  title: string;
  /** Separated by commas. */
  keywords: string;
  /** A version 4 UUID, one per page view. */
  loadId: string;
  browserTag: 'ran' | 'blocked' | 'none';
}>;

export type Item = Optional<{
  /** As in the shop's product feed. */
  id: Id;
  name: string;
  /** The price of one piece. */
  price: Amount;
  quantity: Amount;
  brand: string;
  category: string;
  variant: string;
  sku: Id;
  productId: Id;
  variantId: Id;
  /** The discount of the line. */
  discount: Amount;
}>;

/** Dates are `YYYY-MM-DD`. */
export type Hotel = Optional<{
  totalPrice: Amount;
  basePrice: Amount;
  checkinDate: string;
  checkoutDate: string;
  /** In nights. */
  lengthOfStay: Amount;
  partnerHotelId: Id;
  bookingHref: string;
}>;

export type CommerceFields = Optional<{
  /** The value of the whole event. */
  value: Amount;
  /** ISO 4217. Absent: the site's default. */
  currency: string;
  orderId: Id;
  checkoutId: Id;
  pageType: 'cart' | 'category' | 'home' | 'other' | 'product' | 'purchase' | 'searchresults';
  category: string;
  searchTerm: string;
  items: readonly Item[];
  hotel: Hotel;
  shipping: Amount;
  tax: Amount;
  discount: Amount;
  coupon: string;
  tags: readonly string[];
  channel: string;
  customerType: 'new' | 'returning';
  orderCount: Amount;
  subscription: 'first' | 'renewal';
}>;

/** The gateway hashes what identifies a person, after a grant. */
export type Person = Optional<{
  email: string;
  phone: string;
  /** Used if there is no raw value. */
  emailSha256: string;
  phoneSha256: string;
  /** The shop's own customer id. */
  externalId: Id;
  firstName: string;
  lastName: string;
  dateOfBirth: string;
  gender: string;
  address: Optional<{ street: string; city: string; state: string; zip: Id; country: string }>;
  country: string;
}>;

/** The fields of `track`: the commerce fields, and these in addition. */
export type TrackFields = CommerceFields &
  Optional<{
    /** The same name and id counts once. Absent: `purchase-<orderId>` for a purchase with an order id, else a UUID. */
    id: string;
    /** Joins the person of `identify` for this event. */
    user: Person;
    goal: Optional<{ category: string; label: string; value: Amount }>;
    properties: Readonly<Record<string, unknown>>;
  }>;

/** A statement about advertising storage, by the shopper or by a tool. */
export interface ConsentStatement {
  readonly adStorage?: 'granted' | 'denied';
  /** Single uses of data. Absent: as `adStorage`. */
  readonly adUserData?: 'granted' | 'denied' | undefined;
  readonly adPersonalization?: 'granted' | 'denied' | undefined;
  readonly source?: ConsentSource;
  /** `false`: a tool's default, not the shopper's choice. */
  readonly explicit?: boolean;
  /** The version of the consent banner, which is counted. */
  readonly version?: string | undefined;
}

/** The arguments of each command. */
export interface CommandInputs {
  page: [fields?: PageFields];
  track: [name: EventName, fields?: TrackFields | null];
  identify: [person: Person];
  consent: [statement: ConsentStatement];
  reset: [];
  ready: [run: () => unknown];
  link: [url: string];
}

/**
 * The result of each command, once the pixel has loaded. `track` returns the event's id, `link` the URL with a token, if the site has links
 * between domains.
 */
export type CommandResults = {
  readonly [C in Command]: C extends 'track' ? string : C extends 'link' ? Promise<string> : undefined;
};

export type Command = keyof CommandInputs;

/** The functions of the pixel's core. A page sees the result of `track` alone. */
export type Commands = {
  readonly [C in Exclude<Command, 'link'>]: (...input: CommandInputs[C]) => C extends 'track' ? string : unknown;
};
