import type { ClickId } from '../../event/event.ts';
import type { Json } from '../../event/issue.ts';
import type { MatchSubject } from '../../event/missing-match-keys.ts';
import type { UnixMs } from '../../event/units.ts';

/** A click id in a platform's cookie. */
export interface CookieClickId {
  readonly value: string;
  /** The time of the click, if the cookie states it. */
  readonly at?: UnixMs;
}

/** A kind of click id, and its places on a shop's page. */
export interface ClickIdKind {
  /** Canonical name inside Convey; lower case. */
  readonly name: string;
  /** Parameters of the landing page's URL, if they differ from the name; lower case. */
  readonly params?: readonly string[];
  /** Parsers of the cookies that hold the click id, by the cookie's name. */
  readonly cookies?: Readonly<Record<string, (cookie: string) => CookieClickId | undefined>>;
  /** Maximum number of characters; 512 if absent. */
  readonly maxLength?: number;
  /** Whether the stored form is a short random text, so that it cannot contain personal data. */
  readonly isRandom?: true;
  /** Returns the stored form; `undefined` if the text is no such id. If absent, any printable ASCII text is stored unchanged. */
  readonly read?: (text: string) => string | undefined;
  /**
   * Merges two sights of one click; `undefined` for two clicks. If absent, two sights are two clicks. The result must not depend on the order.
   */
  readonly merge?: (one: ClickId, other: ClickId) => ClickId | undefined;
  /** The cookie of the platform's tag that the collector writes for a click, on sites that use the platform. Absent: none. */
  readonly cookie?: WrittenCookie;
}

/** A cookie of a platform's tag that the collector may write, once consent counts as granted. */
export interface WrittenCookie {
  readonly name: string;
  readonly maxAgeMs: number;
  /**
   * Returns the cookie's text; `undefined` if the browser's cookie must stay as it is.
   * @param present the browser's cookie
   * @param domain the cookie's domain, or the host of a host-only cookie
   */
  write(click: ClickId, present: string | undefined, domain: string): string | undefined;
}

/** An id that a platform's tag gives the browser. Convey stores it, or its hash, as `identity.browserIds[cookie]`. */
export interface BrowserIdKind {
  readonly cookie: string;
  /** Convey stores the SHA-256 of the id, because the platform takes it only as a hash. */
  readonly isHashed?: true;
  /** Earlier name of the id, as a member of a submitted event. It is still read. */
  readonly alias?: string;
  /** Returns the stored form of the cookie's text; `undefined` if it is no such id. */
  read(cookie: string): string | undefined;
}

/** A cookie in which a platform's library keeps the shopper's address. Convey stores it as `client.cookieAddresses[cookie]`. */
export interface AddressCookie {
  readonly cookie: string;
  /** Returns the text of the address; `undefined` if the cookie has another form. */
  read(cookie: string): string | undefined;
}

/** A value by which a platform matches an event to a person. */
export interface MatchKeyKind {
  /** Stable code, such as `email` or `fbc`. */
  readonly key: string;
  /** Label for people: `E-mail`. */
  readonly label: string;
  /** Decides the reasons that explain a missing key. */
  readonly subject: MatchSubject;
  /** Canonical name of the click id, cookie of the browser id, or field of the event, if the subject stands for several. */
  readonly source?: string;
  /** Paths in the payload, such as `user_data.em`, with `*` for any list entry. The event has the key if its payload has one of them. */
  readonly paths: readonly string[];
  /** The use of the key for the platform, and the way to send it. One or two sentences. */
  readonly advice: string;
}

/** The ids of a platform that the pages of a shop have. They load no schemas, because a thread that needs them must start fast. */
export interface PageIdentifiers {
  readonly clickIds: readonly ClickIdKind[];
  readonly browserIds: readonly BrowserIdKind[];
  readonly addresses?: readonly AddressCookie[];
}

/** The identifiers of a platform. Other folders assemble their registries from it. */
export interface Matching extends PageIdentifiers {
  /** Most useful first. */
  readonly keys: readonly MatchKeyKind[];
  /** Returns whether the platform can match the payload to a person. */
  isEnough(payload: Json): boolean;
  /**
   * Paths of the payload that the debugger may show, with `*` for any member or list entry. Every other leaf is masked. A harmless path holds
   * no data of a person.
   */
  readonly harmless: readonly string[];
}
