import type { Consent } from './consent.ts';
import type { Issue, Json } from './issue.ts';
import type { PaymentReferences } from './payment-references.ts';
import type { NeverSentReason } from './skip-reasons.ts';
import type { UnixMs } from './units.ts';
import { isHookVia, type Via } from './via.ts';

/** The sources of reports. One event may have several reports: the primary one is delivered, the duplicates add data to it. */
export const reportSources = ['browser', 'server', 'webhook'] as const;
export type ReportSource = (typeof reportSources)[number];

export function isReportSource(text: string): text is ReportSource {
  return reportSources.some((reporter) => reporter === text);
}

/** Returns whether a report is authenticated by a secret. A browser's report is not: every visitor of a page can send one. */
export function isTrusted({ reporter }: { readonly reporter: ReportSource }): boolean {
  return reporter !== 'browser';
}

/**
 * Returns whether a page of the shop reported: a stated choice is the shopper's own, and address and agent are those of their device. A hook
 * that is not signed is trusted no more than a browser, and speaks for no shopper.
 */
export function isFromPage({ reporter, via }: { readonly reporter: ReportSource; readonly via?: Via | undefined }): boolean {
  return reporter === 'browser' && !isHookVia(via);
}

declare const sha256: unique symbol;
/** 64 lower-case hexadecimal digits. Only `identity/` creates it, so the type excludes raw e-mails, phones and external ids. */
export type Sha256 = string & { readonly [sha256]: true };

export function isSha256(text: string): text is Sha256 {
  return text.length === 64 && /^[0-9a-f]{64}$/.test(text);
}

/**
 * Hashes of one person's data, each named by the rule of its normal form (see `identity/normal-forms.ts`).
 * `…Given` was sent as a hash; a platform uses it only if the form of its own rule is absent. Only e-mail and phone identify a person.
 */
export interface NormalForms {
  readonly emailMicrosoft?: Sha256;
  readonly emailPlain?: Sha256;
  readonly emailGoogle?: Sha256;
  readonly emailGiven?: Sha256;
  readonly phoneE164?: Sha256;
  readonly phoneDigits?: Sha256;
  readonly phoneGiven?: Sha256;
  /** `…Letters` has no punctuation and no white space; `…Plain` is only trimmed. Both are in lower case. */
  readonly firstNameLetters?: Sha256;
  readonly firstNamePlain?: Sha256;
  readonly lastNameLetters?: Sha256;
  readonly lastNamePlain?: Sha256;
  /** `f` or `m`. */
  readonly gender?: Sha256;
  /** `f`, `m` or `n`. */
  readonly genderPinterest?: Sha256;
  /** `YYYYMMDD` */
  readonly dateOfBirth?: Sha256;
  readonly street?: Sha256;
  readonly city?: Sha256;
  /** The two-letter code of a US state, otherwise the name. */
  readonly state?: Sha256;
  /** The two-letter code of a Canadian province whose name was sent; otherwise `state` has the code, if there is one. */
  readonly provinceCode?: Sha256;
  readonly zip?: Sha256;
  readonly zipDigits?: Sha256;
  /** ISO 3166-1 alpha-2, lower case. */
  readonly country?: Sha256;
  /** Of the advertising ids in lower case, with their dashes. */
  readonly idfa?: Sha256;
  readonly gaid?: Sha256;
}

export interface ClickId {
  /** Unchanged from the platform; `msclkid` as 32 lower-case hexadecimal digits. */
  readonly value: string;
  /** The time at which the shopper arrived with it. The newest click id is used, for 90 days. */
  readonly at: UnixMs;
}

/** The person and visitor of an event, as far as consent allows. */
export interface Identity {
  readonly forms: NormalForms;
  readonly externalId?: Sha256;
  /** Convey's own visitor id. */
  readonly anonymousId?: string;
  /** Another visitor id of the same browser. Only the record of a link between domains has it. */
  readonly joined?: string;
  /** Ids that platforms' tags gave the browser, by the name of their cookie: `_fbp`. */
  readonly browserIds?: Readonly<Record<string, string>>;
  /** The newest click id per canonical name (`msclkid`, `gclid`, …). */
  readonly clickIds: Readonly<Record<string, ClickId>>;
  /** Apple's and Google's advertising ids, lower-case UUIDs. */
  readonly idfa?: string;
  readonly gaid?: string;
}

/** The shopper's own address, agent and country, never those of a server that sent the event. */
export interface Client {
  readonly ip?: string;
  readonly userAgent?: string;
  /** Public addresses that a platform's library keeps in the browser, by the name of its cookie. Only that platform may receive them. */
  readonly cookieAddresses?: Readonly<Record<string, string>>;
  /** ISO 3166-1 alpha-2, upper case. */
  readonly country?: string;
  /** Absent: a browser's country is of the proxy's header, a server's of its report. */
  readonly countryFrom?: 'table';
}

export const browserTagStates = ['ran', 'blocked', 'none'] as const;
/** Whether a platform's browser tag ran on the page, and thus reported the page view itself. */
export type BrowserTagState = (typeof browserTagStates)[number];

/** The state of each platform's browser tag, by the destination's id. */
export type BrowserTags = Readonly<Record<string, BrowserTagState>>;

export interface Page {
  readonly url?: string;
  readonly referrer?: string;
  readonly title?: string;
  /** Comma-separated. */
  readonly keywords?: string;
  /** One version 4 UUID per page view, shared by the events of that view. */
  readonly loadId?: string;
  readonly browserTags?: BrowserTags;
}

export interface Item {
  readonly id?: string;
  readonly name?: string;
  /** The price of one piece, after discounts, in the event's currency; decimals allowed. */
  readonly price?: number;
  /** Whole pieces. */
  readonly quantity?: number;
  readonly brand?: string;
  readonly category?: string;
  readonly variant?: string;
  readonly sku?: string;
  readonly productId?: string;
  readonly variantId?: string;
  /** The amount by which the line was reduced. */
  readonly discount?: number;
}

export interface Hotel {
  readonly totalPrice?: number;
  readonly basePrice?: number;
  /** `YYYY-MM-DD` */
  readonly checkinDate?: string;
  /** `YYYY-MM-DD` */
  readonly checkoutDate?: string;
  /** Nights. */
  readonly lengthOfStay?: number;
  readonly partnerHotelId?: string;
  readonly bookingHref?: string;
}

export const pageTypes = ['cart', 'category', 'home', 'other', 'product', 'purchase', 'searchresults'] as const;
export type PageType = (typeof pageTypes)[number];

export const customerTypes = ['new', 'returning'] as const;
export type CustomerType = (typeof customerTypes)[number];

/** The first order of a subscription, or a renewal. */
export const subscriptionOrders = ['first', 'renewal'] as const;
export type SubscriptionOrder = (typeof subscriptionOrders)[number];

export interface Commerce {
  /** The value of the whole event. Always has a `currency`: see `ingest/accept/default-currency.ts`. */
  readonly value?: number;
  /** ISO 4217, upper case. */
  readonly currency?: string;
  readonly orderId?: string;
  /** The shop's id of the order's checkout. It joins an order with its checkout's reports, and with the consent that they state. */
  readonly checkoutId?: string;
  readonly pageType?: PageType;
  readonly category?: string;
  readonly searchTerm?: string;
  readonly items?: readonly Item[];
  readonly hotel?: Hotel;
  /** The amounts that `value` includes, in the event's currency. */
  readonly shipping?: number;
  readonly tax?: number;
  /** The amount by which the order was reduced. */
  readonly discount?: number;
  readonly coupon?: string;
  /** The shop's labels of the order and of its customer, such as `wholesale`. */
  readonly tags?: readonly string[];
  /** The sales channel as the shop names it, such as `web` or `pos`. */
  readonly channel?: string;
  readonly customerType?: CustomerType;
  /** The number of the customer's orders, including this one. */
  readonly orderCount?: number;
  readonly subscription?: SubscriptionOrder;
}

/** The condition fields of an event goal, in addition to the name. */
export interface Goal {
  readonly category?: string;
  readonly label?: string;
  readonly value?: number;
}

/**
 * One thing that a shopper did, accepted, canonical and immutable, as the event log stores it.
 * A denied event keeps only name, id, time, consent, `page.url` and `page.referrer` without query, `page.browserTags`, `commerce` without
 * references and data about the customer (see `redact-denied-event.ts`), and `deniedId`.
 */
export interface Event {
  /** The version of this shape in the event log. */
  readonly v: 1;
  readonly site: string;
  readonly reporter: ReportSource;
  /** The way in by which the report came, see `via.ts`. Absent: the source's own, such as the pixel of a browser. */
  readonly via?: Via;
  /** A canonical name such as `Purchase`, or a custom name. */
  readonly name: string;
  /** 1 to 128 characters, never personal; the same id that the browser's tag reports, so that a platform can deduplicate. */
  readonly id: string;
  /** The time at which it happened. */
  readonly time: UnixMs;
  /** The time at which Convey accepted it. */
  readonly receivedAt: UnixMs;
  readonly consent: Consent;
  readonly identity: Identity;
  readonly client: Client;
  readonly page: Page;
  readonly commerce: Commerce;
  readonly goal: Goal;
  readonly properties: Readonly<Record<string, Json>>;
  readonly payment?: PaymentReferences;
  /** Whether the user agent is a crawler's. The event is stored, and sent only if the site's `bots` is `send`. */
  readonly bot: boolean;
  /** The shop's reason why no platform may receive the event. It then holds no personal data, unless a rule counts such orders apart. */
  readonly notSent?: NeverSentReason;
  /** The rule that added the event, and the one connection that receives it. */
  readonly addedBy?: { readonly rule: string; readonly connection: string };
  /** 32 random hexadecimal digits for this event only; present only on a denied event. */
  readonly deniedId?: string;
  /**
   * Set if the browser's network reported too many purchases without consent, or with a denied use. Without the shop's confirmation, this
   * report then denies no event of the shop, and no use of one.
   */
  readonly deniesItselfAlone?: true;
  /** The fields that were dropped or changed at accept, for the event debugger. */
  readonly warnings: readonly Issue[];
}

/** An event merged with its duplicate reports and its visitor's profile: the input of a destination's mapping. */
export type EnrichedEvent = Event & {
  /** The sources of all merged reports, the primary one first. */
  readonly reporters: readonly ReportSource[];
  /**
   * The shop's reports alone, merged and enriched. Present if an unconfirmed browser report filled in the rest: it does not decide to which
   * person the event belongs, and no rule reads it.
   */
  readonly confirmed?: ShopEvent;
  /** The visitor of an unconfirmed browser report, for the lookup of click, address and agent. Absent after enrichment. */
  readonly claimant?: string;
};

/** An event as the shop's reports state it. */
export type ShopEvent = Event & Pick<EnrichedEvent, 'reporters'>;
