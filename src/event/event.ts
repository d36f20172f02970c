import type { Consent } from './consent.ts';
import type { Issue, Json } from './issue.ts';
import type { NeverSentReason } from './skip-reasons.ts';
import type { UnixMs } from './units.ts';

/** Who told us. One event may have several reporters: the first is delivered, the others are copies that bring facts. */
export const reporters = ['browser', 'server', 'webhook'] as const;
export type Reporter = (typeof reporters)[number];

export function isReporter(text: string): text is Reporter {
  return reporters.some((reporter) => reporter === text);
}

/** A server's or a webhook's report is authenticated by a secret; anybody who reads a page can send a browser's report. */
export function isTrusted({ reporter }: { readonly reporter: Reporter }): boolean {
  return reporter !== 'browser';
}

declare const sha256: unique symbol;
/** 64 lower-case hexadecimal digits. Made in `identity/` alone, so no raw e-mail, phone or external id can stand in its place. */
export type Sha256 = string & { readonly [sha256]: true };

export function isSha256(text: string): text is Sha256 {
  return /^[0-9a-f]{64}$/.test(text);
}

/**
 * Hashes of one person's e-mail and phone, each named by the rule that made it (see `identity/normal-forms.ts`).
 * `…Given` came to us as a hash; a platform uses it only where no form of its own rule exists.
 */
export interface NormalForms {
  readonly emailMicrosoft?: Sha256;
  readonly emailPlain?: Sha256;
  readonly emailGiven?: Sha256;
  readonly phoneE164?: Sha256;
  readonly phoneDigits?: Sha256;
  readonly phoneGiven?: Sha256;
}

export interface ClickId {
  /** As the platform wrote it, byte for byte; `msclkid` as 32 lower-case hexadecimal digits. */
  readonly value: string;
  /** When the shopper arrived with it. The newest wins and lives 90 days. */
  readonly at: UnixMs;
}

/** Who it was, as far as Convey may know. */
export interface Identity {
  readonly forms: NormalForms;
  readonly externalId?: Sha256;
  /** Our own visitor id. */
  readonly anonymousId?: string;
  /** First segment of the UET tag's `_uetvid` cookie: 32 hexadecimal digits. */
  readonly uetVid?: string;
  /** Newest per registry name (`msclkid`, `gclid`, …). */
  readonly clickIds: Readonly<Record<string, ClickId>>;
  /** Apple's and Google's advertising ids, lower-case UUIDs. */
  readonly idfa?: string;
  readonly gaid?: string;
}

/** The shopper's own address, agent and country, never those of a server that called us. */
export interface Client {
  readonly ip?: string;
  readonly userAgent?: string;
  /** ISO 3166-1 alpha-2, upper case. */
  readonly country?: string;
}

export const browserTagStates = ['ran', 'blocked', 'none'] as const;
/** Whether the platform's own browser tag ran on the page and so reported the page view itself. */
export type BrowserTagState = (typeof browserTagStates)[number];

export interface Page {
  readonly url?: string;
  readonly referrer?: string;
  readonly title?: string;
  /** Comma-separated. */
  readonly keywords?: string;
  /** One version 4 UUID per page view, shared by the events of that view. */
  readonly loadId?: string;
  readonly browserTag?: BrowserTagState;
}

export interface Item {
  readonly id?: string;
  readonly name?: string;
  /** Of one piece, after discounts, in the event's currency; decimals allowed. */
  readonly price?: number;
  /** Whole pieces. */
  readonly quantity?: number;
  readonly brand?: string;
  readonly category?: string;
  readonly variant?: string;
  readonly sku?: string;
  readonly productId?: string;
  readonly variantId?: string;
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

export interface Commerce {
  /** Of the whole event, in `currency`. Never without one: see `ingest/accept.ts`. */
  readonly value?: number;
  /** ISO 4217, upper case. */
  readonly currency?: string;
  readonly orderId?: string;
  /** The shop's id of the checkout that the order came out of. It joins the two, and lets the order learn what was said of consent. */
  readonly checkoutId?: string;
  readonly pageType?: PageType;
  readonly category?: string;
  readonly searchTerm?: string;
  readonly items?: readonly Item[];
  readonly hotel?: Hotel;
}

/** The condition fields of an event goal, beside the name. */
export interface Goal {
  readonly category?: string;
  readonly label?: string;
  readonly value?: number;
}

/**
 * One thing that a shopper did, accepted, canonical and immutable: what the log holds.
 * A denied event keeps only name, id, time, consent, `page.url` and `page.referrer` without query, `page.browserTag`, `commerce`
 * without `orderId` and `hotel.bookingHref`, and `deniedId`.
 */
export interface Event {
  /** Version of this shape in the log. */
  readonly v: 1;
  readonly site: string;
  readonly reporter: Reporter;
  /** Canonical: `Purchase`, or a custom name. */
  readonly name: string;
  /** 1 to 128 characters, never personal; the same id that the browser's tag reports, so that a platform can deduplicate. */
  readonly id: string;
  /** When it happened. */
  readonly time: UnixMs;
  /** When Convey accepted it. */
  readonly receivedAt: UnixMs;
  readonly consent: Consent;
  readonly identity: Identity;
  readonly client: Client;
  readonly page: Page;
  readonly commerce: Commerce;
  readonly goal: Goal;
  readonly properties: Readonly<Record<string, Json>>;
  /** The agent is a crawler's: kept, and not sent unless the site says so. */
  readonly bot: boolean;
  /** The shop says that it is nobody's conversion. Such an event names nobody. */
  readonly notSent?: NeverSentReason;
  /** 32 hexadecimal digits, made for this event alone; present only on a denied event. */
  readonly deniedId?: string;
  /** What was dropped or changed while accepting, for the debugger. */
  readonly warnings: readonly Issue[];
}

/** An event after the identity pump: its copies' facts merged in. What a destination maps. */
export type EnrichedEvent = Event & {
  /** Everyone whose report went into it, the first one first. */
  readonly reporters: readonly Reporter[];
  /**
   * What the shop's reports state. Present if a browser's report, which they do not confirm, filled in the rest: it has no say in whose
   * event it is.
   */
  readonly confirmed?: Pick<Event, 'identity' | 'commerce'>;
};

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Reads what ingest wrote. Only for bytes whose checksum the log has verified: they are an Event of a version that this Convey knows. */
export function parseEvent(bytes: Uint8Array): Event {
  const event: Event = JSON.parse(utf8.decode(bytes));
  return event;
}
